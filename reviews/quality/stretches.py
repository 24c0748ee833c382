"""Stretches: spans of a text and segments of time, from `start` to `end`, half-open."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Stretches = Sequence[dict[str, Any]]


def stretch_likeness(first: Stretches, second: Stretches) -> NDArray[Any]:
    """Intersection over union of every stretch of `first` with every one of `second`.

    >>> stretch_likeness([{"start": 0, "end": 4}], [{"start": 2, "end": 6}, {"start": 4, "end": 9}])
    array([[0.33333333, 0.        ]])
    """
    starts, ends = _ends(first)
    other_starts, other_ends = _ends(second)
    shared = np.minimum(ends[:, None], other_ends) - np.maximum(starts[:, None], other_starts)
    shared = np.maximum(shared, 0)
    union = (ends - starts)[:, None] + (other_ends - other_starts) - shared
    return np.divide(shared, union, out=np.zeros(union.shape), where=union > 0)


def _ends(stretches: Stretches) -> tuple[NDArray[Any], NDArray[Any]]:
    return (
        np.array([stretch["start"] for stretch in stretches], dtype=float),
        np.array([stretch["end"] for stretch in stretches], dtype=float),
    )
