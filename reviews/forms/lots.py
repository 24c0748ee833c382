"""The terms of a new lot, giving one up, and what goes back of a rejected one."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.accounts.models import Team, User
from labelops.errors import DomainError
from labelops.jobs.models import Job
from reviews.models import Lot
from reviews.quality.switching import Inspection, Severity
from reviews.reports.lot_plans import PlanPage, plan_page
from reviews.reports.lots import Titles
from reviews.services import lot_returns, lots
from reviews.services.lot_returns import Picked, Way
from reviews.services.lot_series import inspections
from tasks.forms.domain import ServiceForm
from tasks.models import Batch, Project
from tasks.services.checks import REASON_LENGTH
from tasks.services.instructions import current_version

BATCHES_SHOWN = 200
PARTS_SHOWN = 100
RATES = ("aql_percent", "ltpd_percent", "producer_risk_percent", "consumer_risk_percent")


class LotForm(ServiceForm, forms.ModelForm):
    """Which labels, and what is promised of them."""

    class Meta:
        model = Lot
        fields = ["batch", "team", *RATES]
        help_texts = {
            "aql_percent": gettext_lazy(
                "A lot with no more than this should be accepted. 0 for critical mistakes: then no "
                "label of the sample may be wrong."
            ),
            "ltpd_percent": gettext_lazy("A lot with this much or more should be rejected."),
        }

    most = forms.IntegerField(
        label=gettext_lazy("Labels at most"),
        initial=lots.SIZE,
        min_value=1,
        max_value=lots.SIZE_MOST,
        help_text=gettext_lazy("The oldest accepted ones that no accepted lot has covered."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why another lot, though inspection is stopped"),
        required=False,
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    field_order = ["batch", "team", "most", *RATES, "reason"]

    def __init__(self, *args: Any, project: Project, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project, self.by = project, by
        batches = project.batches.exclude(state=Batch.State.DRAFT).order_by("-pk")
        ids = list(batches.values_list("pk", flat=True)[:BATCHES_SHOWN])
        self.fields["batch"].queryset = project.batches.filter(pk__in=ids)
        self.fields["batch"].empty_label = None
        self.fields["team"].queryset = project.teams.all()
        self.fields["team"].empty_label = _("everybody: the whole batch")
        self.fields["team"].required = False
        self.fields["team"].help_text = _(
            "A team's lot takes labels that rest on answers by its people alone."
        )
        for name, value in lots.Rates().__dict__.items():
            self.fields[name].initial = value
        version = current_version(project)
        self.series = inspections(project, version) if version else {}
        if not any(found.severity == Severity.STOPPED for found in self.series.values()):
            del self.fields["reason"]

    def _post_clean(self) -> None:
        """The service makes the row; here the fields are checked one by one."""

    def preview(self) -> PlanPage | None:
        """What the plan means for as many labels as there are; None while the form has mistakes."""
        if self.is_bound and not self.is_valid():
            return None
        values = self.cleaned_data if self.is_bound else self._suggested()
        batch, team = values["batch"], values["team"]
        if batch is None or not (size := min(values["most"], batch.progress.accepted_count)):
            return None
        found = self._inspection(team)
        lot = Lot(batch=batch, size=size, severity=lots.applied(found))
        for name in RATES:
            setattr(lot, name, values[name])
        try:
            return plan_page(lot, lots.checked_plan(lot), found)
        except DomainError as error:
            if self.is_bound:
                self.add_refusal(error)
            return None

    def _suggested(self) -> dict[str, Any]:
        """What stands in the form before anybody has touched it."""
        batches = list(self.fields["batch"].queryset)
        named = [batch for batch in batches if str(batch.pk) == self.initial.get("batch")]
        return {
            "batch": next(iter(named or batches), None),
            "team": None,
            "most": self.fields["most"].initial,
            **{name: self.fields[name].initial for name in RATES},
        }

    def _inspection(self, team: Team | None) -> Inspection:
        return self.series.get(team and team.pk, Inspection(Severity.NORMAL))

    def save(self) -> Lot | None:
        values = self.cleaned_data
        return self.attempt(
            lots.open_lot,
            values["batch"],
            team=values["team"],
            rates=lots.Rates(**{name: values[name] for name in RATES}),
            most=values["most"],
            reason=values.get("reason", ""),
            by=self.by,
        )


class CancelForm(forms.Form):
    """Why a lot is given up."""

    reason = forms.CharField(
        label=gettext_lazy("Why it is given up"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def _titled(title: str, found: tuple[int, int] | None) -> str:
    if found is None:
        return title
    facts = {"title": title, "seen": found[0], "wrong": found[1]}
    return _("%(title)s: %(wrong)d of %(seen)d wrong") % facts


class ReturnForm(ServiceForm, forms.Form):
    """Which labels of a rejected lot go back, and to whom. Those that failed are ticked."""

    classes = forms.MultipleChoiceField(
        label=gettext_lazy("Labels that name"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    people = forms.MultipleChoiceField(
        label=gettext_lazy("Labels that rest on answers by"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    is_whole = forms.BooleanField(label=gettext_lazy("The whole lot"), required=False)
    way = forms.ChoiceField(
        label=gettext_lazy("What becomes of them"),
        choices=Way.choices,
        initial=Way.REVIEW,
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Any = None, *, lot: Lot, by: User) -> None:
        super().__init__(data)
        self.lot, self.by = lot, by
        titles = Titles(lot, show_names=True)
        self.parts: dict[str, dict[str, list[Any]]] = {}
        for name, title in (("classes", titles.of_class), ("people", titles.of_person)):
            failing = {tuple(key): (seen, wrong) for *key, seen, wrong in lot.failing.get(name, [])}
            rest = (tuple(key) for *key, _size in lot.strata[name])
            keys = list(dict.fromkeys([*failing, *rest]))[:PARTS_SHOWN]
            self.parts[name] = {":".join(map(str, key)): list(key) for key in keys}
            self.fields[name].choices = [
                (choice, _titled(title(*key), failing.get(tuple(key))))
                for choice, key in self.parts[name].items()
            ]
            self.fields[name].initial = list(self.parts[name])[: len(failing)]

    @property
    def picked(self) -> Picked:
        if self.is_bound:
            values = self.cleaned_data if self.is_valid() else {}
        else:
            values = {name: self.fields[name].initial for name in ("classes", "people")}
        return Picked(
            classes=[tuple(self.parts["classes"][key]) for key in values.get("classes", [])],
            people=[self.parts["people"][key][0] for key in values.get("people", [])],
            is_whole=bool(values.get("is_whole")),
        )

    def count(self) -> int:
        return lot_returns.count(self.lot, self.picked)

    def save(self) -> Job | None:
        way = self.cleaned_data["way"]
        return self.attempt(lot_returns.start, self.lot, way=way, picked=self.picked, by=self.by)
