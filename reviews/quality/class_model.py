"""A fitted model of one question: what each class is worth, given who chose it.

A question is a single choice, a rating, or one option of a multiple choice (yes or no).
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviews.quality.dawid_skene import (
    infer,
    is_feasible,
    model_share,
    pooled,
    posterior_of,
)
from reviews.quality.model_voice import Opinions, Voice, hear
from reviews.quality.tables import Label, LabelTable, tabulate

# Below so many checked items the probabilities stay as they are.
CALIBRATED_FROM = 30
TEMPERATURES = np.geomspace(0.25, 8, 61)
# How far the logarithm of the temperature strays from that of 1, before anything is checked.
STRAYS = 0.35
# A model objects where its class is likelier than not, and its word makes it thrice as likely.
OBJECTS_FROM, LEAST_LIFT = 0.5, 3.0
TINY = 1e-9
Array = NDArray[Any]


@dataclass(frozen=True)
class ClassModel:
    """Confusion matrices by person, class shares inferred (`prior`) and voted (`common`).

    `share` is what the model counts beside the votes. `temperature` above 1 makes probabilities
    less extreme than the model itself would have them. `voice` is that of a model that predicts
    classes, where its word counts.
    """

    classes: list[Any]
    people: dict[Hashable, int]
    confusion: Array
    average: Array
    prior: Array
    common: Array
    share: float
    temperature: float = 1.0
    voice: Voice | None = None

    def judge(
        self, said: Sequence[tuple[Hashable, Any]], shift: Array | None = None
    ) -> dict[Any, float] | None:
        """P(class) of one item from (person, class); None where nobody named a known class.

        `shift` is what a model's word on the item adds (`shift_of`).
        """
        place = {label: index for index, label in enumerate(self.classes)}
        known = [(who, place[label]) for who, label in said if label in place]
        if not known:
            return None
        rows = [
            (self.confusion[self.people[who]] if who in self.people else self.average, label)
            for who, label in known
        ]
        counts = np.bincount([label for _who, label in known], minlength=len(self.classes))
        alone = posterior_of(rows, self.prior)[None]
        mixed = shifted(pooled(alone, counts[None], self.common, self.share), shift)
        return dict(zip(self.classes, tempered(mixed, self.temperature)[0].tolist(), strict=True))

    def shift_of(self, opinions: Opinions, item: Hashable) -> Array | None:
        """What the model's word on an item adds; None where it says nothing, or counts nothing."""
        if self.voice is None or item not in opinions.rows:
            return None
        found: Array = self.voice.shift(opinions.laid_out([item], self.classes))[0]
        return found

    def without(self, belief: Mapping[Any, float], shift: Array) -> dict[Any, float]:
        """What people alone believe of an item: P(class) as it was before a model's word."""
        alone = np.array([belief[label] for label in self.classes])
        alone = alone * np.exp((shift.max() - shift) / self.temperature)
        return dict(zip(self.classes, (alone / alone.sum()).tolist(), strict=True))

    def objection(self, shift: Array, voted: Any) -> tuple[Any, float] | None:
        """The class that a model's word alone makes likely, and how likely, if not `voted`."""
        if voted not in self.classes:
            return None
        alone = shifted(self.prior[None], shift)[0]
        best = int(alone.argmax())
        lift = shift[best] - shift[self.classes.index(voted)]
        if self.classes[best] == voted or alone[best] < OBJECTS_FROM or lift < np.log(LEAST_LIFT):
            return None
        return self.classes[best], float(alone[best])


@dataclass(frozen=True)
class Fitted:
    """A model with what it says of the items it was fitted to, in the order of `table.items`.

    `plain` is Dawid and Skene's posterior by itself; `posterior` is pooled with the votes and
    calibrated; items whose class is known have 1 there. `shift` is what a model's word added, a row
    of zeros where it had none.
    """

    model: ClassModel
    table: LabelTable
    plain: Array
    posterior: Array
    shift: Array | None = None


