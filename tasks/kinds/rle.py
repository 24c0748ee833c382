"""Masks in COCO's compressed run lengths: {"size": [height, width], "counts": text}.

Pixels are counted column by column from the top left, in runs of outside, inside, outside, ...;
the text holds the runs in groups of five bits (cocodataset/cocoapi, common/maskApi.c). Areas,
frames and overlaps are computed from the runs, without a picture.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

# 16,384 x 16,384: a run of billions of pixels in ten letters would fill the memory.
MOST_PIXELS = 2**28
GROUP, MORE, SIGN, FIRST_LETTER = 5, 0x20, 0x10, 48
# As many as the largest number has, with its sign.
MOST_LETTERS = 6

Mask = dict[str, Any]


def encode(mask: NDArray[Any]) -> Mask:
    """The run lengths of a picture of zeros and others, rows by columns.

    >>> encode(np.array([[0, 1], [0, 1]]))
    {'size': [2, 2], 'counts': '22'}
    """
    pixels = (mask != 0).ravel(order="F")
    changes = np.flatnonzero(np.diff(pixels)) + 1
    ends = np.concatenate([[0], changes, [len(pixels)]])
    counts = np.diff(ends).tolist()
    if len(pixels) and pixels[0]:
        counts = [0, *counts]
    return {"size": list(mask.shape), "counts": compress(counts)}


def decode(mask: Mask) -> NDArray[np.bool_]:
    """The picture, True inside. ValueError when the runs do not fill it exactly.

    >>> decode({"size": [2, 2], "counts": "22"}).astype(int).tolist()
    [[0, 1], [0, 1]]
    """
    counts = runs(mask)
    inside = np.arange(len(counts)) % 2 == 1
    return np.repeat(inside, counts).reshape(tuple(mask["size"]), order="F")


def runs(mask: Mask) -> NDArray[np.int64]:
    """The run lengths, outside first. ValueError for a text that is none, or of another size.

    >>> runs({"size": [2, 2], "counts": "22"}).tolist()
    [2, 2]
    """
    height, width = mask["size"]
    counts = uncompress(mask["counts"])
    if not 0 <= height * width <= MOST_PIXELS:
        raise ValueError(f"A mask has at most {MOST_PIXELS} pixels.")
    if counts.sum() != height * width or (counts < 0).any():
        raise ValueError("The runs of the mask do not add up to its size.")
    return counts


def area(mask: Mask) -> int:
    """The number of pixels inside.

    >>> area({"size": [2, 2], "counts": "22"})
    2
    """
    return int(runs(mask)[1::2].sum())


def frame(mask: Mask) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom of what is inside, right and bottom not included.

    >>> frame(encode(np.array([[0, 0, 0], [0, 1, 1]])))
    (1, 1, 3, 2)
    """
    height = mask["size"][0]
    starts, ends = _inside(runs(mask))
    if not len(starts):
        return None
    # A run over the end of a column reaches from its bottom to the top of the next.
    spills = starts // height != (ends - 1) // height
    top = 0 if spills.any() else int((starts % height).min())
    bottom = height if spills.any() else int(((ends - 1) % height).max()) + 1
    return int(starts[0] // height), top, int((ends[-1] - 1) // height) + 1, bottom


def iou(first: Mask, second: Mask) -> float:
    """Pixels inside both over pixels inside either; two empty masks are the same.

    >>> iou(encode(np.array([[1, 1, 0]])), encode(np.array([[0, 1, 1]])))
    0.3333333333333333
    """
    if list(first["size"]) != list(second["size"]):
        raise ValueError("The masks are of different sizes.")
    mine, other = runs(first), runs(second)
    starts, ends = _inside(mine)
    shared = (_inside_before(other, ends) - _inside_before(other, starts)).sum()
    union = mine[1::2].sum() + other[1::2].sum() - shared
    return float(shared / union) if union else 1.0


def coarse(mask: Mask, part: tuple[int, int, int, int], side: int) -> NDArray[np.bool_]:
    """Which cells hold a pixel that is inside: of a part of the picture (left, top, right, bottom),
    in squares of so many pixels a side. What is thinner than a cell is not lost.

    >>> coarse(encode(np.array([[0, 0, 0], [0, 1, 1]])), (0, 0, 3, 2), 2).tolist()
    [[True, True]]
    """
    left, top, right, bottom = part
    rows = np.minimum(np.arange(top, bottom + side, side), bottom)
    places = np.arange(left, right)[:, None] * mask["size"][0] + rows
    holds = np.diff(_inside_before(runs(mask), places), axis=1) > 0
    return np.logical_or.reduceat(holds, np.arange(0, right - left, side), axis=0).T


def compress(counts: Sequence[int]) -> str:
    """Run lengths as text; from the fourth on, each is written as the difference to the last but
    one, in groups of five bits from the lowest, with a sixth that says whether more follow.

    >>> compress([6, 1, 40, 4, 5])
    '61X13mN'
    """
    letters = []
    for index, count in enumerate(counts):
        rest, has_more = count - (counts[index - 2] if index > 2 else 0), True
        while has_more:
            bits = rest & (MORE - 1)
            rest >>= GROUP
            has_more = rest != (-1 if bits & SIGN else 0)
            letters.append(chr(bits + (MORE if has_more else 0) + FIRST_LETTER))
    return "".join(letters)


def uncompress(text: str) -> NDArray[np.int64]:
    """The run lengths of a text. ValueError for letters that cannot be, or one cut short.

    >>> uncompress("61X13mN").tolist()
    [6, 1, 40, 4, 5]
    """
    letters = np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.int64) - FIRST_LETTER
    ends = np.flatnonzero(letters & MORE == 0) + 1
    if len(letters) and (not len(ends) or ends[-1] < len(letters)):
        raise ValueError("The text of the mask ends within a number.")
    lengths = np.diff(ends, prepend=0)
    if ((letters < 0) | (letters >= 2 * MORE)).any() or (lengths > MOST_LETTERS).any():
        raise ValueError("The text of the mask is no run lengths.")
    starts = ends - lengths
    shifts = GROUP * (np.arange(len(letters)) - np.repeat(starts, lengths))
    counts = np.add.reduceat((letters & (MORE - 1)) << shifts, starts) if len(ends) else ends
    counts -= np.where(letters[ends - 1] & SIGN, 1 << (GROUP * lengths), 0)
    # Each is the difference to the last but one: what is first of the odd and the even ones is not.
    for first in (1, 2):
        counts[first::2] = np.cumsum(counts[first::2])
    return counts


def _inside_before(counts: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[Any]:
    """How many pixels inside come before each of the places: linear within each run."""
    ends = np.concatenate([[0], np.cumsum(counts)])
    inside = np.concatenate([[0], np.cumsum(counts * (np.arange(len(counts)) % 2))])
    return np.asarray(np.interp(places, ends, inside))


def _inside(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the runs inside start and end; runs of no pixels are left out."""
    ends = np.cumsum(counts)
    starts = ends - counts
    filled = counts[1::2] > 0
    return starts[1::2][filled], ends[1::2][filled]
