"""The form that says how many labels a person gives in a day at most."""

from django import forms
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import User
from tasks.forms.domain import ServiceForm
from tasks.models import Project, WorkCap
from tasks.models.caps import LABELS_MOST
from tasks.services import caps


class CapForm(ServiceForm, forms.Form):
    labels_per_day = forms.IntegerField(
        label=_("Labels per day at most"),
        required=False,
        min_value=1,
        max_value=LABELS_MOST,
        help_text=_(
            "In this project, gold included. A day begins at midnight UTC. Empty: no limit."
        ),
    )

    def save(self, project: Project, person: User, *, by: User) -> WorkCap | None:
        return self.attempt(caps.set_cap, project, person, by=by, **self.cleaned_data)
