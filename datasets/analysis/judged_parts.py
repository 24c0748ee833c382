"""What is kept of a stretch of judged items: enough for all figures, without reading matches."""

import io
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datasets.analysis.average_precision import Judged
from datasets.analysis.confusion import OVERLAP_STEPS, PARTS, SCORE_STEPS

Array = NDArray[Any]


class Part(NamedTuple):
    """Items in their order, and a row a match.

    Matches name their item and its label, by the label's place among those of the item (-1: none);
    scores and overlaps are ten thousandths.
    """

    items: Array
    match_items: Array
    label_places: Array
    truth: Array
    predicted: Array
    scores: Array
    overlaps: Array


class Bars(NamedTuple):
    """Thresholds in steps: of the score from 0 to 100, of the overlap from 0 to 20."""

    score: int
    overlap: int


def packed(part: Part, judged: Judged) -> bytes:
    """As both are stored, each to be read by itself.

    >>> one, none = np.array([1]), np.zeros((0, 1), int)
    >>> stored = packed(Part(*[one] * 7), Judged(one, one, none, none, none))
    >>> unpacked(stored).items.tolist(), unpacked_judged(stored).classes.tolist()
    ([1], [1])
    """
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **part._asdict(), **_named(judged._asdict()))
    return buffer.getvalue()


def unpacked(stored: bytes) -> Part:
    """The items and matches alone, which most figures are made of; see `packed`."""
    with np.load(io.BytesIO(stored), allow_pickle=False) as arrays:
        return Part(*(arrays[name] for name in Part._fields))


def unpacked_judged(stored: bytes) -> Judged:
    """What average precision is made of; see `packed`."""
    with np.load(io.BytesIO(stored), allow_pickle=False) as arrays:
        return Judged(*(arrays[name] for name in _named(dict.fromkeys(Judged._fields))))


def _named(columns: dict[str, Any]) -> dict[str, Any]:
    return {f"judged_{name}": column for name, column in columns.items()}


def right_matches(part: Part, bars: Bars) -> Array:
    """Which matches are right; a label without one is missed or called something else."""
    is_same = (part.truth == part.predicted) & (part.truth > 0)
    return is_same & _is_said(part, bars) & _is_near(part, bars)


def failures(part: Part, bars: Bars) -> Array:
    """How much is wrong of each item: labels without a right prediction, predictions without one.

    A pair of different classes is one mistake, and two once it falls apart.

    >>> def columns(*values): return tuple(np.array([value]) for value in values)
    >>> pair = Part(*columns(7, 7, 0, 1, 2, 9_000, 6_000))
    >>> [failures(pair, Bars(score, overlap)).tolist() for score, overlap in ((0, 0), (0, 15))]
    [[1], [2]]
    >>> failures(pair, Bars(95, 0)).tolist()
    [1]
    """
    is_said = _is_said(part, bars)
    is_pair = is_said & (part.truth > 0) & _is_near(part, bars)
    wrong = np.where(
        is_pair,
        part.truth != part.predicted,
        (part.truth > 0).astype(int) + is_said,
    )
    places = np.searchsorted(part.items, part.match_items)
    return np.bincount(places, wrong, minlength=len(part.items)).astype(int)


def _is_said(part: Part, bars: Bars) -> Array:
    return (part.predicted > 0) & (part.scores.astype(int) * SCORE_STEPS >= bars.score * PARTS)


def _is_near(part: Part, bars: Bars) -> Array:
    return part.overlaps.astype(int) * OVERLAP_STEPS >= bars.overlap * PARTS
