"""Agreement on numbers: how close they are, and whether people or items make them differ."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reviews.quality.alpha import alpha_by_distance, ratio_distance
from reviews.quality.figure import NOTHING, Array, Figure, figure_of, mean_figure

Numbers = Sequence[tuple[Hashable, float]]


@dataclass(frozen=True)
class NumberReport:
    """`ratio` is None where a number is below zero; `icc` is defined for complete designs."""

    closeness: Figure
    alpha: Figure
    ratio: Figure | None
    icc: Figure


def closeness(values: Sequence[float], span: float) -> float:
    """1 - the mean absolute difference of all pairs over the range, `span`; two values or more.

    >>> closeness([1, 2, 3], 4)
    0.6666666666666667
    """
    if not span:
        return 1.0
    ordered = np.sort(np.array(values, dtype=float))
    n = len(ordered)
    # The sum over all pairs of the difference, without the pairs.
    total = ((2 * np.arange(n) - n + 1) * ordered).sum()
    return 1 - float(total) / (n * (n - 1) / 2) / span


def icc(scores: Array) -> float | None:
    """ICC(2,1): (MS_R - MS_E) / (MS_R + (k - 1) MS_E + k (MS_C - MS_E) / n); None if undefined.

    Shrout and Fleiss 1979: n items in rows, the same k people in columns, who stand for more
    people; absolute agreement of one single number. Their example:

    >>> scores = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9],
    ...           [6, 2, 4, 7]]
    >>> round(icc(np.array(scores)), 2)
    0.29
    """
    found = float(_iccs(np.asarray(scores, dtype=float), np.ones((1, len(scores))))[0])
    return found if np.isfinite(found) else None


def number_report(
    items: Iterable[Numbers], *, low: float | None = None, high: float | None = None
) -> NumberReport:
    """All figures of the (person, number) that each item got, on a scale from `low` to `high`.

    Without the ends of the scale those of the numbers are taken.

    >>> made = number_report([[("a", 1), ("b", 1)], [("a", 5), ("b", 4)], [("a", 3), ("b", 3)]])
    >>> round(made.closeness.value, 4), round(made.alpha.value, 4), round(made.icc.value, 4)
    (0.9167, 0.9351, 0.9474)
    """
    pairable = [dict(unit) for unit in items]
    pairable = [unit for unit in pairable if len(unit) > 1]
    numbers = [number for unit in pairable for number in unit.values()]
    if not numbers:
        return NumberReport(NOTHING, NOTHING, None, NOTHING)
    least, most = (min(numbers) if low is None else low), (max(numbers) if high is None else high)
    units = [list(unit.values()) for unit in pairable]
    has_zero = min(numbers) >= 0
    return NumberReport(
        closeness=mean_figure([closeness(unit, most - least) for unit in units]),
        alpha=_interval_alpha(units),
        ratio=alpha_by_distance(units, ratio_distance) if has_zero else None,
        icc=_icc_figure(pairable),
    )


def _interval_alpha(units: Sequence[Sequence[float]]) -> Figure:
    """From moments of each item: as quick for numbers that are all different."""
    middle = float(np.mean([number for unit in units for number in unit]))
    rows = np.array(
        [
            (len(unit), sum(x - middle for x in unit), sum((x - middle) ** 2 for x in unit))
            for unit in units
        ]
    )
    n, sums, squares = rows.T
    within = 2 * (n * squares - sums**2) / (n - 1)

    def statistic(drawn: Array) -> Array:
        total, sum_, square = (drawn @ column for column in rows.T)
        expected = 2 * (total * square - sum_**2) / (total - 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(expected > 1e-12, 1 - drawn @ within / expected, np.nan)

    return figure_of(statistic, np.ones(len(units), dtype=np.int64))


def _icc_figure(units: Sequence[Mapping[Hashable, float]]) -> Figure:
    people = sorted(units[0], key=str)
    if any(unit.keys() != units[0].keys() for unit in units):
        return Figure(None, 0, None)
    scores = np.array([[unit[who] for who in people] for unit in units], dtype=float)
    each_once = np.ones(len(scores), dtype=np.int64)
    return figure_of(lambda drawn: _iccs(scores, drawn), each_once)


def _iccs(scores: Array, drawn: Array) -> Array:
    """ICC(2,1) for each row of `drawn`, the number of times that each item counts."""
    n, k = drawn.sum(axis=1), scores.shape[1]
    scores = scores - scores.mean()
    columns = drawn @ scores / n[:, None]
    grand = columns.mean(axis=1)
    rows = scores.mean(axis=1)
    between_rows = k * (drawn @ rows**2 - n * grand**2)
    between_columns = n * ((columns - grand[:, None]) ** 2).sum(axis=1)
    total = drawn @ (scores**2).sum(axis=1) - n * k * grand**2
    with np.errstate(divide="ignore", invalid="ignore"):
        ms_rows, ms_columns = between_rows / (n - 1), between_columns / (k - 1)
        ms_rest = (total - between_rows - between_columns) / ((n - 1) * (k - 1))
        spread = ms_rows + (k - 1) * ms_rest + k * (ms_columns - ms_rest) / n
        return np.where(np.abs(spread) > 1e-12, (ms_rows - ms_rest) / spread, np.nan)
