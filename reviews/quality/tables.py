"""The table behind every figure of agreement: how often each item got each label."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Label = tuple[Hashable, Hashable, Any]


@dataclass(frozen=True)
class LabelTable:
    """`counts[i, k]`: labels of class k on item i. `rows`: (item, annotator, class) indices."""

    items: list[Hashable]
    annotators: list[Hashable]
    classes: list[Any]
    counts: NDArray[Any]
    rows: NDArray[Any]

    @property
    def per_item(self) -> NDArray[Any]:
        return self.counts.sum(axis=1)

    @property
    def pairable(self) -> NDArray[Any]:
        """The counts of the items with two labels or more; the others say nothing of agreement."""
        return self.counts[self.per_item >= 2]


Labels = Iterable[Label] | LabelTable


def tabulate(labels: Iterable[Label], *, classes: Sequence[Any] | None = None) -> LabelTable:
    """The table of (item, annotator, label); of two labels by one annotator the later counts.

    Classes are in the order given, else sorted. A label of None is no label.

    >>> table = tabulate([("i1", "ana", "cat"), ("i1", "rui", "dog"), ("i2", "ana", "cat")])
    >>> table.classes, table.counts.tolist()
    (['cat', 'dog'], [[1, 1], [1, 0]])
    """
    latest = {(item, who): label for item, who, label in labels if label is not None}
    known = list(classes or [])
    known += sorted({*latest.values()} - {*known}, key=_sort_key)
    class_index = {label: index for index, label in enumerate(known)}
    item_index = _places(item for item, _ in latest)
    annotator_index = _places(who for _, who in latest)
    columns = (
        [item_index[item] for item, _ in latest],
        [annotator_index[who] for _, who in latest],
        [class_index[label] for label in latest.values()],
    )
    indices = np.array(columns, dtype=np.int64).T
    size = len(item_index) * len(known)
    flat = np.bincount(indices[:, 0] * len(known) + indices[:, 2], minlength=size)
    counts = flat.reshape(len(item_index), len(known))
    return LabelTable(list(item_index), list(annotator_index), known, counts, indices)


def table_of(labels: Labels, classes: Sequence[Any] | None = None) -> LabelTable:
    """Labels as a table; a table is left as it is.

    >>> table_of([("i1", "ana", "cat")], ["cat", "dog"]).counts.tolist()
    [[1, 0]]
    """
    return labels if isinstance(labels, LabelTable) else tabulate(labels, classes=classes)


def _places(names: Iterable[Hashable]) -> dict[Hashable, int]:
    """Each name once, with its place in the order of first mention."""
    return {name: place for place, name in enumerate(dict.fromkeys(names))}


def _sort_key(label: Any) -> tuple[bool, Any]:
    number = isinstance(label, int | float)
    return (not number, label if number else str(label))
