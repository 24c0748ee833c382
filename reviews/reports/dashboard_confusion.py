"""Which classes meet: between people, and answers against the label that stands."""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from reviews.models import PairRollup
from reviews.reports import dashboard_sums
from reviews.reports.dashboard_figures import FEW, Query, base_query
from reviews.reports.dashboard_filters import Chosen, class_titles
from tasks.kinds.schema import single_choice
from tasks.models import Project
from tasks.services.instructions import current_schema

CLASSES_SHOWN = 12
MOST = 12
SHADES = 4
Pairs = Counter[tuple[str, str]]


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
    """`rows` is empty when the classes are too many for a table; then `most` says what counts."""

    key: str
    title: str
    note: str
    classes: list[str]
    rows: list[ConfusionRow]
    most: list[MixUp]


def confusions(project: Project, chosen: Chosen) -> list[ConfusionTable]:
    """Empty for a project that does not ask for one class."""
    control = single_choice(current_schema(project))
    if control is None or chosen.team:
        return []
    found = dashboard_sums.pairs(project, chosen)
    base = {name: value for name, value in base_query(chosen).items() if name != "label_a"}
    between: Pairs = Counter()
    for (first, second), count in found[PairRollup.Kind.PEOPLE].items():
        between[first, second] = between[second, first] = count
    people = _table(
        "people",
        _("What people mix up"),
        _("Pairs of labels by two people on one item. Nobody is taken to be right."),
        between,
        control,
        lambda first, second: {**base, "label_a": first, "label_b": second},
        is_ordered=False,
    )
    label = _table(
        "label",
        _("Answers against the accepted label"),
        _("Rows: the label that stands, by consensus or expert. Columns: what people answered."),
        found[PairRollup.Kind.LABEL],
        control,
        lambda first, second: {**base, "expected": first, "label_a": second},
        is_ordered=True,
    )
    return [table for table in (people, label) if table]


def _table(
    key: str,
    title: str,
    note: str,
    pairs: Pairs,
    control: dict[str, Any],
    query: Any,
    *,
    is_ordered: bool,
) -> ConfusionTable | None:
    if not pairs:
        return None
    met = {name for pair in pairs for name in pair}
    titles = class_titles(control)
    names = [name for name in titles if name in met]
    names += sorted(met - {*names})
    apart = {pair: count for pair, count in pairs.items() if pair[0] != pair[1]}
    most = max(apart.values(), default=0) if sum(pairs.values()) >= FEW else 0

    def cell(first: str, second: str) -> Cell:
        count = pairs[first, second]
        shade = -(-SHADES * count // most) if most and first != second else 0
        return Cell(count, _encoded(control, query(first, second)), shade)

    listed = sorted(
        (pair for pair in apart if is_ordered or pair[0] < pair[1]),
        key=lambda pair: (-apart[pair], pair),
    )
    return ConfusionTable(
        key,
        title,
        note,
        [titles.get(name, name) for name in names],
        [
            ConfusionRow(titles.get(name, name), [cell(name, other) for other in names])
            for name in names
        ]
        if len(names) <= CLASSES_SHOWN
        else [],
        [
            MixUp(
                *(titles.get(name, name) for name in pair),
                apart[pair],
                _encoded(control, query(*pair)),
            )
            for pair in listed[:MOST]
        ],
    )


def _encoded(control: dict[str, Any], query: Query) -> str:
    return urlencode({"control": control["name"], **query})
