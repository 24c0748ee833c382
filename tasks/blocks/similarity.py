"""Which texts are nearest to a few words: for rulings that may already answer a question."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

WORD = re.compile(r"\w{3,}")
PIECE = 3


def pieces_of(text: str) -> set[str]:
    """All stretches of three letters within the folded words, ends marked.

    Whatever the language, two forms of a word share most of them; words of two letters, which
    seldom carry the matter, have none.

    >>> sorted(pieces_of("Cars"))
    [' ca', 'ars', 'car', 'rs ']
    """
    words = [f" {word.casefold()} " for word in WORD.findall(text)]
    return {word[place : place + PIECE] for word in words for place in range(len(word) - PIECE + 1)}


def nearest(asked: str, texts: Sequence[str], *, most: int) -> list[int]:
    """The places of the nearest texts, best first; those with nothing in common are left out.

    The score is the inverse document frequency summed over the common pieces (Sparck Jones 1972),
    divided by the root of the number of pieces, so that a long text does not win by its length.

    >>> nearest("is a reflection a car", ["A shadow is no car.", "Mirror: reflections are no car."],
    ...         most=1)
    [1]
    """
    wanted = pieces_of(asked)
    bags = [pieces_of(text) for text in texts]
    weights = _weights(bags)
    scores = [
        sum(weights[piece] for piece in sorted(wanted & bag)) / math.sqrt(len(bag) or 1)
        for bag in bags
    ]
    ranked = sorted(range(len(texts)), key=lambda place: (-scores[place], place))
    return [place for place in ranked if scores[place] > 0][:most]


def _weights(bags: Iterable[set[str]]) -> dict[str, float]:
    bags = list(bags)
    counts = Counter(piece for bag in bags for piece in bag)
    return {piece: math.log(1 + len(bags) / count) for piece, count in counts.items()}
