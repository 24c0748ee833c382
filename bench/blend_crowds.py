"""Crowds of 2.5 labels an item with models of known quality, for `bench.model_blend`.

Ten digits of scikit-learn's, labelled by made-up people, with models that learn from the vote of
the same people, out of fold; and the two real crowds, thinned, with made-up models.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from bench.one_crowd import real_crowds
from reviews.quality.tables import Label

PEOPLE, FOLDS, FEW_PIXELS = 30, 5, 8
# What each digit is taken for by people, and by models, who mix up.
DOUBLES = np.array([6, 7, 3, 8, 9, 3, 0, 1, 3, 4])
HARD, MISLED = 0.25, 0.6
KINDS = ("uniform", "confusions", "spammers", "one expert", "errors in common")
QUALITIES = {"95 % right": 0.95, "85 % right": 0.85, "70 % right": 0.70}
Array = NDArray[Any]


@dataclass(frozen=True)
class BlendCase:
    """`labels` are (item, person, class), all numbers; `models` P(class) of each item, by name."""

    crowd: str
    classes: list[int]
    labels: list[Label]
    truth: Array
    models: dict[str, Array]


def digit_cases(seed: int) -> Iterator[BlendCase]:
    digits = load_digits()
    pixels, truth = digits.data / 16, digits.target
    for kind in KINDS:
        rng = np.random.default_rng([seed, *kind.encode()])
        labels = _labels(kind, truth, rng)
        models = _learned(pixels, _vote(labels, len(truth), 10, rng), seed, rng)
        yield BlendCase(kind, list(range(10)), labels, truth, models)


def real_cases(seed: int) -> Iterator[BlendCase]:
    for crowd in real_crowds():
        rng = np.random.default_rng([seed, *crowd.name.encode()])
        names = sorted(crowd.truth)
        place = {name: row for row, name in enumerate(names)}
        truth = np.array([crowd.classes.index(crowd.truth[name]) for name in names])
        by_item: list[list[Label]] = [[] for _ in names]
        for item, who, label in crowd.labels:
            by_item[place[item]].append((place[item], who, crowd.classes.index(label)))
        counts = _per_item(len(names), rng)
        labels = [
            found[index]
            for found, count in zip(by_item, counts, strict=True)
            for index in rng.choice(len(found), min(count, len(found)), replace=False)
        ]
        models = {name: _simulated(truth, right, rng) for name, right in QUALITIES.items()}
        models["shuffled"] = _simulated(rng.permutation(truth), 0.85, rng)
        models["boastful"] = np.eye(2)[rng.integers(2, size=len(truth))] * 0.96 + 0.02
        yield BlendCase(crowd.name, [0, 1], labels, truth, models)


def _per_item(items: int, rng: np.random.Generator) -> Array:
    return 2 + rng.permutation(items) % 2


def _labels(kind: str, truth: Array, rng: np.random.Generator) -> list[Label]:
    people = [_confusion(kind, number, rng) for number in range(PEOPLE)]
    is_hard = (rng.random(len(truth)) < HARD) & (kind == "errors in common")
    weights = rng.gamma(0.7, size=PEOPLE) + 0.02
    if kind == "one expert":
        weights[0] = weights[1:].sum() / 9
    weights /= weights.sum()
    labels: list[Label] = []
    for item, count in enumerate(_per_item(len(truth), rng)):
        for who in rng.choice(PEOPLE, count, replace=False, p=weights):
            said = rng.choice(10, p=people[who][truth[item]])
            if is_hard[item] and rng.random() < MISLED:
                said = DOUBLES[truth[item]]
            labels.append((item, int(who), int(said)))
    return labels


def _confusion(kind: str, number: int, rng: np.random.Generator) -> Array:
    right = float(np.clip(rng.normal(0.7, 0.1), 0.3, 0.97))
    if kind == "spammers" and number < 0.3 * PEOPLE:
        one = np.eye(10)[rng.integers(10)]
        return np.tile(one if number % 2 else np.full(10, 0.1), (10, 1))
    if kind == "one expert":
        right = 0.97 if number == 0 else 0.5
    to_double = 0.8 * (1 - right) if kind == "confusions" else 0.0
    rows = np.full((10, 10), (1 - right - to_double) / 9)
    rows[np.arange(10), DOUBLES] += to_double
    rows[np.arange(10), np.arange(10)] = right
    return rows / rows.sum(axis=1, keepdims=True)


def _vote(labels: list[Label], items: int, classes: int, rng: np.random.Generator) -> Array:
    counts = rng.random((items, classes)) / 10
    for item, _who, label in labels:
        counts[item, label] += 1
    return counts.argmax(axis=1)


def _learned(pixels: Array, voted: Array, seed: int, rng: np.random.Generator) -> dict[str, Array]:
    good = _out_of_fold(pixels, voted, seed, strength=0.1)
    few = rng.choice(np.flatnonzero(pixels.std(axis=0) > 0.2), FEW_PIXELS, replace=False)
    return {
        "all pixels": good,
        "eight pixels": _out_of_fold(pixels[:, few], voted, seed, strength=1.0),
        "shuffled pixels": _out_of_fold(rng.permutation(pixels), voted, seed, strength=0.1),
        "classes mixed up": good[:, rng.permutation(10)],
        "boastful": np.eye(10)[rng.integers(10, size=len(voted))] * 0.98 + 0.002,
    }


def _out_of_fold(features: Array, voted: Array, seed: int, *, strength: float) -> Array:
    shares = np.zeros((len(voted), 10))
    for train, test in KFold(FOLDS, shuffle=True, random_state=seed).split(features):
        model = LogisticRegression(max_iter=200, C=strength)
        model.fit(features[train], voted[train])
        shares[np.ix_(test, model.classes_)] = model.predict_proba(features[test])
    return shares


def _simulated(truth: Array, right: float, rng: np.random.Generator) -> Array:
    """A calibrated model of two classes that is right so often."""
    apart = 2 * norm.ppf(right)
    seen = rng.normal(size=len(truth)) + apart * (truth - 0.5)
    p = 1 / (1 + np.exp(-apart * seen))
    return np.stack([1 - p, p], axis=1)
