"""What people write about levels: why somebody is suspended, an appeal, its answer."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tasks.models import Suspension
from tasks.models.suspensions import DAYS_MOST
from tasks.services.checks import REASON_LENGTH
from tasks.services.suspensions import APPEAL_LENGTH

SUSPENSION_DAYS = 3


class OneOfSeveral(forms.Form):
    """A form beside others: its fields have ids that none of those has."""

    def __init__(self, *args: Any, at: Any = "", **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"{type(self).__name__}{at}-%s", **kwargs)


def _reason(label: str) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 2})
    )


class SuspendForm(OneOfSeveral):
    days = forms.IntegerField(
        label=_("Days"), initial=SUSPENSION_DAYS, min_value=1, max_value=DAYS_MOST
    )
    reason = _reason(_("Reason: the person reads it"))


class LiftForm(OneOfSeveral):
    reason = _reason(_("Why it ends now"))


class DeclineForm(OneOfSeveral):
    reason = _reason(_("Why not"))


class AppealForm(OneOfSeveral):
    """Once: what is sent cannot be changed."""

    appeal = forms.CharField(
        label=_("Your appeal"), max_length=APPEAL_LENGTH, widget=forms.Textarea(attrs={"rows": 3})
    )


class AnswerForm(OneOfSeveral):
    outcome = forms.ChoiceField(label=_("Decision"), choices=Suspension.Answer)
    reason = _reason(_("Reason: the person reads it"))