def fit(
    labels: Iterable[Label],
    *,
    known: Mapping[Hashable, Any] | None = None,
    checked: Mapping[Hashable, Any] | None = None,
    opinions: Opinions | None = None,
) -> Fitted | None:
    """None where nothing can be inferred: no labels, one class, or too many classes.

    `known` are the items whose class is certain; `checked` those of them that were picked at
    random: the probabilities are calibrated on these. `opinions` are a model's, of items whose
    people did not hear them; it counts as much as their labels say.

    >>> labels = [(item, who, said) for item in range(8)
    ...           for who, said in ((1, item % 2), (2, item % 2), (3, 0))]
    >>> found = fit(labels)
    >>> {value: round(p, 2) for value, p in found.model.judge([(1, 1), (3, 0)]).items()}
    {0: 0.26, 1: 0.74}
    """
    rows = [label for label in labels if label[2] is not None]
    if not rows:
        return None
    known = known or {}
    table = tabulate(rows, classes=_classes(rows, known))
    if not is_feasible(table):
        return None
    certain = {item: known[item] for item in table.items if item in known}
    inference = infer(table, known=certain)
    counts = table.counts.astype(float)
    common = (counts.sum(axis=0) + TINY) / (counts.sum() + TINY * len(table.classes))
    share = model_share(table)
    voice, shift, seen = None, None, inference
    if opinions:
        laid = opinions.laid_out(table.items, table.classes)
        voice, seen = hear(table, inference, laid, known=certain, common=common, share=share)
        shift = voice.shift(laid) if voice else None
    free = shifted(pooled(seen.free, counts, common, share), shift)
    temperature = calibrate(free, _truth(table, checked or {}))
    # With a voice the posterior of the people has its word already; `free` is without.
    posterior = free if voice else pooled(seen.posterior, counts, common, share)
    posterior = tempered(posterior, temperature)
    clamped = _truth(table, certain)
    posterior[clamped >= 0] = np.eye(len(table.classes))[clamped[clamped >= 0]]
    model = ClassModel(
        classes=table.classes,
        people={who: row for row, who in enumerate(table.annotators)},
        confusion=seen.confusion,
        average=seen.average,
        prior=seen.prior,
        common=common,
        share=share,
        temperature=temperature,
        voice=voice,
    )
    return Fitted(model, table, inference.posterior, posterior, shift)


def calibrate(posterior: Array, truth: Array) -> float:
    """The temperature under which the true classes are likeliest (Guo et al. 2017); else 1.

    With few of them a temperature near 1 is likelier: its logarithm is normal, with 0.35.
    `truth` has the class index of each item, -1 where it is not known.

    >>> boastful = np.tile([0.999, 0.001], (400, 1))
    >>> truth = np.array([0] * 300 + [1] * 100)
    >>> round(float(tempered(boastful, calibrate(boastful, truth))[0, 0]), 2)
    0.77
    """
    checked = np.flatnonzero(truth >= 0)
    if len(checked) < CALIBRATED_FROM:
        return 1.0
    places = np.arange(len(checked)), truth[checked]
    losses = [
        -np.log(tempered(posterior[checked], t)[places] + TINY).sum()
        + np.log(t) ** 2 / (2 * STRAYS**2)
        for t in TEMPERATURES
    ]
    return float(TEMPERATURES[int(np.argmin(losses))])


def shifted(posterior: Array, shift: Array | None) -> Array:
    """Probabilities times e to the power of `shift`, summing to 1 again.

    >>> shifted(np.array([[0.5, 0.5]]), np.log([3.0, 1.0])).tolist()
    [[0.75, 0.25]]
    """
    if shift is None:
        return posterior
    weights = np.log(posterior + TINY) + shift
    shares = np.exp(weights - weights.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def tempered(posterior: Array, temperature: float) -> Array:
    """Probabilities to the power of 1 / temperature, summing to 1 again."""
    if temperature == 1.0:
        return posterior
    weights = np.log(posterior + TINY) / temperature
    shares = np.exp(weights - weights.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def _classes(rows: list[Label], known: Mapping[Hashable, Any]) -> list[Any]:
    items = {item for item, _who, _label in rows}
    found = {label for _item, _who, label in rows}
    found |= {label for item, label in known.items() if item in items and label is not None}
    return sorted(found, key=lambda label: (isinstance(label, str), label))


def _truth(table: LabelTable, known: Mapping[Hashable, Any]) -> Array:
    place = {label: index for index, label in enumerate(table.classes)}
    return np.array([place.get(known.get(item), -1) for item in table.items], dtype=np.int64)
