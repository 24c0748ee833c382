"""Taking levels of a class from a model, with a reason."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import User
from reviews.models import ModelStanding
from reviews.services import model_trust
from tasks.forms.domain import ServiceForm
from tasks.models import ModelGrant
from tasks.services.checks import REASON_LENGTH


class LowerForm(ServiceForm, forms.Form):
    level = forms.TypedChoiceField(label=_("Level from now on"), coerce=int)
    reason = forms.CharField(
        label=_("Why?"), max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 2})
    )
    redo = forms.BooleanField(
        label=_("Have people do anew what it answered on its present level"),
        help_text=_("Labels that an expert has decided stay."),
        required=False,
    )

    def __init__(self, *arguments: Any, grant: ModelGrant, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.grant = grant
        below = [choice for choice in ModelGrant.Level.choices if choice[0] < grant.level]
        self.fields["level"].choices = below[::-1]

    def save(self, *, by: User) -> ModelStanding | None:
        version, label = self.grant.model_version, self.grant.label
        return self.attempt(model_trust.lower, version, label, by=by, **self.cleaned_data)
