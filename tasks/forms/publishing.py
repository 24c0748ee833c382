"""The forms on the way from a draft to the rules in force."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.accounts.models import User
from tasks.blocks.difference import BlockChange
from tasks.forms.domain import ServiceForm
from tasks.forms.instructions import SeenForm, seen_of
from tasks.models import InstructionVersion
from tasks.services import publishing, stale
from tasks.services.checks import REASON_LENGTH

Change = InstructionVersion.Change


class ChangesForm(ServiceForm, SeenForm):
    """What each change asks of the people who label, in one choice a change."""

    def __init__(
        self,
        data: Any = None,
        *,
        version: InstructionVersion,
        changes: list[BlockChange],
    ) -> None:
        super().__init__(data, initial=seen_of(version))
        self.version = version
        for change in changes:
            self.fields[f"change-{change.id}"] = forms.ChoiceField(
                label=gettext_lazy("This change is"),
                choices=Change.choices,
                widget=forms.RadioSelect,
                initial=version.changes.get(change.id),
                error_messages={"required": _("Say what this change asks of people.")},
            )

    def save(self, *, by: User) -> InstructionVersion | None:
        chosen = {
            name.removeprefix("change-"): value
            for name, value in self.cleaned_data.items()
            if name.startswith("change-")
        }
        return self.attempt(
            publishing.request_approval,
            self.version,
            changes=chosen,
            by=by,
            seen_at=self.cleaned_data["seen"],
        )


class PublishForm(ServiceForm, SeenForm):
    """What becomes of earlier labels; asked only when a change is breaking."""

    policy = forms.ChoiceField(
        label=gettext_lazy("Labels that were accepted under the old rule"),
        choices=stale.Policy.choices,
        widget=forms.RadioSelect,
        initial=stale.Policy.AUDIT,
    )
    sample = forms.IntegerField(
        label=gettext_lazy("Size of the sample"),
        initial=stale.SAMPLE,
        min_value=1,
        max_value=stale.SAMPLE_MOST,
        required=False,
    )

    def __init__(self, data: Any = None, *, version: InstructionVersion) -> None:
        super().__init__(data, initial=seen_of(version))
        self.version = version
        if Change.BREAKING not in version.changes.values():
            del self.fields["policy"], self.fields["sample"]

    def save(self, *, by: User) -> InstructionVersion | None:
        values = self.cleaned_data
        return self.attempt(
            publishing.publish,
            self.version,
            by=by,
            policy=values.get("policy", stale.Policy.KEEP),
            sample=values.get("sample") or stale.SAMPLE,
            seen_at=values["seen"],
        )


class RestForm(forms.Form):
    """What becomes of the labels that are still marked as stale."""

    policy = forms.ChoiceField(
        choices=[
            (policy.value, policy.label) for policy in (stale.Policy.KEEP, stale.Policy.RELABEL)
        ]
    )


class ReasonForm(forms.Form):
    """Why a version goes back to its author, or is withdrawn."""

    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
