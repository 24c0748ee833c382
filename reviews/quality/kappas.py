"""Kappas and their kin: agreement on classes beyond what chance would give.

None means that the figure is not defined. Items with fewer than two labels are dropped.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from reviews.quality.figure import Array
from reviews.quality.tables import Labels, LabelTable, table_of

# From this share of all labels on a class hides what happens in the others.
DOMINANT = 0.8


def fleiss_kappa(labels: Labels) -> float | None:
    """(P - P_e) / (1 - P_e), P_e = sum of squared class shares (Fleiss 1971).

    Defined only when all items have the same number of labels and more than one class occurs.

    >>> labels = [(i, who, label) for i, pair in enumerate(["00", "00", "11", "01"])
    ...           for who, label in enumerate(pair)]
    >>> round(fleiss_kappa(labels), 4)
    0.4667
    """
    counts = table_of(labels).pairable
    return _defined(fleiss(counts, np.ones((1, len(counts)))))


def gwet_ac1(labels: Labels, *, classes: Sequence[Any] | None = None) -> float | None:
    """(P - P_e) / (1 - P_e), P_e = sum_k s_k (1 - s_k) / (K - 1), s_k the mean share of k per item.

    Gwet 2008: stays high where one class has nearly all labels and people agree, which kappa and
    alpha call chance. K counts the `classes` that could be chosen, without them those that were.

    >>> pairs = ["00"] * 118 + ["01"] * 5 + ["10"] * 2
    >>> labels = [(i, who, label) for i, pair in enumerate(pairs) for who, label in enumerate(pair)]
    >>> round(gwet_ac1(labels), 4), round(cohen_kappa(labels), 4)
    (0.9408, -0.0234)
    """
    counts = table_of(labels, classes).pairable
    return _defined(ac1(counts, np.ones((1, len(counts)))))


def cohen_kappa(labels: Labels) -> float | None:
    """(p_o - p_e) / (1 - p_e), p_e from each rater's own shares (Cohen 1960).

    Defined only for exactly two annotators; items that only one of them labelled are dropped.

    >>> labels = [(i, who, label) for i, pair in enumerate(["00", "00", "11", "01"])
    ...           for who, label in enumerate(pair)]
    >>> cohen_kappa(labels)
    0.5
    """
    table = table_of(labels)
    pairs = rater_pairs(table)
    return _defined(cohen(pairs, len(table.classes), np.ones((1, len(pairs)))))


def weighted_kappa(labels: Labels, *, order: Sequence[Any] | None = None) -> float | None:
    """Cohen's kappa with squared distances: 1 - sum w p_ab / sum w p_a p_b, w = (a - b)².

    Cohen 1968. a and b are places in `order`, the classes from low to high; without it they are
    sorted. Near misses count little, as in ordinal alpha.

    >>> labels = [(i, who, int(label)) for i, pair in enumerate(["11", "12", "22", "33", "32"])
    ...           for who, label in enumerate(pair)]
    >>> round(weighted_kappa(labels), 4)
    0.6667
    """
    table = table_of(labels, order)
    pairs = rater_pairs(table)
    return _defined(squared_kappa(pairs, np.ones((1, len(pairs)))))


def positive_agreement(labels: Labels) -> float | None:
    """Agreement on all classes but the commonest: 2a / (2a + b + c) of two people and classes.

    In general sum n_k (n_k - 1) over sum n_k (n - 1), over items and the other classes (Fleiss,
    Levin and Paik 2003; Cicchetti and Feinstein 1990). What the commonest class agrees upon
    does not count.

    >>> pairs = ["00"] * 90 + ["11"] * 4 + ["01"] * 4 + ["10"] * 2
    >>> labels = [(i, who, label) for i, pair in enumerate(pairs) for who, label in enumerate(pair)]
    >>> round(positive_agreement(labels), 4)
    0.5714
    """
    counts = table_of(labels).pairable
    if not counts.size:
        return None
    common = int(counts.sum(axis=0).argmax())
    return _defined(positive(counts, common, np.ones((1, len(counts)))))


def is_dominated(totals: Array) -> bool:
    """Whether one class has so many of the labels that the others need a figure of their own.

    >>> [is_dominated(np.array(totals)) for totals in ([9, 1], [7, 3], [9, 0])]
    [True, False, False]
    """
    return bool(len(totals) and DOMINANT * totals.sum() <= totals.max() < totals.sum())


def item_agreement_of(counts: Array) -> Array:
    """sum_k n_k (n_k - 1) / (n (n - 1)) of each item.

    >>> item_agreement_of(np.array([[2, 1]])).round(4)
    array([0.3333])
    """
    n = counts.sum(axis=1)
    return (counts * (counts - 1)).sum(axis=1) / (n * (n - 1))


def mean_agreement(counts: Array, drawn: Array) -> Array:
    """The mean of it for each row of `drawn`, the number of times that each item counts.

    >>> mean_agreement(np.array([[2, 0], [1, 1]]), np.array([[3.0, 1.0]]))
    array([0.75])
    """
    return drawn @ item_agreement_of(counts) / drawn.sum(axis=1)


def rater_pairs(table: LabelTable) -> Array:
    """The classes, as places, of each item that both of exactly two annotators labelled."""
    if len(table.annotators) != 2:
        return np.zeros((0, 2), dtype=np.int64)
    chosen = np.full((len(table.items), 2), -1)
    chosen[table.rows[:, 0], table.rows[:, 1]] = table.rows[:, 2]
    return chosen[(chosen >= 0).all(axis=1)]


def fleiss(counts: Array, drawn: Array) -> Array:
    """Fleiss' kappa for each row of `drawn`, the number of times that each item counts."""
    if not len(counts) or np.ptp(counts.sum(axis=1)) > 0:
        return _undefined(drawn)
    totals = drawn @ counts
    chance = ((totals / totals.sum(axis=1, keepdims=True)) ** 2).sum(axis=1)
    return _beyond_chance(mean_agreement(counts, drawn), chance)


