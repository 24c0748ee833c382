"""Since when a person's work is taken out, and why."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import User
from reviews.models import Withdrawal
from reviews.services import person_withdrawals
from tasks.forms.batches import LOCAL_TIME
from tasks.forms.domain import ServiceForm
from tasks.models import Project
from tasks.services.checks import REASON_LENGTH

USUALLY = timedelta(days=7)


class SinceForm(forms.Form):
    """From which moment on; sent by GET, so that what it finds has an address."""

    since = forms.DateTimeField(
        label=_("Answers given since"),
        help_text=_("In your time zone. Answers given before stay as they are."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL_TIME),
    )

    @classmethod
    def of(cls, given: Any) -> "SinceForm":
        """As it was sent, or with the start of the day a week ago."""
        if given:
            return cls({"since": given})
        day = timezone.localtime(timezone.now() - USUALLY)
        return cls({"since": day.replace(hour=0, minute=0).strftime(LOCAL_TIME)})


class WithdrawForm(ServiceForm, SinceForm):
    since = forms.DateTimeField(
        widget=forms.HiddenInput, input_formats=[LOCAL_TIME, "%Y-%m-%d %H:%M:%S"]
    )
    reason = forms.CharField(
        label=_("Reason: the person reads it"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def save(self, project: Project, person: User, *, by: User) -> Withdrawal | None:
        return self.attempt(
            person_withdrawals.withdraw, project, person, by=by, **self.cleaned_data
        )
