"""What the quality page shows: the stored figures in words, tables and bars."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labelops.accounts.models import User
from reviews.reports.figure_words import ALPHAS, WORDS
from tasks.models import WORK_STATES

Figures = dict[str, Any]

FEW = 30
ANNOTATORS_SHOWN = 100
CLASSES_SHOWN = 12
SHADES = 4
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
class AnnotatorRow:
    name: str
    is_simulated: bool
    labels: int
    agreement: Measure
    accepted: int
    fixed: int
    rejected: int
    median_seconds: float | None
    query: str


@dataclass(frozen=True)
class Cell:
    """How often two classes met; `shade` is 0 where colour would say more than the figures."""

    count: int
    query: str
    shade: int


@dataclass(frozen=True)
class ConfusionRow:
    name: str
    cells: list[Cell]


@dataclass(frozen=True)
class MixUp:
    first: str
    second: str
    count: int
    query: str


@dataclass(frozen=True)
class ConfusionTable:
    """`rows` is empty when the classes are too many for a table."""

    title: str
    classes: list[str]
    rows: list[ConfusionRow]
    most: list[MixUp]


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
class QualityPage:
    annotation_count: int
    task_count: int
    error_rate: Measure
    controls: list[ControlMeasures]
    annotators: list[AnnotatorRow]
    hidden_count: int
    confusion: ConfusionTable | None
    states: list[StateCount]
    throughput: Throughput


def quality_page(figures: Figures, *, show_names: bool) -> QualityPage:
    """The page of stored figures. Only managers, who never label, see names."""
    people = named_annotators(figures, show_names=show_names)
    return QualityPage(
        annotation_count=figures["annotation_count"],
        task_count=figures["task_count"],
        error_rate=_error_rate(figures["error_rate"]),
        controls=[_control(control) for control in figures["controls"]],
        annotators=[_annotator(row) for row in people[:ANNOTATORS_SHOWN]],
        hidden_count=max(0, len(people) - ANNOTATORS_SHOWN),
        confusion=_confusion(figures["confusion"]),
        states=[
            StateCount(str(state.label), count, urlencode({"state": state.value}))
            for state in WORK_STATES
            if (count := figures["states"].get(state.value, 0))
        ],
        throughput=_throughput(figures["days"]),
    )


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


def _items(n: int) -> str:
    return ngettext("%(n)d item", "%(n)d items", n) % {"n": n}


def _tasks(n: int) -> str:
    return ngettext("%(n)d task", "%(n)d tasks", n) % {"n": n}


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
    return _worded(figure, str(title), str(hint), _items(figure["n"]), level)


def _option_measure(option: str, figure: Figures) -> Measure:
    title = _("Alpha of “%(option)s”") % {"option": option}
    hint = _("this option alone: chosen or not")
    return _worded(figure, title, hint, _items(figure["n"]), _level(figure))


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


def _error_rate(figure: Figures) -> Measure:
    hint = _("stored labels that an expert did not let stand, among tasks drawn at random")
    return _worded(figure, _("Estimated error rate"), hint, _tasks(figure["n"]))


def _annotator(row: dict[str, Any]) -> AnnotatorRow:
    figure = row["agreement"] or {"value": None, "n": 0, "low": None, "high": None}
    return AnnotatorRow(
        name=row["name"],
        is_simulated=row["is_simulated"],
        labels=row["labels"],
        agreement=_worded(figure, "", "", _items(figure["n"])),
        accepted=row["accepted"],
        fixed=row["fixed"],
        rejected=row["rejected"],
        median_seconds=row["median_seconds"],
        query=urlencode({"annotator": row["id"]}),
    )


def _confusion(found: dict[str, Any] | None) -> ConfusionTable | None:
    if found is None:
        return None
    classes, pairs = found["classes"], found["pairs"]
    apart = [pairs[row][column] for row in range(len(pairs)) for column in range(row)]
    met = sum(apart) + sum(pairs[row][row] for row in range(len(pairs)))
    most = max(apart, default=0) if met >= FEW else 0

    def cell(row: int, column: int) -> Cell:
        count = pairs[row][column]
        shade = -(-SHADES * count // most) if most and row != column else 0
        return Cell(count, _pair_query(found, classes[row], classes[column]), shade)

    is_table = len(classes) <= CLASSES_SHOWN
    return ConfusionTable(
        title=found["title"],
        classes=classes,
        rows=[
            ConfusionRow(name, [cell(row, column) for column in range(len(classes))])
            for row, name in enumerate(classes)
            if is_table
        ],
        most=[
            MixUp(first, second, count, _pair_query(found, first, second))
            for first, second, count in found["most"]
        ],
    )


def _pair_query(found: dict[str, Any], first: str, second: str) -> str:
    return urlencode({"control": found["control"], "label_a": first, "label_b": second})


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
