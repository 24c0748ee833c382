"""Made-up crowds of known truth, each difficult in its own way; the same from the same seed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SEED = 20261126
Array = NDArray[Any]


@dataclass(frozen=True)
class Shape:
    """What a crowd is like.

    `spread` is the standard deviation of people's accuracy; `spam` the share of people who press
    any key, or always the same; `confused` how much of a mistake goes to the class's own double
    instead of any class; `biased` the share of people who take one class for its double on
    purpose; `hard` the share of items on which everybody is right `hard_accuracy` of the time,
    and wrong alike; `common` the share of the commonest class (0: all alike).
    """

    name: str
    items: int
    classes: int
    per_item: int
    people: int
    accuracy: float
    spread: float = 0.1
    spam: float = 0.0
    confused: float = 0.0
    biased: float = 0.0
    hard: float = 0.0
    hard_accuracy: float = 0.45
    common: float = 0.0


SHAPES = (
    Shape("two a task", 600, 4, 2, 12, 0.80),
    Shape("three of few", 500, 3, 3, 8, 0.75, spread=0.15),
    Shape("spammers", 500, 4, 5, 40, 0.78, spam=0.3),
    Shape("five of many", 500, 2, 5, 120, 0.72, spread=0.12),
    Shape("doubles", 500, 6, 5, 30, 0.70, confused=0.8),
    Shape("biased", 400, 2, 7, 35, 0.75, biased=0.4),
    Shape("hard items", 500, 5, 5, 25, 0.85, hard=0.25),
    Shape("ten classes", 500, 10, 6, 50, 0.60, spread=0.15, confused=0.3),
    Shape("rare class", 600, 2, 5, 30, 0.80, common=0.9),
    Shape("wide", 150, 3, 39, 60, 0.52, spread=0.12, confused=0.5),
)


@dataclass(frozen=True)
class Crowd:
    """`labels` are (item, annotator, label), `truth` the true label by item; all are words."""

    name: str
    classes: list[str]
    labels: list[tuple[str, str, str]]
    truth: dict[str, str]


def make_crowd(shape: Shape, seed: int = SEED) -> Crowd:
    """A crowd of this shape."""
    rng = np.random.default_rng([seed, *shape.name.encode()])
    truth = rng.choice(shape.classes, shape.items, p=_shares(shape))
    is_hard = rng.random(shape.items) < shape.hard
    # What everybody who errs on a hard item takes it for.
    decoys = (truth + rng.integers(1, shape.classes, shape.items)) % shape.classes
    matrices = [_matrix(shape, rng) for _ in range(shape.people)]
    # Some people do much, some little.
    weights = rng.gamma(0.7, size=shape.people) + 0.02
    weights /= weights.sum()
    labels = []
    for item, true in enumerate(truth):
        for who in rng.choice(shape.people, shape.per_item, replace=False, p=weights):
            said = rng.choice(shape.classes, p=matrices[who][true])
            if is_hard[item] and rng.random() >= shape.hard_accuracy:
                said = decoys[item]
            labels.append((f"i{item:04d}", f"p{who:03d}", f"c{said}"))
    classes = [f"c{number}" for number in range(shape.classes)]
    known = {f"i{item:04d}": f"c{true}" for item, true in enumerate(truth)}
    return Crowd(shape.name, classes, labels, known)


def _shares(shape: Shape) -> Array:
    if not shape.common:
        return np.full(shape.classes, 1 / shape.classes)
    rest = (1 - shape.common) / (shape.classes - 1)
    return np.array([shape.common] + [rest] * (shape.classes - 1))


def _matrix(shape: Shape, rng: np.random.Generator) -> Array:
    """The confusion of one person: a row for each true class."""
    classes = shape.classes
    if rng.random() < shape.spam:
        return _spam(classes, rng)
    accuracy = float(np.clip(rng.normal(shape.accuracy, shape.spread), 1 / classes, 0.98))
    rows = np.full((classes, classes), (1 - accuracy) * (1 - shape.confused) / (classes - 1))
    for true in range(classes):
        rows[true, _double(true, classes)] += (1 - accuracy) * shape.confused
        rows[true, true] = accuracy
    if rng.random() < shape.biased:
        true = int(rng.integers(classes))
        other = _double(true, classes)
        rows[true, [true, other]] = rows[true, [other, true]]
    return rows / rows.sum(axis=1, keepdims=True)


def _spam(classes: int, rng: np.random.Generator) -> Array:
    if rng.random() < 0.5:
        return np.full((classes, classes), 1 / classes)
    return np.tile(np.eye(classes)[rng.integers(classes)], (classes, 1)) * 0.98 + 0.02 / classes


def _double(true: int, classes: int) -> int:
    """Classes are mistaken in pairs; the last of an odd number for the first."""
    other = true ^ 1
    return other if other < classes else 0
