"""What the forms about a version have in common: which state of it the person has seen."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.dateparse import parse_datetime

from labelops.accounts.models import User
from tasks.forms.domain import ServiceForm
from tasks.models import InstructionVersion, Project
from tasks.services import instructions


class SeenForm(forms.Form):
    """Remembers which state of the draft the page showed, so that nobody overwrites another."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_seen(self) -> datetime | None:
        try:
            return parse_datetime(self.cleaned_data["seen"])
        except ValueError:
            return None


class SchemaDraftForm(ServiceForm, SeenForm):
    """Stands beside the formset of questions, which becomes the label schema of the draft."""

    def save(
        self, project: Project, label_schema: dict[str, Any], *, by: User
    ) -> InstructionVersion | None:
        return self.attempt(
            instructions.edit_draft,
            project,
            by=by,
            label_schema=label_schema,
            seen_at=self.cleaned_data["seen"],
        )


def seen_of(version: InstructionVersion | None) -> dict[str, Any]:
    """What the hidden field holds of the version that the person starts from."""
    return {"seen": version.updated_at.isoformat() if version else ""}
