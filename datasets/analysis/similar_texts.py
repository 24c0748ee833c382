"""Which texts are nearly the same: MinHash of word 3-shingles, then the Jaccard index itself.

A SimHash of 64 bits finds only what is the same to a few words in a long text; most texts that are
labeled have twenty words, and one word replaced changes three of their eighteen shingles.
"""

import hashlib
import re
import unicodedata
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

WORD = re.compile(r"\w+")
SHINGLE = 3
# Texts as like as 0.8 share a band with a probability of 0.9998, as 0.6 with 0.89, as 0.3 with
# 0.12: 1 - (1 - s^4)^16.
BANDS = 16
ROWS = 4
# One word replaced in a text of fifteen comes to 0.63.
ALIKE = 0.6


def _constants(name: str) -> NDArray[np.uint64]:
    """Multipliers out of a hash: the same on every machine and in every release of NumPy."""
    digests = (
        hashlib.sha256(f"{name}{place}".encode()).digest()[:8] for place in range(BANDS * ROWS)
    )
    return np.array([int.from_bytes(digest) | 1 for digest in digests], dtype=np.uint64)


FACTORS, OFFSETS = _constants("factor"), _constants("offset")


def folded(text: str) -> str:
    """The text without what does not make it another one: case and white space.

    >>> folded("  A small\\nBird ")
    'a small bird'
    """
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def content_key(content: str) -> int:
    """64 bits of a hash, for comparing many texts in memory.

    >>> content_key("a") == content_key("a") != content_key("b")
    True
    """
    digest = hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest)


def shingles(text: str) -> set[str]:
    """All runs of three words; a shorter text is one shingle.

    >>> sorted(shingles("A small bird sings"))
    ['a small bird', 'small bird sings']
    >>> shingles("Wren!")
    {'wren'}
    """
    words = WORD.findall(folded(text)) or [folded(text)]
    count = max(1, len(words) - SHINGLE + 1)
    return {" ".join(words[place : place + SHINGLE]) for place in range(count)}


def likeness(first: str, second: str) -> float:
    """The Jaccard index of their shingles, in [0, 1].

    >>> likeness("a small bird sings", "a small bird sang")
    0.3333333333333333
    """
    one, other = shingles(first), shingles(second)
    return len(one & other) / len(one | other)


def band_keys(texts: Sequence[str]) -> NDArray[np.uint32]:
    """A row for each text and a column for each band: alike texts agree in one of them.

    MinHash (Broder 1997) with multiply-shift hashing (Dietzfelbinger 1997).

    >>> keys = band_keys(["the small bird sings in the old oak at dawn every single day of may",
    ...                   "The small bird sings in the old oak at dawn every single day of June"])
    >>> bool((keys[0] == keys[1]).any())
    True
    """
    if not texts:
        return np.empty((0, BANDS), dtype=np.uint32)
    hashed = [
        [zlib.crc32(part.encode("utf-8", "surrogatepass")) for part in shingles(text)]
        for text in texts
    ]
    starts = np.cumsum([0, *(len(row) for row in hashed)])[:-1]
    values = np.array([value for row in hashed for value in row], dtype=np.uint64)
    keys = np.empty((len(texts), BANDS), dtype=np.uint32)
    for band in range(BANDS):
        mixed = np.zeros(len(texts), dtype=np.uint64)
        for place in range(band * ROWS, (band + 1) * ROWS):
            spread = (values * FACTORS[place] + OFFSETS[place]) >> np.uint64(32)
            mixed = mixed * FACTORS[band] + np.minimum.reduceat(spread, starts)
        keys[:, band] = mixed >> np.uint64(32)
    return keys
