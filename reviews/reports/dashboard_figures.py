"""Figures as the tables of the quality page show them: with interval, n and their items."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews.quality.contributions import MILLION
from reviews.quality.figure import Figure
from reviews.quality.rollup_figures import mean
from reviews.reports.dashboard_filters import Chosen
from reviews.reports.dashboard_sums import Sums, added_up
from reviews.reports.ordering import unknown_last

FEW = 30
ROWS = 25
Query = dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """A figure in percent (alpha as it is) with the items that it is about.

    `main` and `beside` are its words: below 30 items the interval comes first. `counted_query` is
    set where the figure opens only some of the n that it rests on.
    """

    value: float | None
    low: float | None
    high: float | None
    counted: str
    is_few: bool
    query: str
    main: str = ""
    beside: str = ""
    counted_query: str = ""


@dataclass(frozen=True)
class Entry:
    """A row before it is put into words; `checked` leads to what its accuracy rests on.

    What `checked` sets to None is no filter of these answers.
    """

    name: str
    sums: Sums
    query: Query
    agreement: Figure
    accuracy: Figure
    checked: Query
    is_of_labels: bool = False
    is_simulated: bool = False

    @property
    def count(self) -> int:
        return self.sums["items"] or self.sums["labels"]


@dataclass(frozen=True)
class Count:
    """A number with the answers that it counts."""

    number: int
    query: str


@dataclass(frozen=True)
class Row:
    name: str
    query: str
    count: int
    agreement: Shown
    accuracy: Shown
    is_simulated: bool
    states: list[Count]
    mean_seconds: float | None
    count_query: str


@dataclass(frozen=True)
class Section:
    """A table of rows that count items or labels; `note` says what its figures are."""

    key: str
    title: str
    note: str
    counted: str
    rows: list[Row]
    hidden_count: int = 0
    is_people: bool = False


def base_query(chosen: Chosen) -> Query:
    """The filters of the page, as the list of items knows them."""
    found: Query = {}
    if chosen.batch:
        found["batch"] = chosen.batch.pk
    if chosen.team:
        found["team"] = chosen.team.pk
    if chosen.label:
        found["label_a"] = chosen.label
    if chosen.weeks:
        found["weeks"] = chosen.weeks
    return found


def merged(query: Query, checked: Query) -> Query:
    return {name: value for name, value in (query | checked).items() if value is not None}


def grouped(sums: dict[Any, Sums], place: int) -> dict[Any, Sums]:
    found: dict[Any, list[Sums]] = defaultdict(list)
    for key, row in sums.items():
        found[key[place]].append(row)
    return {key: added_up(rows) for key, rows in found.items()}


def agreement_of(sums: Sums) -> Figure:
    return mean(sums["agreement"] / MILLION, sums["squares"] / MILLION, sums["shared"])


def entry_of(
    name: str,
    sums: Sums,
    query: Query,
    accuracy: Figure,
    checked: Query,
    *,
    is_of_labels: bool = False,
) -> Entry:
    return Entry(name, sums, query, agreement_of(sums), accuracy, checked, is_of_labels)


def make_row(entry: Entry) -> Row:
    sums, query, checked = entry.sums, entry.query, entry.checked
    is_sample = "sampled" in checked
    return Row(
        name=entry.name,
        query=urlencode(query),
        count=entry.count,
        agreement=show_agreement(
            entry.agreement,
            query,
            (labels if entry.is_of_labels else items)(entry.agreement.n),
        ),
        accuracy=show(
            entry.accuracy,
            merged(query, checked),
            (tasks if is_sample else answers)(entry.accuracy.n),
        ),
        is_simulated=entry.is_simulated,
        states=[
            Count(sums[state], urlencode({**query, "judged": state}))
            for state in ("accepted", "fixed", "rejected")
        ],
        mean_seconds=sums["active_ms"] / 1_000 / sums["timed"] if sums["timed"] else None,
        count_query=urlencode({**query, "labeled": 1}),
    )


def make_section(
    key: str, title: str, note: str, counted: str, entries: list[Entry], chosen: Chosen
) -> Section:
    """The rows in the order that was asked for, as many as a page holds; no other is worded."""
    sort = SORTED.get(chosen.sort.removeprefix("-"))
    if sort:
        entries = unknown_last(entries, sort, is_down=chosen.sort.startswith("-"))
    rows = [make_row(entry) for entry in entries[:ROWS]]
    return Section(key, title, note, counted, rows, len(entries) - len(rows))


SORTED: dict[str, Callable[[Entry], Any]] = {
    "name": lambda entry: entry.name.lower(),
    "n": lambda entry: entry.count,
    "agreement": lambda entry: entry.agreement.value,
    "accuracy": lambda entry: entry.accuracy.value,
}


def show(figure: Figure, query: Query, counted: str = "") -> Shown:
    return _show(figure, query, counted or items(figure.n), scale=100, decimals=1, unit=" %")


def show_agreement(figure: Figure, query: Query, counted: str = "") -> Shown:
    """The figure opens where people differ; its n, all that two people answered."""
    shown = show(figure, {**query, "disagreement": 1}, counted)
    return replace(shown, counted_query=urlencode({**query, "shared": 1}))


def show_plain(figure: Figure, query: Query) -> Shown:
    differing = {**query, "disagreement": 1}
    shown = _show(figure, differing, items(figure.n), scale=1, decimals=2, unit="")
    return replace(shown, counted_query=urlencode({**query, "shared": 1}))


def _show(
    figure: Figure, query: Query, counted: str, *, scale: int, decimals: int, unit: str
) -> Shown:
    if figure.value is None:
        return Shown(None, None, None, counted, False, "")
    is_few = figure.n < FEW
    value = scale * figure.value
    if figure.interval is None:
        main, low, high = f"{rounded(value, decimals)}{unit}", None, None
        beside = _("no interval")
    else:
        low, high = scale * figure.interval.low, scale * figure.interval.high
        interval = f"{rounded(low, decimals)}–{rounded(high, decimals)}{unit}"
        point = f"{rounded(value, decimals)}{unit}"
        main, beside = (interval, point) if is_few else (point, interval)
    return Shown(value, low, high, counted, is_few, urlencode(query), main, beside)


def rounded(value: float, decimals: int) -> str:
    """The number in the reader's language, which number_format alone would cut off."""
    # Adding zero makes a rounded -0.0 a plain zero.
    return number_format(round(value, decimals) + 0.0, decimals)


def items(n: int) -> str:
    return ngettext("%(n)d item", "%(n)d items", n) % {"n": n}


def labels(n: int) -> str:
    return ngettext("%(n)d label", "%(n)d labels", n) % {"n": n}


def answers(n: int) -> str:
    return ngettext("%(n)d answer", "%(n)d answers", n) % {"n": n}


def tasks(n: int) -> str:
    return ngettext("%(n)d task", "%(n)d tasks", n) % {"n": n}
