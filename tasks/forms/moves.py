"""To whom work goes, which teams do it, and how much of it somebody gets."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import Team, User
from labelops.form_fields import SeveralRows
from tasks.forms.domain import ServiceForm
from tasks.models import Batch, Project
from tasks.services import moves
from tasks.services.checks import REASON_LENGTH


def reason_field() -> forms.CharField:
    return forms.CharField(
        label=_("Reason: whoever loses work reads it"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class MoveForm(ServiceForm, forms.Form):
    to = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Give it to"),
        required=False,
        empty_label=_("whoever asks next (the queue)"),
        help_text=_("Somebody gets only what they may work on and have not had: the rest stays."),
    )
    reason = reason_field()

    def __init__(self, *args: Any, project: Project, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project, self.person = project, person
        self.fields["to"].queryset = moves.colleagues(project, person)

    def save(self, *, by: User) -> moves.Moved | None:
        return self.attempt(moves.move, self.project, self.person, by=by, **self.cleaned_data)


class TeamsForm(ServiceForm, forms.Form):
    teams = SeveralRows(
        Team.objects.none(),
        label=_("Who works on it"),
        widget=forms.CheckboxSelectMultiple,
    )
    reason = reason_field()

    def __init__(self, *args: Any, batch: Batch, **kwargs: Any) -> None:
        super().__init__(*args, initial={"teams": batch.teams.all()}, **kwargs)
        self.batch = batch
        self.fields["teams"].queryset = batch.project.teams.order_by("name")

    def save(self, *, by: User) -> moves.Moved | None:
        return self.attempt(moves.change_teams, self.batch, by=by, **self.cleaned_data)
