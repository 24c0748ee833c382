"""Alpha of stretches: do people cut the same units out of a text or a recording, and name them so?

Alpha of unitizing, Krippendorff 1995 and 2004 (Content Analysis, section 11.6): two units are as
far apart as their ends are, squared; a unit that lies in a gap of the other by its length squared.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reviews.quality.figure import NOTHING, Array, Figure, figure_of

Stretches = Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Continuum:
    """A text or recording of `length`, and the stretches that each person marked on it."""

    length: float
    people: Sequence[Stretches]


@dataclass(frozen=True)
class Disagreement:
    """Observed and expected, in squares of the unit of length."""

    observed: float
    expected: float


def alpha_u(continua: Iterable[Continuum], *, ticks: float = 1.0) -> Figure:
    """1 - observed / expected disagreement, over all labels and all continua.

    What is expected of a continuum is what its own units would give in any other places on it.
    `ticks` are the parts of one unit of length that places are counted in: 1 for characters,
    100 for seconds. Overlapping stretches of one person and label count as one.

    Krippendorff's example of two people and two labels:

    >>> def marked(label, *units):
    ...     return [{"label": label, "start": b, "end": b + l} for b, l in units]
    >>> same = marked("k", (30, 60), (150, 50))
    >>> first = [*marked("c", (75, 70), (220, 30)), *same]
    >>> second = [*marked("c", (70, 80), (205, 20), (250, 20)), *same]
    >>> round(alpha_u([Continuum(300, [first, second])]).value, 4)
    0.8587
    """
    found = [
        disagreement(continuum, ticks)
        for continuum in continua
        if len(continuum.people) > 1 and continuum.length > 0
    ]
    if not found:
        return NOTHING
    observed = np.array([entry.observed for entry in found])
    expected = np.array([entry.expected for entry in found])

    def statistic(drawn: Array) -> Array:
        chance = drawn @ expected
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(chance > 0, 1 - drawn @ observed / chance, np.nan)

    return figure_of(statistic, np.ones(len(found), dtype=np.int64))


def disagreement(continuum: Continuum, ticks: float = 1.0) -> Disagreement:
    """The sums over the labels of one continuum.

    >>> one = [{"label": "c", "start": 2, "end": 4}]
    >>> disagreement(Continuum(10, [one, one])).observed
    0.0
    """
    length = round(continuum.length * ticks)
    labels = dict.fromkeys(entry["label"] for marked in continuum.people for entry in marked)
    observed = expected = 0.0
    for label in labels:
        sections = [_sections(marked, label, length, ticks) for marked in continuum.people]
        observed += _observed(sections)
        expected += _expected(sections, length)
    return Disagreement(observed, expected)


def _sections(marked: Stretches, label: Any, length: int, ticks: float) -> Array:
    """Rows of start, length, and 1 for a unit or 0 for a gap, from end to end."""
    units = sorted(
        (round(entry["start"] * ticks), min(length, round(entry["end"] * ticks)))
        for entry in marked
        if entry["label"] == label
    )
    merged: list[list[int]] = []
    for start, end in units:
        if merged and start < merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        elif end > start:
            merged.append([start, end])
    rows, reached = [], 0
    for start, end in merged:
        if start > reached:
            rows.append((reached, start - reached, 0))
        rows.append((start, end - start, 1))
        reached = end
    if reached < length:
        rows.append((reached, length - reached, 0))
    return np.array(rows, dtype=float)


def _observed(sections: Sequence[Array]) -> float:
    """The mean over ordered pairs of people of the distances of their sections."""
    people = len(sections)
    total = sum(
        _distance(sections[first], sections[second])
        for first in range(people)
        for second in range(people)
        if first != second
    )
    return total / (people * (people - 1))


def _distance(first: Array, second: Array) -> float:
    b, length, is_unit = (column[:, None] for column in first.T)
    other_b, other_length, other_is_unit = (column[None, :] for column in second.T)
    end, other_end = b + length, other_b + other_length
    both = (is_unit * other_is_unit == 1) & (b < other_end) & (other_b < end)
    in_gap = (is_unit > other_is_unit) & (b >= other_b) & (end <= other_end)
    holds = (is_unit < other_is_unit) & (other_b >= b) & (other_end <= end)
    apart = np.where(both, (b - other_b) ** 2 + (end - other_end) ** 2, 0.0)
    apart += np.where(in_gap, length**2, 0.0) + np.where(holds, other_length**2, 0.0)
    return float(apart.sum())


def _expected(sections: Sequence[Array], length: int) -> float:
    """The mean distance of all units to all units and gaps in all places they could have."""
    rows = np.vstack(sections)
    units, gaps = rows[rows[:, 2] == 1, 1], rows[rows[:, 2] == 0, 1]
    to_units = (len(units) - 1) / 3 * (2 * units**3 - 3 * units**2 + units)
    room = np.maximum(gaps[None, :] - units[:, None] + 1, 0) * (gaps[None, :] >= units[:, None])
    to_gaps = units**2 * room.sum(axis=1)
    everything = len(sections) * length
    pairs = everything * (everything - 1) - (units * (units - 1)).sum()
    # In squares of the unit, like what is observed; Krippendorff divides both by the length².
    return float(2 * length * (to_units + to_gaps).sum() / pairs) if pairs > 0 else 0.0
