"""Texts as vectors: words, pairs of words and pieces of words, the rarer the heavier.

Words are hashed into a fixed number of places, so there is no vocabulary to keep and memory is
bounded; two words that share a place cost a little sharpness.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from zlib import crc32

import numpy as np
import scipy
from numpy.typing import NDArray

PLACES = 2**13
LENGTH = 2 * PLACES
# Of a longer text only the beginning is read, of a longer word too.
LONGEST = 2_000
WORD_LONGEST = 200
PIECES = (2, 3, 4)
WORD = re.compile(r"\w+")


def counts(texts: Sequence[str]) -> "scipy.sparse.csr_matrix":
    """One row a text, float32: how often words and pieces of words are in it.

    >>> counts(["a robin, a wren", ""]).sum(axis=1).tolist()
    [[40.0], [0.0]]
    """
    found: list[float] = []
    places: list[int] = []
    ends = [0]
    for text in texts:
        tally = _tally(text)
        places += sorted(tally)
        found += [tally[place] for place in sorted(tally)]
        ends.append(len(places))
    shape = (len(texts), LENGTH)
    return scipy.sparse.csr_matrix((np.array(found, np.float32), places, ends), shape=shape)


def _tally(text: str) -> Counter[int]:
    words = [word[:WORD_LONGEST] for word in WORD.findall(text[:LONGEST].lower())]
    tally = Counter(_place(f"{first} {second}") for first, second in pairwise(words))
    for word in words:
        tally.update(_places(word))
    return tally


@lru_cache(maxsize=50_000)
def _places(word: str) -> tuple[int, ...]:
    """Those of the word and of its pieces, which know where it begins and ends."""
    framed = f" {word} "
    pieces = [
        framed[start : start + length]
        for length in PIECES
        for start in range(len(framed) - length + 1)
    ]
    return (_place(word), *(PLACES + _place(piece) for piece in pieces))


def _place(term: str) -> int:
    return crc32(term.encode()) % PLACES


def rarity(found: "scipy.sparse.csr_matrix") -> NDArray[np.float32]:
    """ln((1 + n) / (1 + texts with it)) + 1: the weight of each place.

    >>> weights = rarity(counts(["robin", "robin", "wren"]))
    >>> round(float(weights.max()), 3)
    2.386
    """
    holding = np.bincount(found.indices, minlength=LENGTH)
    return (np.log((1 + found.shape[0]) / (1 + holding)) + 1).astype(np.float32)


def vectors(
    found: "scipy.sparse.csr_matrix", weights: NDArray[np.float32]
) -> "scipy.sparse.csr_matrix":
    """Counts, weighted; words and pieces each of length 1, so that neither drowns the other."""
    # The logarithm: ten times the same word is not ten times the meaning.
    heavy = np.log1p(found.data) * weights[found.indices]
    row = np.repeat(np.arange(found.shape[0]), np.diff(found.indptr))
    half = 2 * row + (found.indices >= PLACES)
    lengths = np.sqrt(np.bincount(half, weights=heavy**2, minlength=2 * found.shape[0]))
    scaled = (heavy / lengths[half]).astype(np.float32)
    return scipy.sparse.csr_matrix((scaled, found.indices, found.indptr), shape=found.shape)
