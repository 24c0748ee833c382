"""Agreement: how alike independent labels are, plainly and corrected for chance.

Every function takes labels as (item, annotator, label), or a table made of them. None means that
the figure is not defined, which is neither 0 nor 1.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from labelops.intervals import RESAMPLES, Interval, bootstrap
from reviews.quality.tables import Label, LabelTable, tabulate

Metric = Literal["nominal", "ordinal", "interval"]
Labels = Iterable[Label] | LabelTable


@dataclass(frozen=True)
class Figure:
    """A figure, the number of items it rests on, and its 95 % interval over items."""

    value: float | None
    n: int
    interval: Interval | None


@dataclass(frozen=True)
class AgreementReport:
    """What `report` computes; `items` and `labels` count only items with two labels or more."""

    items: int
    labels: int
    percent: Figure
    alpha: Figure
    fleiss_kappa: Figure
    cohen_kappa: Figure


def percent_agreement(labels: Labels) -> float | None:
    """Mean over items of sum_k n_k (n_k - 1) / (n (n - 1)).

    >>> percent_agreement([("i1", "ana", 0), ("i1", "rui", 0), ("i2", "ana", 0), ("i2", "rui", 1)])
    0.5
    """
    counts = _pairable(labels)
    return float(_item_agreement(counts).mean()) if len(counts) else None


def overall_agreement(labels: Labels) -> float | None:
    """Agreeing pairs over all pairs: items with many labels weigh more than in the mean.

    >>> overall_agreement([("i1", "a", 0), ("i1", "b", 0), ("i1", "c", 0),
    ...                    ("i2", "a", 0), ("i2", "b", 1)])
    0.75
    """
    counts = _pairable(labels)
    if not len(counts):
        return None
    n = counts.sum(axis=1)
    return float((counts * (counts - 1)).sum() / (n * (n - 1)).sum())


def krippendorff_alpha(
    labels: Labels, *, metric: Metric = "nominal", order: Sequence[Any] | None = None
) -> float | None:
    """1 - D_o / D_e (Krippendorff 2004); None when only one value occurs.

    The distance is 0 or 1 (nominal), the squared difference of mid-ranks (ordinal) or of values
    (interval). `order` lists the classes from low to high; without it they are sorted.

    >>> labels = [("i1", "a", 1), ("i1", "b", 1), ("i2", "a", 2), ("i2", "b", 2), ("i3", "a", 1),
    ...           ("i3", "b", 2)]
    >>> round(krippendorff_alpha(labels), 4)
    0.4444
    """
    table = _table(labels, order)
    counts = table.pairable
    alpha = _alphas(counts, _scale(table, metric), np.ones((1, len(counts))))[0]
    return float(alpha) if np.isfinite(alpha) else None


def fleiss_kappa(labels: Labels) -> float | None:
    """(P - P_e) / (1 - P_e), P_e = sum of squared class shares (Fleiss 1971).

    Defined only when all items have the same number of labels and more than one class occurs.

    >>> labels = [(i, who, label) for i, pair in enumerate(["00", "00", "11", "01"])
    ...           for who, label in enumerate(pair)]
    >>> round(fleiss_kappa(labels), 4)
    0.4667
    """
    counts = _pairable(labels)
    if not len(counts) or len(set(counts.sum(axis=1).tolist())) > 1:
        return None
    kappa = _fleiss(counts, np.ones((1, len(counts))))[0]
    return float(kappa) if np.isfinite(kappa) else None


def cohen_kappa(labels: Labels) -> float | None:
    """(p_o - p_e) / (1 - p_e), p_e from each rater's own shares (Cohen 1960).

    Defined only for exactly two annotators; items that only one of them labelled are dropped.

    >>> labels = [(i, who, label) for i, pair in enumerate(["00", "00", "11", "01"])
    ...           for who, label in enumerate(pair)]
    >>> cohen_kappa(labels)
    0.5
    """
    pairs = _cohen_pairs(_table(labels))
    if pairs is None:
        return None
    kappa = _cohen(pairs, np.ones((1, len(pairs))))[0]
    return float(kappa) if np.isfinite(kappa) else None


def report(
    labels: Labels,
    *,
    metric: Metric = "nominal",
    order: Sequence[Any] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> AgreementReport:
    """All figures with `n` and a bootstrap interval over items.

    >>> made = report([("i1", "ana", 0), ("i1", "rui", 0), ("i2", "ana", 0), ("i2", "rui", 1)])
    >>> made.percent.value, made.percent.n, made.alpha.value
    (0.5, 2, 0.0)
    """
    table = _table(labels, order)
    counts, n = table.pairable, len(table.pairable)
    scale = _scale(table, metric)
    item_agreement = _item_agreement(counts)
    pairs = _cohen_pairs(table)

    def figure(value: float | None, statistic: Any, size: int = n) -> Figure:
        if value is None:
            return Figure(None, size, None)
        return Figure(value, size, bootstrap(statistic, size, resamples=resamples, seed=seed))

    return AgreementReport(
        items=n,
        labels=int(counts.sum()),
        percent=figure(percent_agreement(table), lambda drawn: drawn @ item_agreement / n),
        alpha=figure(
            krippendorff_alpha(table, metric=metric, order=order),
            lambda drawn: _alphas(counts, scale, drawn),
        ),
        fleiss_kappa=figure(fleiss_kappa(table), lambda drawn: _fleiss(counts, drawn)),
        cohen_kappa=figure(
            cohen_kappa(table),
            lambda drawn: _cohen(pairs, drawn),
            0 if pairs is None else len(pairs),
        ),
    )


def _table(labels: Labels, order: Sequence[Any] | None = None) -> LabelTable:
    return labels if isinstance(labels, LabelTable) else tabulate(labels, classes=order)


def _pairable(labels: Labels) -> NDArray[Any]:
    return _table(labels).pairable


def _item_agreement(counts: NDArray[Any]) -> NDArray[Any]:
    n = counts.sum(axis=1)
    return (counts * (counts - 1)).sum(axis=1) / (n * (n - 1))


def _scale(table: LabelTable, metric: Metric) -> NDArray[Any] | Metric:
    return np.array(table.classes, dtype=float) if metric == "interval" else metric


def _alphas(
    counts: NDArray[Any], scale: NDArray[Any] | Metric, drawn: NDArray[Any]
) -> NDArray[Any]:
    """Alpha for each row of `drawn`, the number of times that each item counts.

    Squared distances need no coincidence matrix: sums over pairs become sums of moments.
    """
    n_k = drawn @ counts
    if isinstance(scale, str) and scale == "nominal":
        observed = drawn @ ((1 - _item_agreement(counts)) * counts.sum(axis=1))
        n = n_k.sum(axis=1)
        expected = (n**2 - (n_k**2).sum(axis=1)) / (n - 1)
    elif isinstance(scale, str):
        mid_ranks = n_k.cumsum(axis=1) - n_k / 2
        parts = [
            _squared(counts, ranks, weights)
            for ranks, weights in zip(mid_ranks, drawn, strict=True)
        ]
        observed, expected = np.array(parts).reshape(-1, 2).T
    else:
        parts = [_squared(counts, scale, weights) for weights in drawn]
        observed, expected = np.array(parts).reshape(-1, 2).T
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(expected > 0, 1 - observed / expected, np.nan)


def _squared(
    counts: NDArray[Any], values: NDArray[Any], weights: NDArray[Any]
) -> tuple[float, float]:
    if not len(counts):
        return 0.0, 0.0
    # Centred first: the difference of large squares would lose digits.
    totals = weights @ counts
    values = values - totals @ values / totals.sum()
    sums, squares, n = counts @ values, counts @ values**2, counts.sum(axis=1)
    observed = weights @ (2 * (n * squares - sums**2) / (n - 1))
    expected = 2 * (totals @ values**2) * totals.sum() / (totals.sum() - 1)
    return float(observed), float(expected)


def _fleiss(counts: NDArray[Any], drawn: NDArray[Any]) -> NDArray[Any]:
    totals = drawn @ counts
    chance = ((totals / totals.sum(axis=1, keepdims=True)) ** 2).sum(axis=1)
    seen = drawn @ _item_agreement(counts) / drawn.sum(axis=1)
    return _beyond_chance(seen, chance)


def _cohen_pairs(table: LabelTable) -> NDArray[Any] | None:
    """One row per item that both annotators labelled: first one's classes, then the other's."""
    if len(table.annotators) != 2:
        return None
    size = len(table.classes)
    chosen = np.full((len(table.items), 2), -1)
    chosen[table.rows[:, 0], table.rows[:, 1]] = table.rows[:, 2]
    both = chosen[(chosen >= 0).all(axis=1)]
    if not len(both):
        return None
    return np.hstack([np.eye(size)[both[:, 0]], np.eye(size)[both[:, 1]]])


def _cohen(pairs: NDArray[Any], drawn: NDArray[Any]) -> NDArray[Any]:
    size = pairs.shape[1] // 2
    same = (pairs[:, :size] * pairs[:, size:]).sum(axis=1)
    shares = drawn @ pairs / len(pairs)
    chance = (shares[:, :size] * shares[:, size:]).sum(axis=1)
    return _beyond_chance(drawn @ same / len(pairs), chance)


def _beyond_chance(seen: NDArray[Any], chance: NDArray[Any]) -> NDArray[Any]:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(chance < 1 - 1e-12, (seen - chance) / (1 - chance), np.nan)
