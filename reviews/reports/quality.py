"""What the quality page shows of the stored figures: each question in words, each day in bars."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Sum
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from reviews.reports.dashboard_figures import FEW, items
from reviews.reports.figure_words import ALPHAS, WORDS
from tasks.models import WORK_STATES, Batch, BatchTally, Project

Figures = dict[str, Any]

CHART_HEIGHT = 100
DAY_WIDTH = 40
BAR_WIDTH = 15
# Krippendorff's conventions, see docs/quality.md.
RELIABLE, TENTATIVE = 0.8, 0.667


@dataclass(frozen=True)
class Measure:
    """A figure with what it rests on; `value` is None where it is not defined."""

    title: str
    hint: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    counted: str
    level: str = ""

    @property
    def is_few(self) -> bool:
        return self.value is not None and self.n < FEW


@dataclass(frozen=True)
class ControlMeasures:
    title: str
    measures: list[Measure]


@dataclass(frozen=True)
class StateCount:
    title: str
    count: int
    query: str


@dataclass(frozen=True)
class Bar:
    x: int
    y: int
    height: int


@dataclass(frozen=True)
class Day:
    """One day of the chart, whose own units are pixels of its view box."""

    date: date
    label_count: int
    decision_count: int
    labels: Bar
    decisions: Bar


@dataclass(frozen=True)
class Throughput:
    days: list[Day]
    most: int
    width: int
    height: int = CHART_HEIGHT
    bar_width: int = BAR_WIDTH


@dataclass(frozen=True)
class QualityDetails:
    """What no running sum says: the figures of each question, and each day."""

    controls: list[ControlMeasures]
    throughput: Throughput


def quality_details(figures: Figures) -> QualityDetails:
    return QualityDetails(
        [_control(control) for control in figures["controls"]], _throughput(figures["days"])
    )


def task_states(project: Project, batch: Batch | None) -> list[StateCount]:
    """How many tasks are in each state, from the running counts."""
    tallies = BatchTally.objects.filter(batch__project=project)
    query: dict[str, Any] = {}
    if batch:
        tallies, query = tallies.filter(batch=batch), {"batch": batch.pk}
    counts = tallies.aggregate(
        **{state.value: Sum(f"{state.value}_count", default=0) for state in WORK_STATES}
    )
    return [
        StateCount(str(state.label), count, urlencode({**query, "state": state.value}))
        for state in WORK_STATES
        if (count := counts[state.value])
    ]


def named_annotators(figures: Figures, *, show_names: bool) -> list[dict[str, Any]]:
    """The rows of people under their names, or under their pseudonyms alone."""
    rows = figures["annotators"]
    if show_names:
        return rows
    pseudonyms = dict(
        User.objects.filter(pk__in=[row["id"] for row in rows]).values_list("pk", "pseudonym")
    )
    return [
        {**row, "name": pseudonyms[row["id"]], "username": None}
        for row in rows
        if row["id"] in pseudonyms
    ]


def _control(control: dict[str, Any]) -> ControlMeasures:
    found = control["figures"]
    return ControlMeasures(
        control["title"],
        [_measure(name, found[name]) for name in WORDS if name in found]
        + [_option_measure(*entry) for entry in control.get("options", {}).items()],
    )


def _measure(name: str, figure: Figures) -> Measure:
    title, hint = WORDS[name]
    level = _level(figure) if name in ALPHAS else ""
    return _worded(figure, str(title), str(hint), items(figure["n"]), level)


def _option_measure(option: str, figure: Figures) -> Measure:
    title = _("Alpha of “%(option)s”") % {"option": option}
    hint = _("this option alone: chosen or not")
    return _worded(figure, title, hint, items(figure["n"]), _level(figure))


def _worded(figure: Figures, title: str, hint: str, counted: str, level: str = "") -> Measure:
    return Measure(
        title=title,
        hint=hint,
        value=figure["value"],
        low=figure["low"],
        high=figure["high"],
        n=figure["n"],
        counted=counted,
        level=level,
    )


def _level(figure: Figures) -> str:
    if figure["value"] is None or figure["n"] < FEW:
        return ""
    if figure["value"] >= RELIABLE:
        return "reliable"
    return "tentative" if figure["value"] >= TENTATIVE else "low"


def _throughput(days: list[dict[str, Any]]) -> Throughput:
    most = max([max(day["labels"], day["decisions"]) for day in days], default=0)

    def bar(count: int, x: int) -> Bar:
        # A day with one label among thousands still shows that somebody worked.
        height = max(1, round(CHART_HEIGHT * count / most)) if count else 0
        return Bar(x, CHART_HEIGHT - height, height)

    return Throughput(
        days=[
            Day(
                date.fromisoformat(day["day"]),
                day["labels"],
                day["decisions"],
                bar(day["labels"], number * DAY_WIDTH + 4),
                bar(day["decisions"], number * DAY_WIDTH + 5 + BAR_WIDTH),
            )
            for number, day in enumerate(days)
        ],
        most=most,
        width=max(1, len(days)) * DAY_WIDTH,
    )
