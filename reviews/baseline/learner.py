"""Learns classes from vectors: multinomial logistic regression, tested on what it did not see.

Everything is decided by the order of the rows: the same labels make the same model.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

FOLDS = 5
# How much is trusted to the labels: the penalty on the weights is 1 / (2 x TRUST x labels).
TRUST = 30.0
STEPS = 100
# Of the temperature: from doubt in everything to doubt in nothing.
COLDEST, HOTTEST = 0.05, 20.0

Rows = Any  # A matrix of float32, dense or sparse (CSR), one row an item.
Beat = Callable[[], None]


@dataclass(frozen=True)
class Learned:
    """Weights of each class, and the temperature that makes its shares honest."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    temperature: float = 1.0

    def logits(self, rows: Rows) -> NDArray[Any]:
        return np.asarray(rows @ self.weights + self.bias, dtype=np.float64)

    def probabilities(self, rows: Rows) -> NDArray[Any]:
        """One row an item, one column a class; each row sums to 1."""
        return scipy.special.softmax(self.logits(rows) / self.temperature, axis=1)


@dataclass(frozen=True)
class Lesson:
    """What came of a training: the model, and what it said of each item without having seen it."""

    model: Learned
    out_of_fold: NDArray[Any]


def _nothing() -> None:
    return None


def learn(
    rows: Rows, targets: NDArray[Any], groups: Sequence[Hashable], *, beat: Beat = _nothing
) -> Lesson:
    """Train on all rows; `targets` are class numbers from 0. `beat` is called after each step.

    Rows of one group (copies of one picture) are learned together or not at all, so that no copy
    of an item answers for it. The temperature is fitted to the logits of the folds.

    >>> rows = np.repeat(np.eye(2, dtype=np.float32), 10, axis=0)
    >>> lesson = learn(rows, np.repeat([0, 1], 10), range(20))
    >>> lesson.out_of_fold.argmax(axis=1).tolist() == [0] * 10 + [1] * 10
    True
    """
    class_count = int(targets.max()) + 1
    fold = folds(targets, groups)
    logits = np.zeros((len(targets), class_count))
    for number in range(FOLDS):
        held = fold == number
        # Copies of one item alone leave nothing to learn from: then nothing is said.
        if held.any() and not held.all():
            part = fit(rows[~held], targets[~held], class_count, beat=beat)
            logits[held] = part.logits(rows[held])
    heat = temperature(logits, targets)
    whole = fit(rows, targets, class_count, beat=beat)
    model = Learned(whole.weights, whole.bias, heat)
    return Lesson(model, scipy.special.softmax(logits / heat, axis=1))


def folds(targets: NDArray[Any], groups: Sequence[Hashable]) -> NDArray[np.int64]:
    """Which fold each row is held back in: each class is dealt around, each group stays together.

    >>> folds(np.array([0, 0, 1, 1, 0]), ["a", "b", "c", "d", "a"]).tolist()
    [0, 1, 0, 1, 0]
    """
    dealt: Counter[int] = Counter()
    known: dict[Hashable, int] = {}
    for target, group in zip(targets.tolist(), groups, strict=True):
        if group not in known:
            known[group] = dealt[target] % FOLDS
            dealt[target] += 1
    return np.array([known[group] for group in groups], dtype=np.int64)


def fit(rows: Rows, targets: NDArray[Any], class_count: int, *, beat: Beat = _nothing) -> Learned:
    """Softmax regression by L-BFGS with a penalty on the squares of the weights (not of the bias).

    Loss: mean of -ln p(class) + |W|^2 / (2 x TRUST x n). Convex, so the start does not matter.
    What no row has keeps the weight 0, and is left out of the work.
    """
    used = np.unique(rows.indices) if scipy.sparse.issparse(rows) else np.arange(rows.shape[1])
    table = _fitted(rows[:, used], targets, class_count, beat)
    weights = np.zeros((rows.shape[1], class_count), dtype=np.float32)
    weights[used] = table[:-1]
    return Learned(weights, table[-1])


def _fitted(rows: Rows, targets: NDArray[Any], class_count: int, beat: Beat) -> NDArray[np.float32]:
    """The weights, and below them the bias."""
    n, length = rows.shape
    places = np.arange(n)
    penalty = 1 / (TRUST * n)
    across = rows.T.tocsr() if scipy.sparse.issparse(rows) else rows.T

    def loss(flat: NDArray[Any]) -> tuple[float, NDArray[Any]]:
        table = flat.reshape(length + 1, class_count).astype(np.float32)
        logs = scipy.special.log_softmax(rows @ table[:-1] + table[-1], axis=1)
        missed = np.exp(logs)
        missed[places, targets] -= 1
        missed /= n
        value = -float(logs[places, targets].mean(dtype=np.float64))
        value += penalty / 2 * float(np.sum(table[:-1] ** 2, dtype=np.float64))
        slope = np.vstack([across @ missed + penalty * table[:-1], missed.sum(axis=0)])
        return value, slope.ravel().astype(np.float64)

    found = scipy.optimize.minimize(
        loss,
        np.zeros((length + 1) * class_count),
        jac=True,
        method="L-BFGS-B",
        callback=lambda _flat: beat(),
        options={"maxiter": STEPS, "gtol": 1e-5},
    )
    return found.x.reshape(length + 1, class_count).astype(np.float32)


def temperature(logits: NDArray[Any], targets: NDArray[Any]) -> float:
    """What to divide logits by so that their shares come true (Guo et al. 2017).

    As if one label more were wrong (Platt 1999): nobody is sure of everything after few labels.

    Said almost surely, right half of the time: then everything is in doubt.

    >>> temperature(np.array([[9.0, 0], [9, 0]]), np.array([0, 1])) > 19
    True
    """
    places = np.arange(len(targets))
    doubt = 1 / (len(targets) + 2)

    def surprise(log_heat: float) -> float:
        logs = scipy.special.log_softmax(logits / np.exp(log_heat), axis=1)
        return -float((1 - doubt) * logs[places, targets].mean() + doubt * logs.mean())

    bounds = (np.log(COLDEST), np.log(HOTTEST))
    found = scipy.optimize.minimize_scalar(surprise, bounds=bounds, method="bounded")
    return float(np.exp(found.x))


def calibration_error(
    probabilities: NDArray[Any], targets: NDArray[Any], *, bins: int = 10
) -> float:
    """By tenth of the score, how far the mean score is from the share that is right; weighted.

    >>> calibration_error(np.array([[0.8, 0.2], [0.8, 0.2]]), np.array([0, 1]))
    0.3
    """
    score = probabilities.max(axis=1)
    is_right = probabilities.argmax(axis=1) == targets
    place = np.minimum((score * bins).astype(np.int64), bins - 1)
    gap = np.bincount(place, weights=score - is_right, minlength=bins)
    return round(float(np.abs(gap).sum() / len(targets)), 12)
