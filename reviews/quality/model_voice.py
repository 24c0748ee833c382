"""A model as one more voice beside the people: what its word is worth, measured on their labels.

Its probabilities q shift the people's posterior as evidence does, by w log(q' / m): m is how often
the model names a class at all, q' = (1 - s) q + s m, so that it never rules a class out. Weight w
and slack s are those under which people's labels are foretold best, each label left out in turn:
sum over labels log sum_k P(k | the other labels, model) P(label | k). A model that foretells
nothing has no weight; temperature and dependence are in w. In the spirit of CROWDLAB (Goh,
Tkachenko and Mueller 2022), which weighs by agreement with the vote.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviews.quality.dawid_skene import Inference, infer, pooled
from reviews.quality.tables import LabelTable

WEIGHTS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)
SLACKS = (0.03, 0.1, 0.3)
# Of this much log-likelihood a worthless model gains more in about one fit of fifty.
LEAST_GAIN = 2.0
# Which explains less of what people's labels leave open has a say, but teaches nothing of people.
TEACHES_FROM = 0.01
LESSONS = 2
# The least share of items of which the model names a class that the people take for the same, so
# that it is heard, and that it teaches: one whose classes are mixed up may be right in a few.
ALIKE, ALIKE_TO_TEACH = 0.5, 0.9
# Labels and cells that are enough to measure on.
MOST_LABELS = 20_000
MOST_CELLS = 2_000_000
TINY = 1e-9
Array = NDArray[Any]


@dataclass(frozen=True)
class Opinions:
    """What a model says of items: `shares[rows[item], k]` is its P(classes[k]).

    What a row lacks to 1 is on classes that it does not tell; more than 1 is scaled down.
    """

    classes: list[Any]
    rows: Mapping[Hashable, int]
    shares: Array

    def laid_out(self, items: Sequence[Hashable], classes: Sequence[Any]) -> Array:
        """One row an item, one column a class; NaN where the model says nothing of an item.

        >>> said = Opinions(["wren", "owl"], {"i1": 0}, np.array([[0.7, 0.3]]))
        >>> said.laid_out(["i0", "i1"], ["crow", "wren"]).tolist()
        [[nan, nan], [0.0, 0.7]]
        """
        place = {label: column for column, label in enumerate(self.classes)}
        known = [(column, place[label]) for column, label in enumerate(classes) if label in place]
        found = [(row, self.rows[item]) for row, item in enumerate(items) if item in self.rows]
        rows, sources = np.array(found, dtype=np.int64).reshape(-1, 2).T
        totals = np.maximum(self.shares.sum(axis=1), 1)
        laid = np.full((len(items), len(classes)), np.nan)
        laid[rows] = 0.0
        for column, source in known:
            laid[rows, column] = (self.shares[:, source] / totals)[sources]
        return laid


@dataclass(frozen=True)
class Voice:
    """`common` is how often the model names each class; 0 of one that it does not know.

    `labels` are those that it was measured on; `explained` the share that it adds to how well
    they are foretold: 0 of nothing, 1 of all that is open.
    """

    weight: float
    slack: float
    common: Array
    labels: int
    explained: float

    def shift(self, laid: Array) -> Array:
        """What it adds to the log of the people's posterior; nothing where it says nothing.

        >>> voice = Voice(1.0, 0.1, np.array([0.5, 0.5]), 100, 0.2)
        >>> voice.shift(np.array([[0.9, 0.1], [np.nan, np.nan]])).round(2).tolist()
        [[0.54, -1.27], [0.0, 0.0]]
        """
        return self.weight * _evidence(laid, self.common, self.slack)


def hear(
    table: LabelTable,
    people: Inference,
    laid: Array,
    *,
    known: Mapping[Hashable, Any],
    common: Array,
    share: float,
) -> tuple[Voice | None, Inference]:
    """The model's voice and the people as they look beside it; None where it foretells nothing.

    A model that explains much also teaches what each person is worth, as long as people's labels
    are foretold better for it. `common` and `share` are those that `pooled` takes.
    """
    alike = _alike(laid, people)
    if alike < ALIKE:
        return None, people
    named = _named(laid)
    voice, nothing, best, taught = None, 0.0, LEAST_GAIN, people
    for _lesson in range(1 + LESSONS):
        trials = _trials(table, taught, laid, known, common, share)
        nothing = nothing or _foretold(trials)
        found, weight, slack = max(
            (_foretold(trials, w * _evidence(trials[0], named, s)), w, s)
            for s in SLACKS
            for w in WEIGHTS
        )
        if found - nothing < best:
            break
        best, people = found - nothing, taught
        voice = Voice(weight, slack, named, len(trials[0]), best / max(-nothing, TINY))
        if voice.explained < TEACHES_FROM or alike < ALIKE_TO_TEACH:
            break
        taught = infer(table, known=known, shift=voice.shift(laid))
        if _has_swapped(people, taught):
            break
    return voice, people


def _alike(laid: Array, people: Inference) -> float:
    """The share of the items on which people, too, are for the class named more than elsewhere.

    More than for any other class, that is: which is rare among people may still be the same.
    """
    heard = np.flatnonzero(~np.isnan(laid[:, 0]))
    if not len(heard):
        return 0.0
    named = laid[heard].argmax(axis=1)
    taken = np.zeros((laid.shape[1], laid.shape[1]))
    np.add.at(taken, named, people.posterior[heard])
    lifted = taken / (people.posterior[heard].sum(axis=0) + TINY)
    return float((lifted.argmax(axis=1) == np.arange(len(taken)))[named].mean())


def _has_swapped(people: Inference, taught: Inference) -> bool:
    """Whether a class would be one that most people call another, for the first time."""
    kept = np.arange(len(people.prior))
    was_own = people.average.argmax(axis=1) == kept
    return bool((was_own & (taught.average.argmax(axis=1) != kept)).any())


def _named(laid: Array) -> Array:
    """How often the model names each class, one of which it says less than one item's worth: 0."""
    totals = np.nansum(laid, axis=0)
    totals[totals < 1] = 0
    shares: Array = totals / max(totals.sum(), TINY)
    return shares


