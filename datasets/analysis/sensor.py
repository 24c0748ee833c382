"""What an input itself says, whatever its label: sharpness, light, noise; letters of a text.

Readings are compared with those of what taught the model: a camera that is dark by design is not
at fault. Pictures are read at most `SIDE` pixels wide, as their previews are.
"""

import unicodedata
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[Any]
PICTURE_READINGS = ("sharpness", "brightness", "contrast", "noise")
TEXT_READINGS = ("length", "letters", "odd_characters", "variety")
SIDE = 256
# Below this much nothing is seen: its logarithm would tell apart two blanks.
FLOOR = 1e-5
LAPLACIAN = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
IMMERKAER = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]])
LONGEST = 20_000
# Between the lowest and the highest hundredth of the readings lies what is usual.
USUAL = (0.01, 0.99)
# Where inputs are all alike, a range is at least so wide: a little less light is no fault.
NARROWEST = 0.2
# With fewer readings the hundredths are guesses.
LEAST = 50


def of_picture(picture: Image.Image) -> Array:
    """`PICTURE_READINGS` of a picture: (4,), sharpness and noise as logarithms to base 10.

    Sharpness is the variance of the Laplacian (Pech-Pacheco et al. 2000); noise the deviation that
    Immerkær (1996) estimates, both of brightness between 0 and 1.

    >>> of_picture(Image.new("L", (40, 30), 255)).tolist()
    [-5.0, 1.0, 0.0, -5.0]
    """
    small = picture.convert("L")
    small.thumbnail((SIDE, SIDE))
    grey = np.asarray(small, dtype=np.float64) / 255
    edges = scipy.ndimage.convolve(grey, LAPLACIAN, mode="nearest")
    grains = np.abs(scipy.ndimage.convolve(grey, IMMERKAER, mode="nearest"))
    grain = grains.mean() * np.sqrt(np.pi / 2) / 6
    low, high = np.quantile(grey, (0.05, 0.95))
    readings = [_power(float(edges.var())), float(grey.mean()), float(high - low), _power(grain)]
    return np.array(readings)


def _power(value: float) -> float:
    return float(np.log10(max(value, FLOOR)))


def of_text(text: str) -> Array:
    """`TEXT_READINGS` of a text: (4,), its length as a logarithm, the others as shares.

    Odd characters are neither letter, digit, space nor punctuation; variety is the share of its
    words that are not said again.

    >>> of_text("so so good").round(2).tolist()
    [1.04, 0.8, 0.0, 0.67]
    >>> of_text("").tolist()
    [0.0, 0.0, 0.0, 0.0]
    """
    read = text[:LONGEST]
    length = float(np.log10(1 + len(text)))
    if not read:
        return np.zeros(len(TEXT_READINGS))
    kinds = [unicodedata.category(character)[0] for character in read]
    letters = sum(kind in "LM" for kind in kinds) / len(kinds)
    odd = sum(kind in "CS" for kind in kinds) / len(kinds)
    words = read.casefold().split()
    return np.array([length, letters, odd, len(set(words)) / max(len(words), 1)])


def beyond(readings: Array, usual: Array) -> Array:
    """How far each reading lies outside of what is usual, in widths of that range; 0 inside.

    `readings` (F, M) of the inputs in question, `usual` (T, M) of what taught the model; a reading
    that is not a number tells nothing. Above zero: higher, below: lower.

    >>> usual = np.linspace(0, 1, 101)[:, None]
    >>> beyond(np.array([[0.5], [1.97], [np.nan]]), usual).round(2).tolist()
    [[0.0], [1.0], [0.0]]
    """
    if len(usual) < LEAST or not len(readings):
        return np.zeros(np.shape(readings))
    known = np.where(np.isfinite(usual), usual, np.nan)
    has_any = np.isfinite(known).any(axis=0)
    low, high = np.nanquantile(np.where(has_any, known, 0), USUAL, axis=0)
    width = np.maximum(high - low, NARROWEST)
    over = np.maximum(readings - high, 0) - np.maximum(low - readings, 0)
    return np.where(has_any & np.isfinite(readings), over / width, 0)
