"""Which unlabeled items a campaign shows next: like its seeds, in doubt, and unlike each other.

Rows are vectors of length 1, so that a product of two is the cosine of their angle.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviews.baseline.learner import fit

Array = NDArray[Any]
Beat = Callable[[], None]
# How much each part counts: value = doubt^a x similarity^b x distance-to-selected^c.
# Chosen on handwritten digits (bench/campaigns.py): a larger c costs finds on the first page.
DOUBT, SIMILARITY, DISTANCE = 0.5, 4.0, 0.5
# Without doubt an item is not worth nothing: the model may be sure and wrong.
DOUBT_LEAST = 0.25
# From this cosine on two items are one for a campaign.
DUPLICATE = 0.995
# Always at random, so that the share of what is wanted can be told for all items.
RANDOM_SHARE = 0.1
# A classifier ranks from so many accepted and so many discarded on.
TAUGHT_LEAST = 5
AT_ONCE = 20_000


@dataclass(frozen=True)
class Pool:
    """Places among all candidates: the likest, best first, and those drawn at random."""

    likest: Array
    drawn: Array


def _nothing() -> None:
    return None


def likeness(rows: Array, seeds: Array, *, beat: Beat = _nothing) -> Array:
    """The cosine to the nearest seed: seeds may be of several kinds, and one is enough.

    Rows may lie in a file that is mapped into memory. `beat` is called after each part of them.

    >>> likeness(np.array([[1.0, 0], [0.6, 0.8]]), np.array([[0.0, 1], [1, 0]])).round(6).tolist()
    [1.0, 0.8]
    """
    found = np.empty(len(rows))
    for start in range(0, len(rows), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        found[part] = (np.asarray(rows[part], dtype=np.float32) @ seeds.T).max(axis=1)
        beat()
    return found


def pool(values: Array, *, most: int, seed: int) -> Pool:
    """What a campaign looks at of all candidates; `most` are kept, a tenth of them by chance.

    The random ones are drawn first and from all, the likest from the others: only so does the
    share that is accepted of them hold for all candidates.

    >>> pool(np.linspace(0, 1, 100), most=20, seed=1).likest[:3].tolist()
    [99, 98, 97]
    """
    dice = np.random.default_rng(seed)
    kept = min(most, len(values))
    drawn = dice.choice(len(values), round(RANDOM_SHARE * kept), replace=False)
    others = np.setdiff1d(np.arange(len(values)), drawn)
    order = others[np.argsort(-values[others], kind="stable")]
    return Pool(order[: kept - len(drawn)], drawn)


def learned_likeness(rows: Array, wanted: Array, unwanted: Array) -> Array:
    """How probably each is accepted, by a logistic classifier over what was decided.

    >>> rows = np.eye(2)
    >>> learned = learned_likeness(rows, np.repeat(rows[:1], 5, 0), np.repeat(rows[1:], 5, 0))
    >>> bool(learned[0] > 0.9 > 0.1 > learned[1])
    True
    """
    taught = np.concatenate([wanted, unwanted]).astype(np.float32)
    targets = np.repeat([1, 0], [len(wanted), len(unwanted)])
    return fit(taught, targets, 2).probabilities(rows.astype(np.float32))[:, 1]


def scaled(values: Array) -> Array:
    """From 0 for the least to 1 for the most; all 1 where none differs.

    >>> scaled(np.array([2.0, 4, 3])).tolist(), scaled(np.array([2.0, 2])).tolist()
    ([0.0, 1.0, 0.5], [1.0, 1.0])
    """
    if not len(values) or np.ptp(values) == 0:
        return np.ones(len(values))
    return (values - values.min()) / np.ptp(values)


def pick(
    rows: Array,
    likenesses: Array,
    *,
    count: int,
    doubt: Array | None = None,
    known: Array | None = None,
) -> list[int]:
    """The places of the next `count`, best first: each is the one worth most after those before.

    `known` are rows that were shown already: what is the same as one of them is left out, as what
    is the same as one that was picked.

    >>> rows = np.array([[1.0, 0], [1, 0], [0.8, 0.6], [0, 1]])
    >>> pick(rows, np.array([1.0, 1, 0.9, 0]), count=3)
    [0, 2, 3]
    """
    worth = scaled(likenesses) ** SIMILARITY
    if doubt is not None:
        worth = worth * (DOUBT_LEAST + (1 - DOUBT_LEAST) * doubt) ** DOUBT
    is_free = np.ones(len(rows), dtype=bool)
    if known is not None and len(known):
        is_free &= likeness(rows, known) < DUPLICATE
    nearest = np.full(len(rows), -1.0)
    picked: list[int] = []
    while len(picked) < count and is_free.any():
        distance = np.clip((1 - nearest) / 2, 0, 1)
        place = int(np.where(is_free, worth * distance**DISTANCE, -1.0).argmax())
        picked.append(place)
        nearest = np.maximum(nearest, rows @ rows[place])
        is_free &= nearest < DUPLICATE
        is_free[place] = False
    return picked