def ac1(counts: Array, drawn: Array) -> Array:
    """Gwet's AC1, likewise."""
    if not len(counts) or counts.shape[1] < 2:
        return _undefined(drawn)
    shares = drawn @ (counts / counts.sum(axis=1, keepdims=True))
    shares /= drawn.sum(axis=1, keepdims=True)
    chance = (shares * (1 - shares)).sum(axis=1) / (counts.shape[1] - 1)
    return _beyond_chance(mean_agreement(counts, drawn), chance)


def positive(counts: Array, common: int, drawn: Array) -> Array:
    """Positive agreement, likewise, where `common` is the class that is left out."""
    others = np.delete(counts, common, axis=1)
    agreed = (others * (others - 1)).sum(axis=1)
    chances = others.sum(axis=1) * (counts.sum(axis=1) - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (drawn @ agreed) / (drawn @ chances)


def cohen(pairs: Array, size: int, drawn: Array) -> Array:
    """Cohen's kappa of pairs of places among `size` classes, likewise."""
    if not len(pairs):
        return _undefined(drawn)
    n = drawn.sum(axis=1)
    mine, other = ((drawn @ np.eye(size)[column]) / n[:, None] for column in pairs.T)
    same = drawn @ (pairs[:, 0] == pairs[:, 1]) / n
    return _beyond_chance(same, (mine * other).sum(axis=1))


def squared_kappa(pairs: Array, drawn: Array) -> Array:
    """Quadratic-weighted kappa of pairs of places, likewise."""
    if not len(pairs):
        return _undefined(drawn)
    n = drawn.sum(axis=1)
    first, second = pairs.T.astype(float)
    observed = drawn @ (first - second) ** 2 / n
    means = drawn @ first / n, drawn @ second / n
    spread = drawn @ first**2 / n + drawn @ second**2 / n - 2 * means[0] * means[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(spread > 1e-12, 1 - observed / spread, np.nan)


def _beyond_chance(seen: Array, chance: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(chance < 1 - 1e-12, (seen - chance) / (1 - chance), np.nan)


def _undefined(drawn: Array) -> Array:
    return np.full(len(drawn), np.nan)


def _defined(figures: Array) -> float | None:
    return float(figures[0]) if np.isfinite(figures[0]) else None
