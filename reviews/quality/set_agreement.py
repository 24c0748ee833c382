"""Agreement on sets: several options chosen for one item."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reviews.quality.alpha import alpha_of_counts
from reviews.quality.figure import Array, Figure, figure_of, patterns

Chosen = frozenset[Hashable]
# Of two sets where neither contains the other; where they have nothing in common it is 0.
CROSSING, CONTAINED = 1 / 3, 2 / 3


@dataclass(frozen=True)
class SetReport:
    """Mean pairwise agreement by Jaccard and by MASI, and alpha with 1 - these as distances."""

    jaccard: Figure
    masi: Figure
    alpha_jaccard: Figure
    alpha_masi: Figure


def jaccard(first: Chosen, second: Chosen) -> float:
    """|A and B| / |A or B|; 1 when both are empty (Jaccard 1901).

    >>> jaccard(frozenset("ab"), frozenset("bc")), jaccard(frozenset(), frozenset())
    (0.3333333333333333, 1.0)
    """
    union = len(first | second)
    return len(first & second) / union if union else 1.0


def masi(first: Chosen, second: Chosen) -> float:
    """Jaccard times 1 for equal sets, 2/3 where one contains the other, 1/3 where they cross, 0.

    Passonneau 2006: leaving something out is less of a disagreement than choosing otherwise.

    >>> masi(frozenset("a"), frozenset("ab")), round(masi(frozenset("ab"), frozenset("bc")), 4)
    (0.3333333333333333, 0.1111)
    """
    if first == second:
        return 1.0
    if first <= second or second <= first:
        return jaccard(first, second) * CONTAINED
    return jaccard(first, second) * CROSSING


def set_report(units: Iterable[Sequence[Chosen]]) -> SetReport:
    """All figures of the sets that each item got; items of one set are dropped.

    >>> made = set_report([[frozenset("a"), frozenset("a")], [frozenset("b"), frozenset("bc")]])
    >>> made.jaccard.value, round(made.masi.value, 4), round(made.alpha_jaccard.value, 4)
    (0.75, 0.6667, 0.6667)
    """
    units = [list(unit) for unit in units]
    sets = list(dict.fromkeys(chosen for unit in units for chosen in unit))
    place = {chosen: number for number, chosen in enumerate(sets)}
    counts, times = patterns(([place[chosen] for chosen in unit] for unit in units), len(sets))
    alike = jaccards(sets)
    strict = alike * _monotonicity(sets)
    return SetReport(
        jaccard=_mean_pairwise(counts, times, alike),
        masi=_mean_pairwise(counts, times, strict),
        alpha_jaccard=alpha_of_counts(counts, times, 1 - alike),
        alpha_masi=alpha_of_counts(counts, times, 1 - strict),
    )


def option_alphas(
    units: Iterable[Sequence[Chosen]], options: Sequence[Hashable]
) -> Mapping[Hashable, Figure]:
    """Nominal alpha of each option by itself: chosen or not.

    >>> units = [[frozenset("a"), frozenset("a")], [frozenset(), frozenset("b")]]
    >>> found = option_alphas(units, "ab")
    >>> {option: figure.value for option, figure in found.items()}
    {'a': 1.0, 'b': 0.0}
    """
    units = list(units)
    found = {}
    for option in options:
        coded = ([int(option in chosen) for chosen in unit] for unit in units)
        found[option] = alpha_of_counts(*patterns(coded, 2), 1 - np.eye(2))
    return found


def jaccards(sets: Sequence[Chosen]) -> Array:
    """The Jaccard similarity of every set with every one.

    >>> jaccards([frozenset("a"), frozenset("ab"), frozenset()]).tolist()
    [[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    shared, union = _overlaps(sets)
    return np.divide(shared, union, out=np.ones(union.shape), where=union > 0)


def _monotonicity(sets: Sequence[Chosen]) -> Array:
    shared, union = _overlaps(sets)
    sizes = np.array([len(chosen) for chosen in sets])
    smaller = np.minimum(sizes[:, None], sizes[None, :])
    nested = np.where(shared == smaller, CONTAINED, CROSSING)
    return np.where(shared == union, 1.0, nested)


def _overlaps(sets: Sequence[Chosen]) -> tuple[Array, Array]:
    """How many options every two sets share, and how many there are in both together."""
    options = list(dict.fromkeys(option for chosen in sets for option in chosen))
    member = np.array([[option in chosen for option in options] for chosen in sets], dtype=float)
    member = member.reshape(len(sets), len(options))
    shared = member @ member.T
    sizes = member.sum(axis=1)
    return shared, sizes[:, None] + sizes[None, :] - shared


def _mean_pairwise(counts: Array, times: Array, alike: Array) -> Figure:
    """Mean over items of the mean similarity of all pairs of different people."""
    if not counts.size:
        return Figure(None, 0, None)
    n = counts.sum(axis=1)
    total: Array = ((counts @ alike) * counts).sum(axis=1)
    mean = (total - n) / (n * (n - 1))
    return figure_of(lambda drawn: drawn @ mean / drawn.sum(axis=1), times)
