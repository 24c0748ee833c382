"""Why a model is stopped, and whether what it answered is done anew."""

from django import forms
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import User
from tasks.forms.domain import ServiceForm
from tasks.models import ModelVersion
from tasks.services import model_grants
from tasks.services.checks import REASON_LENGTH


class StopForm(ServiceForm, forms.Form):
    reason = forms.CharField(
        label=_("Why is it stopped?"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    redo = forms.BooleanField(
        label=_("Have people do anew what it answered"),
        help_text=_("Labels that an expert has decided stay."),
        required=False,
    )

    def save(self, model_version: ModelVersion, *, by: User) -> ModelVersion | None:
        return self.attempt(model_grants.stop, model_version, by=by, **self.cleaned_data)
