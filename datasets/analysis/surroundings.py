"""What lies around the items that a model fails on: among what taught it, and among the tested.

Tested items were labeled apart from those that taught the model, so they are witnesses. Nearness
is the distance of vectors of length 1.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.analysis.clusters import spread_places

Array = NDArray[Any]
Beat = Callable[[], None]
# Training items that are shown and counted around each item, and tested ones beside them.
NEIGHBOURS, WITNESSES = 15, 8
# Training and tested items together, among which the training items are counted.
POOLED = 20
# The neighbour by whose distance density is told.
TENTH = 10
# Training items whose own surroundings say what is near, evenly chosen.
MEASURED = 2_000
# Tested items that can be witnesses, evenly chosen: of more the nearest are hardly nearer.
ASKED = 20_000
# Cells of a table of likeness: 64 MB of float32.
CELLS = 16_000_000
# A training item is a stranger to its own label when the nearest tested items that carry it are
# that many times as far as those of the other class. Measured by bench/causes.py: 1.3 to 2.1 where
# training labels were made wrong, at most 1.2 where a class was made rare.
STRANGER, NEAREST = 1.2, 3
# Neighbours that must have been labeled twice before their agreement says anything.
TWICE_LEAST = 3


@dataclass(frozen=True)
class Known:
    """Items with stored labels: (N, D) vectors of length 1, (N, K + 1) which class each carries.

    Column 0 says that an item carries no class. `is_doubted`: its label is on a list of those that
    look wrong; `agreement`: how far people agreed on it, not a number where one alone labeled it;
    `is_questioned`: a question on it is open; `is_read`: two people answered without having seen
    what others or a model said. Each (N,). `differs` (N, K + 1): about which classes these differ.
    """

    vectors: Array
    carries: Array
    is_doubted: Array
    agreement: Array
    is_questioned: Array
    is_read: Array
    differs: Array


@dataclass(frozen=True)
class Failing:
    """The items in question, as places among the tested; each (F,), class numbers from 1.

    0 is nothing: a truth of 0 was found where nothing is, a prediction of 0 was missed. `unusual`
    is the reading farthest out of its range, in widths of that range. `among_training`: the place
    of an item that taught the model as well, -1 for one that did not; none of them by default.
    """

    places: Array
    truth: Array
    predicted: Array
    unusual: Array
    among_training: Array | None = None


@dataclass(frozen=True)
class Evidence:
    """What speaks for the verdicts: shares of neighbours of 0 to 1, each (F,).

    `neighbours` (F, k) are places among the training items, the nearest first; `suspects` (F, k):
    those whose own label says what the model said, and is not to be trusted. `distance` is the
    share of training items with a nearer 10th neighbour; `taught` and `tested`: the training and
    the tested items around; `mistaught` and `doubted`: training items that are strangers to their
    label, or on the list of those that look wrong; `agreement` is not a number where too few were
    labeled twice, nor is `quarrelled`: of the items that two answered blind those about which they
    differ, as to either class. `is_disputed`: so they do about the item itself. Coverages are 1
    where as many of the nearest are training items as of all: of any class, of the true and of the
    predicted one.
    """

    neighbours: Array
    suspects: Array
    distance: Array
    taught_truth: Array
    taught_predicted: Array
    tested_truth: Array
    tested_predicted: Array
    mistaught: Array
    doubted: Array
    questioned: Array
    agreement: Array
    coverage: Array
    truth_coverage: Array
    predicted_coverage: Array
    quarrelled: Array
    is_disputed: Array


def gather(failing: Failing, tested: Known, training: Known, *, beat: Beat) -> Evidence:
    """What lies around each failing item."""
    vectors = tested.vectors[failing.places]
    pooled, distances = nearest(
        vectors, training.vectors, POOLED, without=failing.among_training, beat=beat
    )
    neighbours = pooled[:, :NEIGHBOURS]
    asked = spread_places(len(tested.vectors), ASKED)
    # A place that is not asked stands nowhere among them.
    own = np.where(np.isin(failing.places, asked), np.searchsorted(asked, failing.places), -1)
    found, apart = nearest(vectors, tested.vectors[asked], POOLED, without=own, beat=beat)
    witnesses = asked[found]
    siblings = witnesses[:, :WITNESSES]
    ratio = len(training.vectors) / len(asked)
    is_near, is_near_tested = _same_radius(distances, apart)
    truth, predicted = failing.truth, failing.predicted

    def coverage_of(wanted: Array, other: Array) -> Array:
        taught = _carrying(training.carries, pooled, wanted, other) & is_near
        known = _carrying(tested.carries, witnesses, wanted, other) & is_near_tested
        return (1 + taught.sum(axis=1)) / (1 + ratio * known.sum(axis=1))

    taught = _carrying(training.carries, neighbours, predicted, truth)
    is_strange = _strangers(failing, neighbours, tested, asked, training.vectors, beat)
    return Evidence(
        neighbours=neighbours,
        suspects=taught & (is_strange | training.is_doubted[neighbours]),
        distance=_distance(distances, training.vectors, beat),
        taught_truth=_carrying(training.carries, neighbours, truth, predicted).mean(axis=1),
        taught_predicted=taught.mean(axis=1),
        tested_truth=_carrying(tested.carries, siblings, truth, predicted).mean(axis=1),
        tested_predicted=_carrying(tested.carries, siblings, predicted, truth).mean(axis=1),
        mistaught=(taught & is_strange).mean(axis=1),
        doubted=training.is_doubted[neighbours].mean(axis=1),
        questioned=training.is_questioned[neighbours].mean(axis=1),
        agreement=_mean_known(
            np.hstack([training.agreement[neighbours], tested.agreement[siblings]])
        ),
        coverage=_coverage(is_near, is_near_tested, ratio),
        truth_coverage=coverage_of(truth, predicted),
        predicted_coverage=coverage_of(predicted, truth),
        quarrelled=_mean_known(
            np.hstack(
                [_differing(training, neighbours, failing), _differing(tested, siblings, failing)]
            )
        ),
        is_disputed=_differing(tested, failing.places[:, None], failing)[:, 0] == 1,
    )


def nearest(
    questions: Array,
    rows: Array,
    count: int,
    *,
    without: Array | None = None,
    beat: Beat = lambda: None,
) -> tuple[Array, Array]:
    """Places and distances of the rows nearest to each question, both (Q, count).

    `without` is the one row that each question must not find (itself), -1 for none. Of fewer rows
    all are found.

    >>> rows = np.eye(3)
    >>> places, distances = nearest(rows[:1], rows, 1, without=np.array([0]))
    >>> places.tolist(), distances.round(2).tolist()
    ([[1]], [[1.41]])
    """
    count = max(min(count, len(rows) - (without is not None)), 1)
    step = max(CELLS // len(rows), 1)
    places = np.empty((len(questions), count), np.int64)
    values = np.empty((len(questions), count))
    for start in range(0, len(questions), step):
        likeness = np.asarray(questions[start : start + step] @ rows.T)
        if without is not None:
            own = without[start : start + step]
            likeness[np.flatnonzero(own >= 0), own[own >= 0]] = -np.inf
        each, stop = np.arange(len(likeness)), start + len(likeness)
        # Of so few, one after the other is faster than to part all of them.
        for rank in range(count):
            best = likeness.argmax(axis=1)
            places[start:stop, rank], values[start:stop, rank] = best, likeness[each, best]
            likeness[each, best] = -np.inf
        beat()
    return places, np.sqrt(np.maximum(2 - 2 * values, 0))


def _strangers(
    failing: Failing, neighbours: Array, tested: Known, asked: Array, training: Array, beat: Beat
) -> Array:
    """Whether tested items of the predicted class are farther from a neighbour than the true ones.

    Then its label is not what such items are called among the tested. (F, k).
    """
    truth, predicted = failing.truth, failing.predicted
    found = []
    for wanted, other in ((predicted, truth), (truth, predicted)):
        # A class, or below zero one that an item must not carry: see `_carrying`.
        keys = np.where(wanted > 0, wanted, -other)
        distances = np.full(neighbours.shape, np.inf)
        for key in np.unique(keys):
            mine = np.flatnonzero(keys == key)
            places = asked[tested.carries[asked, abs(key)] == (key > 0)]
            own = failing.places[mine]
            distances[mine] = _mean_distance(
                neighbours[mine], training, places, tested.vectors, own, beat
            )
        found.append(distances)
    return found[0] > STRANGER * found[1]


def _mean_distance(
    neighbours: Array, training: Array, places: Array, tested: Array, own: Array, beat: Beat
) -> Array:
    """From training items (M, k) to the nearest three of these tested places, but each one's own.

    Far away where there are none. Failures that look alike have the same neighbours, each of which
    is asked for once.
    """
    if not len(places):
        return np.full(neighbours.shape, np.inf)
    asking, which = np.unique(neighbours, return_inverse=True)
    found, distances = nearest(training[asking], tested[places], NEAREST + 1, beat=beat)
    which = which.reshape(neighbours.shape)
    is_own = places[found[which]] == own[:, None, None]
    kept = np.sort(np.where(is_own, np.inf, distances[which]), axis=2)[:, :, :NEAREST]
    is_there = np.isfinite(kept)
    counts = is_there.sum(axis=2)
    sums = np.where(is_there, kept, 0).sum(axis=2)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.inf)


def _distance(distances: Array, training: Array, beat: Beat) -> Array:
    """The share of training items that have a nearer 10th neighbour."""
    chosen = spread_places(len(training), MEASURED)
    _places, own = nearest(training[chosen], training, TENTH, without=chosen, beat=beat)
    place = min(TENTH, own.shape[1], distances.shape[1]) - 1
    usual = np.sort(own[:, place])
    return np.searchsorted(usual, distances[:, place]) / len(usual)


def _same_radius(taught: Array, tested: Array) -> tuple[Array, Array]:
    """Which of the nearest of both are among the nearest of all, by their distances."""
    count = min(POOLED, taught.shape[1] + tested.shape[1])
    edge = np.sort(np.hstack([taught, tested]), axis=1)[:, count - 1][:, None]
    return taught <= edge, tested <= edge


def _coverage(taught: Array, tested: Array, ratio: float) -> Array:
    """How many of the nearest of all are training items, over how many would be by their number."""
    count = min(POOLED, taught.shape[1] + tested.shape[1])
    return taught.sum(axis=1) / (count * ratio / (1 + ratio))


def _carrying(carries: Array, places: Array, wanted: Array, other: Array) -> Array:
    """Whether each place carries what its item wants; wanting nothing: does not carry the other."""
    shape = (-1,) + (1,) * (places.ndim - 1)
    wanted, other = np.reshape(wanted, shape), np.reshape(other, shape)
    found = carries[places, np.where(wanted > 0, wanted, other)]
    return np.where(wanted > 0, found, ~found)


def _differing(known: Known, places: Array, failing: Failing) -> Array:
    """Whether two readers of each place differ about either class; not a number where one read."""
    truth, predicted = failing.truth[:, None], failing.predicted[:, None]
    found = known.differs[places, truth] | known.differs[places, predicted]
    return np.where(known.is_read[places], found, np.nan)


def _mean_known(values: Array) -> Array:
    """Of each row, where enough of it is known."""
    known = np.isfinite(values)
    counts = known.sum(axis=1)
    sums = np.where(known, values, 0).sum(axis=1)
    return np.where(counts >= TWICE_LEAST, sums / np.maximum(counts, 1), np.nan)
