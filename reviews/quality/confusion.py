"""Confusion: which classes people mix up, and how far each person goes with the others."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labelops.intervals import Interval, wilson
from reviews.quality.tables import Labels, LabelTable, table_of


@dataclass(frozen=True)
class Confusion:
    """`pairs[i][j]`: pairs of labels on one item, one of class i and one of class j; symmetric."""

    classes: list[Any]
    pairs: list[list[int]]

    def most_confused(self, limit: int = 10) -> list[tuple[Any, Any, int]]:
        """The pairs of different classes that meet most often: (class, class, pairs).

        >>> Confusion(["a", "b"], [[3, 2], [2, 1]]).most_confused()
        [('a', 'b', 2)]
        """
        met = [
            (first, self.classes[column], self.pairs[row][column])
            for row, first in enumerate(self.classes)
            for column in range(row + 1, len(self.classes))
            if self.pairs[row][column]
        ]
        return sorted(met, key=lambda entry: -entry[2])[:limit]


@dataclass(frozen=True)
class AnnotatorAgreement:
    """How often one annotator's label is the vote of the others; `n` counts clear votes only."""

    annotator: Hashable
    labels: int
    n: int
    agreed: int
    share: float | None
    interval: Interval | None


def label_confusion(labels: Labels) -> Confusion:
    """Unordered pairs of labels by different annotators of one item, by class.

    >>> label_confusion([("i1", "ana", "cat"), ("i1", "rui", "dog"), ("i1", "mei", "dog")])
    Confusion(classes=['cat', 'dog'], pairs=[[0, 2], [2, 1]])
    """
    table = table_of(labels)
    # Whole numbers far below 2**53, exact as floats, which are multiplied many times faster.
    counts = table.counts.astype(float)
    pairs = (counts.T @ counts - np.diag(counts.sum(axis=0))).astype(np.int64)
    np.fill_diagonal(pairs, pairs.diagonal() // 2)
    return Confusion(table.classes, pairs.tolist())


def annotator_agreement(labels: Labels) -> list[AnnotatorAgreement]:
    """Each annotator against the vote of the others, the own label left out; Wilson intervals.

    Items where the others tie, or where there are no others, give no verdict.

    >>> labels = [(item, who, label) for item in ("i1", "i2")
    ...           for who, label in (("ana", 0), ("rui", 0), ("mei", 1))]
    >>> [(entry.annotator, entry.n, entry.agreed) for entry in annotator_agreement(labels)]
    [('ana', 0, 0), ('rui', 0, 0), ('mei', 2, 0)]
    """
    table = table_of(labels)
    annotator = table.rows[:, 1]
    clear, right = _verdicts(table)
    size = len(table.annotators)
    made = np.bincount(annotator, minlength=size)
    n = np.bincount(annotator, weights=clear, minlength=size).astype(int)
    agreed = np.bincount(annotator, weights=right, minlength=size).astype(int)
    return [
        AnnotatorAgreement(
            annotator=who,
            labels=int(made[index]),
            n=int(n[index]),
            agreed=int(agreed[index]),
            share=float(agreed[index] / n[index]) if n[index] else None,
            interval=wilson(int(agreed[index]), int(n[index])),
        )
        for index, who in enumerate(table.annotators)
    ]


def _verdicts(table: LabelTable) -> tuple[NDArray[Any], NDArray[Any]]:
    """Per label: whether the others' vote is clear, and whether it is this label."""
    # A class that never occurs, twice: every item then has a second most frequent class.
    padded = np.pad(table.counts, ((0, 0), (0, 2)))
    second, most = np.sort(padded, axis=1)[:, -2:].T
    leaders = (table.counts == most[:, None]).sum(axis=1)
    item, _, label = table.rows.T
    own, leader = table.counts[item, label], most[item]
    right = (own == leader) & (own - 1 > second[item])
    against = np.where(own == leader, leaders[item] == 2, leaders[item] == 1)
    return right | against, right
