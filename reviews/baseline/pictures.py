"""Pictures as vectors: what is where, in which colours, and which way the edges run.

Four parts, each of length 1, so that none drowns the others. No network, nothing learned: the same
picture is the same vector everywhere.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

GREY_SIDE = 16
COLOUR_SIDE = 8
LEVELS = 4
EDGE_SIDE = 48
CELL = 8
DIRECTIONS = 9
CELLS = EDGE_SIDE // CELL
LENGTH = GREY_SIDE**2 + 3 * COLOUR_SIDE**2 + LEVELS**3 + CELLS**2 * DIRECTIONS
# No edge counts for more than this share, as one hard line would hide all others.
STRONGEST = 0.2


def vector(picture: Image.Image) -> NDArray[np.float32]:
    """The picture as `LENGTH` numbers, whatever its size; stretched to a square.

    >>> vector(Image.new("RGB", (30, 20), "red")).shape == (LENGTH,)
    True
    """
    colour = picture.convert("RGB")
    grey = colour.convert("L")
    parts = (
        _unit(_centred(_pixels(grey, GREY_SIDE))),
        _unit(_centred(_pixels(colour, COLOUR_SIDE))),
        _colours(colour),
        _edges(_pixels(grey, EDGE_SIDE)),
    )
    return np.concatenate(parts).astype(np.float32)


def _pixels(picture: Image.Image, side: int) -> NDArray[np.float32]:
    """Values of 0 to 1."""
    small = picture.resize((side, side), Image.Resampling.BOX, reducing_gap=2.0)
    return np.asarray(small, dtype=np.float32) / 255


def _centred(values: NDArray[Any]) -> NDArray[Any]:
    return (values - values.mean()).ravel()


def _unit(values: NDArray[Any]) -> NDArray[Any]:
    length = float(np.linalg.norm(values))
    # What is even all over says nothing, and noise must not be blown up.
    return values / length if length > 1e-3 else np.zeros_like(values)


def _colours(picture: Image.Image) -> NDArray[Any]:
    """How much of the picture has which colour: shares of 64 boxes, as roots of length 1."""
    pixels = np.asarray(picture.resize((64, 64), Image.Resampling.BOX, reducing_gap=2.0)) // 64
    boxes = pixels.reshape(-1, 3).astype(np.int64) @ [LEVELS**2, LEVELS, 1]
    return np.sqrt(np.bincount(boxes, minlength=LEVELS**3) / len(boxes))


def _edges(grey: NDArray[Any]) -> NDArray[Any]:
    """By cell, how strong the edges are in each of nine directions (Dalal and Triggs 2005)."""
    down, across = np.gradient(grey)
    strength = np.hypot(down, across)
    place = np.mod(np.arctan2(down, across), np.pi) / np.pi * DIRECTIONS
    lower = np.floor(place).astype(np.int64)
    share = place - lower
    rows, columns = np.indices(grey.shape) // CELL
    cells = (rows * CELLS + columns) * DIRECTIONS
    found = np.zeros(CELLS**2 * DIRECTIONS)
    # A direction between two of the nine counts for both.
    np.add.at(found, cells + lower % DIRECTIONS, strength * (1 - share))
    np.add.at(found, cells + (lower + 1) % DIRECTIONS, strength * share)
    return _unit(np.minimum(_unit(found), STRONGEST))
