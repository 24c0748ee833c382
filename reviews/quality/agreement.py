"""Agreement on classes: how alike independent labels are, plainly and corrected for chance.

Every function takes labels as (item, annotator, label), or a table made of them. None means that
the figure is not defined, which is neither 0 nor 1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelops.intervals import RESAMPLES
from reviews.quality import kappas
from reviews.quality.alpha import Metric, alphas, scale_of
from reviews.quality.figure import Array, Figure, distinct, figure_of
from reviews.quality.tables import Labels, table_of


@dataclass(frozen=True)
class AgreementReport:
    """What `report` computes; `items` and `labels` count only items with two labels or more.

    `weighted_kappa` and `closeness` are those of ordered classes, `positive` the agreement on all
    but a class that has nearly all labels; None where they would say nothing.
    """

    items: int
    labels: int
    percent: Figure
    alpha: Figure
    fleiss_kappa: Figure
    cohen_kappa: Figure
    gwet_ac1: Figure
    weighted_kappa: Figure | None
    closeness: Figure | None
    positive: Figure | None


def percent_agreement(labels: Labels) -> float | None:
    """Mean over items of sum_k n_k (n_k - 1) / (n (n - 1)).

    >>> percent_agreement([("i1", "ana", 0), ("i1", "rui", 0), ("i2", "ana", 0), ("i2", "rui", 1)])
    0.5
    """
    counts = table_of(labels).pairable
    return float(kappas.item_agreement_of(counts).mean()) if len(counts) else None


def overall_agreement(labels: Labels) -> float | None:
    """Agreeing pairs over all pairs: items with many labels weigh more than in the mean.

    >>> overall_agreement([("i1", "a", 0), ("i1", "b", 0), ("i1", "c", 0),
    ...                    ("i2", "a", 0), ("i2", "b", 1)])
    0.75
    """
    counts = table_of(labels).pairable
    if not len(counts):
        return None
    n = counts.sum(axis=1)
    return float((counts * (counts - 1)).sum() / (n * (n - 1)).sum())


def report(
    labels: Labels,
    *,
    metric: Metric = "nominal",
    order: Sequence[Any] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> AgreementReport:
    """All figures with `n` and a bootstrap interval over items.

    Items with the same counts are the same to every figure, so a million labels are a few rows.

    >>> made = report([("i1", "ana", 0), ("i1", "rui", 0), ("i2", "ana", 0), ("i2", "rui", 1)])
    >>> made.percent.value, made.percent.n, made.alpha.value
    (0.5, 2, 0.0)
    """
    table = table_of(labels, order)
    rows, times = distinct(table.pairable)
    pairs, pair_times = distinct(kappas.rater_pairs(table))
    scale, totals = scale_of(table.classes, metric), times @ rows

    def figure(statistic: Callable[..., Array], of: Array, counted: Array, *more: Any) -> Figure:
        return figure_of(
            lambda drawn: statistic(of, *more, drawn), counted, resamples=resamples, seed=seed
        )

    is_ordered = metric != "nominal"
    return AgreementReport(
        items=int(times.sum()),
        labels=int(totals.sum()),
        percent=figure(kappas.mean_agreement, rows, times),
        alpha=figure(alphas, rows, times, scale),
        fleiss_kappa=figure(kappas.fleiss, rows, times),
        cohen_kappa=figure(kappas.cohen, pairs, pair_times, len(table.classes)),
        gwet_ac1=figure(kappas.ac1, rows, times),
        weighted_kappa=figure(kappas.squared_kappa, pairs, pair_times) if is_ordered else None,
        closeness=figure(_closeness, rows, times, _places(table.classes)) if is_ordered else None,
        positive=figure(kappas.positive, rows, times, int(totals.argmax()))
        if kappas.is_dominated(totals)
        else None,
    )


def _closeness(counts: Array, places: Array, drawn: Array) -> Array:
    """1 - the mean squared difference of all pairs, of places in [0, 1]."""
    n = counts.sum(axis=1)
    apart = 2 * (n * (counts @ places**2) - (counts @ places) ** 2) / (n * (n - 1))
    return drawn @ (1 - apart) / drawn.sum(axis=1)


def _places(classes: Sequence[Any]) -> Array:
    """Where the classes stand between the lowest and the highest: numbers by their value."""
    is_numeric = all(isinstance(label, int | float) for label in classes)
    values = np.array(classes if is_numeric else range(len(classes)), dtype=float)
    if len(values) < 2:
        return np.zeros(len(values))
    return (values - values.min()) / np.ptp(values)
