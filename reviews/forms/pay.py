"""The amounts of a project or of one team, from a day on."""

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django import forms
from django.forms.boundfield import BoundField
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.accounts.models import Team, User
from reviews.models import Basis
from reviews.models.pay import PLACES, RATE_DIGITS
from reviews.quality.pay import STAGES, plain
from reviews.reports.money import shown_rate
from reviews.reports.pay_words import title_of
from reviews.services import pay_rates
from reviews.services.pay_rates import ITEMS, Change, Item
from tasks.forms.domain import ServiceForm
from tasks.models import Project

HELP = {
    Basis.WORK: gettext_lazy("Labeling and reviewing, beside what each unit is worth."),
    Basis.READING: gettext_lazy("The instructions, changes of them, and questions."),
    Basis.TRAINING: gettext_lazy("Lessons, exams and drills."),
    Basis.FLOOR: gettext_lazy(
        "The floor: whoever has less for their hours of a month, all kinds together, gets the rest."
    ),
    Basis.LESSON: gettext_lazy("Nobody's time in a lesson is measured."),
}


class LevelRow(NamedTuple):
    level: int
    fields: list[BoundField]


class PayRatesForm(ServiceForm, forms.Form):
    """All amounts as they stand; those that differ are stored, from the day that is named."""

    valid_from = forms.DateField(
        label=gettext_lazy("Valid from"), widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, data: Any = None, *, project: Project, team: Team | None, by: User) -> None:
        super().__init__(data)
        self.project, self.team, self.by = project, team, by
        first_open = pay_rates.open_from(project)
        today = timezone.now().date()
        self.fields["valid_from"].initial = max(first_open or today, today)
        if first_open:
            self.fields["valid_from"].widget.attrs["min"] = first_open.isoformat()
        self._add_amounts(self.fields["valid_from"].initial)

    def _add_amounts(self, day: date) -> None:
        terms = pay_rates.terms_of([self.project.pk])
        owner = self.team.pk if self.team else None
        for item in ITEMS:
            placeholder = ""
            if self.team and (usual := terms.own(self.project.pk, None, *item, day)) is not None:
                placeholder = _("%(amount)s as for all") % {"amount": shown_rate(usual)}
            own = terms.own(self.project.pk, owner, *item, day)
            self.fields[name_of(item)] = forms.DecimalField(
                label=title_of(*item),
                help_text="" if item.basis in STAGES else HELP[Basis(item.basis)],
                initial=None if own is None else plain(own),
                required=False,
                min_value=0,
                max_digits=RATE_DIGITS,
                decimal_places=PLACES,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "placeholder": placeholder}),
            )

    @property
    def level_rows(self) -> list[LevelRow]:
        """The amounts of units: a row a level, a column a stage."""
        levels = sorted({item.level for item in ITEMS})
        return [
            LevelRow(level, [self[name_of(Item(stage, level))] for stage in STAGES])
            for level in levels
        ]

    @property
    def hour_fields(self) -> list[BoundField]:
        return [self[name_of(item)] for item in ITEMS if item.basis not in STAGES]

    def preview(self) -> list["Shown"]:
        """What would change; nothing while the form is new or has mistakes."""
        if not self.is_bound or not self.is_valid():
            return []
        found = self.attempt(
            pay_rates.changes_of,
            self.project,
            self._wanted(),
            team=self.team,
            valid_from=self.cleaned_data["valid_from"],
        )
        return [Shown.of(change) for change in found or []]

    def save(self) -> list[Change] | None:
        return self.attempt(
            pay_rates.set_rates,
            self.project,
            self._wanted(),
            team=self.team,
            valid_from=self.cleaned_data["valid_from"],
            by=self.by,
        )

    def _wanted(self) -> dict[Item, Decimal | None]:
        return {item: self.cleaned_data[name_of(item)] for item in ITEMS}


class Shown(NamedTuple):
    """A change as the page words it."""

    title: str
    before: str
    after: str

    @classmethod
    def of(cls, change: Change) -> "Shown":
        return cls(title_of(*change.item), shown_rate(change.before), shown_rate(change.after))


def name_of(item: Item) -> str:
    return f"{item.basis}{item.level}"