def _evidence(laid: Array, common: Array, slack: float) -> Array:
    told = np.nan_to_num(laid)
    rest = np.maximum(0, 1 - told.sum(axis=1, keepdims=True))
    mixed = (1 - slack) * (told + rest * common) + slack * common
    is_told = (common > 0) & ~np.isnan(laid)
    odds = np.where(is_told, mixed, 1) / np.where(is_told, common, 1)
    return np.log(odds)


def _trials(
    table: LabelTable,
    people: Inference,
    laid: Array,
    known: Mapping[Hashable, Any],
    common: Array,
    share: float,
) -> tuple[Array, Array, Array]:
    """Of each label to foretell: what the model says, log P(class) without it, P(it | class).

    An item whose class is certain is one trial: that class itself, after all its labels.
    """
    heard = ~np.isnan(laid[:, 0])
    place = {label: column for column, label in enumerate(table.classes)}
    truth = np.array([place.get(known.get(item), -1) for item in table.items])
    rows = table.rows[(heard & (truth < 0))[table.rows[:, 0]]]
    certain = np.flatnonzero(heard & (truth >= 0))
    most = min(MOST_LABELS, max(1, MOST_CELLS // len(table.classes)))
    rows = rows[:: len(rows) // most + 1]
    certain = certain[:: len(certain) // most + 1]
    item, who, label = rows.T
    counts = table.counts[item].astype(float)
    counts[np.arange(len(rows)), label] -= 1
    told = people.confusion[who, :, label]
    without = np.log(people.free[item] + TINY) - np.log(told + TINY)
    others = np.exp(without - without.max(axis=1, keepdims=True, initial=-np.inf))
    others /= others.sum(axis=1, keepdims=True)
    all_counts = table.counts[certain].astype(float)
    before = np.concatenate(
        [
            pooled(others, counts, common, share),
            pooled(people.free[certain], all_counts, common, share),
        ]
    )
    said = np.concatenate([told, np.eye(len(table.classes))[truth[certain]]])
    return laid[np.concatenate([item, certain])], np.log(before + TINY), said


def _foretold(trials: tuple[Array, Array, Array], shift: Array | float = 0.0) -> float:
    """The log-likelihood of all trials."""
    _laid, before, said = trials
    weights = before + shift
    shares = np.exp(weights - weights.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return float(np.log((shares * said).sum(axis=1) + TINY).sum())
