"""The conditions that a column of values offers to the slice finder, each with who meets it."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import floor, log10
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.analysis.conditions import (
    AT_LEAST,
    BELOW,
    DAY,
    IS,
    MISSING,
    TEXT_MOST,
    Condition,
    number_of,
    text_of,
)

Mask = NDArray[np.bool_]
# Fewer items are not shown as a slice.
SUPPORT = 20
VALUES_MOST = 20
# A number with no more different values than these is taken as a name.
FEW_VALUES = 6
CUTS = (0.1, 0.25, 0.5, 0.75, 0.9)
# Of the values that are given, for a column to be one of numbers or of days.
ALIKE_SHARE = 0.9
DAY_LENGTH = 10


@dataclass(frozen=True, eq=False)
class Predicate:
    """A condition and which items meet it."""

    condition: Condition
    mask: Mask


def predicates_of(field: str, values: Sequence[Any]) -> list[Predicate]:
    """The conditions of one field that at least `SUPPORT` items meet, and as many do not.

    Numbers and days are cut at quantiles, numbers rounded as people would; other values stand for
    themselves, the commonest first; None is a value that is not given.

    >>> found = predicates_of("data.sky", ["clear"] * 60 + ["fog"] * 30 + ["ash"] * 3)
    >>> [(each.condition.values, int(each.mask.sum())) for each in found]
    [(('clear',), 60), (('fog',), 30)]
    >>> found = predicates_of("width", [*range(1000)])
    >>> [(each.condition.operator, *each.condition.values) for each in found][:3]
    [('below', 100), ('at_least', 100), ('below', 250)]
    """
    texts = [text_of(value) for value in values]
    # Each different value is read once.
    counts = Counter(text for text in texts if text is not None)
    missing = np.array([value is None for value in values], dtype=bool)
    found = [Predicate(Condition(field, MISSING), missing)]
    enough = ALIKE_SHARE * counts.total()
    for read, edges in ((number_of, _rounded_quantiles), (_ordinal, _days)):
        known = {text: number for text in counts if (number := read(text)) is not None}
        is_ordered = sum(counts[text] for text in known) >= enough
        if is_ordered and len(set(known.values())) > FEW_VALUES:
            numbers = np.array(
                [np.nan if text is None else known.get(text, np.nan) for text in texts],
                dtype=np.float64,
            )
            found += _cut(field, numbers, edges(numbers[np.isfinite(numbers)]))
            break
    else:
        found += _of_names(field, texts, counts)
    most = len(values) - SUPPORT
    return [each for each in found if SUPPORT <= int(each.mask.sum()) <= most]


def predicates_of_names(
    field: str, places: Sequence[int], names: Sequence[str], count: int
) -> list[Predicate]:
    """Where an item may have several values, as classes: the item at each place has that name.

    >>> places = [*range(30), *range(10, 60)]
    >>> names = ["wren"] * 30 + ["robin"] * 50
    >>> found = predicates_of_names("label", places, names, 90)
    >>> [(each.condition.values, int(each.mask.sum())) for each in found]
    [(('robin',), 50), (('wren',), 30)]
    """
    at: dict[str, set[int]] = {}
    for place, name in zip(places, names, strict=True):
        at.setdefault(name, set()).add(place)
    named = [name for name in at if SUPPORT <= len(at[name]) <= count - SUPPORT]
    found = []
    for name in sorted(named, key=lambda name: (-len(at[name]), name))[:VALUES_MOST]:
        mask = np.zeros(count, dtype=bool)
        mask[list(at[name])] = True
        found.append(Predicate(Condition(field, IS, (name,)), mask))
    return found


def _ordinal(text: str) -> float | None:
    """The number of the day that a text begins with."""
    if not re.match(DAY, text[:DAY_LENGTH]):
        return None
    try:
        return float(date.fromisoformat(text[:DAY_LENGTH]).toordinal())
    except ValueError:
        return None


def _cut(
    field: str, numbers: NDArray[np.float64], edges: dict[float, int | float | str]
) -> list[Predicate]:
    """Below and at least each edge; what is not given is on neither side."""
    found = []
    for edge, shown in sorted(edges.items()):
        found.append(Predicate(Condition(field, BELOW, (shown,)), numbers < edge))
        found.append(Predicate(Condition(field, AT_LEAST, (shown,)), numbers >= edge))
    return found


def _rounded_quantiles(known: NDArray[np.float64]) -> dict[float, int | float | str]:
    """Ties may make several quantiles one edge."""
    quantiles = _quantiles(known)
    edges = {rounded(edge, spread=quantiles[-1] - quantiles[0]) for edge in quantiles}
    return {edge: edge for edge in edges}


def _days(known: NDArray[np.float64]) -> dict[float, int | float | str]:
    return {edge: date.fromordinal(int(edge)).isoformat() for edge in _quantiles(known)}


def _quantiles(known: NDArray[np.float64]) -> list[float]:
    return list(np.quantile(known, CUTS, method="inverted_cdf").tolist())


def _of_names(field: str, texts: Sequence[str | None], counts: Counter[str]) -> list[Predicate]:
    named = [text for text in counts if counts[text] >= SUPPORT and len(text) <= TEXT_MOST]
    common = sorted(named, key=lambda text: (-counts[text], text))[:VALUES_MOST]
    codes = {text: code for code, text in enumerate(common)}
    column = np.array(
        [-1 if text is None else codes.get(text, -1) for text in texts], dtype=np.int64
    )
    return [
        Predicate(Condition(field, IS, (text,)), column == code) for text, code in codes.items()
    ]


def rounded(number: float, *, spread: float) -> int | float:
    """As people name an edge: with as many digits as the spread of the numbers makes worth it.

    >>> rounded(1473.2, spread=2000), rounded(2024.0, spread=9), rounded(0.0344, spread=0.5)
    (1500, 2024, 0.03)
    """
    places = 1 - floor(log10(spread)) if spread > 0 else 0
    shown = round(number, places)
    return int(shown) if shown == int(shown) else shown
