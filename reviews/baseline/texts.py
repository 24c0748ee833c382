"""Texts as vectors: words, pairs of words and pieces of words, the rarer the heavier.

Words are hashed into a fixed number of places, so there is no vocabulary to keep and memory is
bounded; two words that share a place cost a little sharpness.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.preprocessing import normalize

PLACES = 2**13
LENGTH = 2 * PLACES
# Of a longer text only the beginning is read.
LONGEST = 5_000


def counts(texts: Sequence[str]) -> sparse.csr_matrix:
    """One row a text, float32: how often words and pieces of words are in it.

    >>> counts(["a robin sings", ""]).shape == (2, LENGTH)
    True
    """
    read = [text[:LONGEST] for text in texts]
    return sparse.hstack([made.transform(read) for made in _vectorizers()], format="csr")


def rarity(found: sparse.csr_matrix) -> NDArray[np.float32]:
    """ln((1 + n) / (1 + texts with it)) + 1: the weight of each place.

    >>> weights = rarity(counts(["robin", "robin", "wren"]))
    >>> round(float(weights.max()), 3)
    2.386
    """
    holding = np.bincount(found.indices, minlength=found.shape[1])
    return (np.log((1 + found.shape[0]) / (1 + holding)) + 1).astype(np.float32)


def vectors(found: sparse.csr_matrix, weights: NDArray[np.float32]) -> sparse.csr_matrix:
    """Counts, weighted; words and pieces each of length 1, so that neither drowns the other."""
    # The logarithm: ten times the same word is not ten times the meaning.
    weighted = found.copy()
    weighted.data = np.log1p(weighted.data)
    weighted = weighted.multiply(weights).tocsr()
    halves = [normalize(weighted[:, :PLACES]), normalize(weighted[:, PLACES:])]
    return sparse.hstack(halves, format="csr", dtype=np.float32)


@cache
def _vectorizers() -> tuple[HashingVectorizer, HashingVectorizer]:
    same = {
        "n_features": PLACES,
        "alternate_sign": False,
        "norm": None,
        "dtype": np.float32,
    }
    return (
        HashingVectorizer(ngram_range=(1, 2), **same),
        HashingVectorizer(analyzer="char_wb", ngram_range=(2, 4), **same),
    )
