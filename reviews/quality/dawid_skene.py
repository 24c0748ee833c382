"""Which class is true: Dawid and Skene's model of annotators who err each in their own way.

Plain Dawid-Skene (1979) is unsafe with few labels a person, so every estimate is shrunk: a
person's confusion row toward what their overall accuracy makes of the row of all people (as
Raykar et al. 2010 and Kim & Ghahramani 2012, in two steps), the class shares toward those of the
votes. The posterior is overconfident, because labels are not independent: `pooled` tempers it
with the votes themselves.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from reviews.quality.tables import LabelTable

ITERATIONS = 100
TOLERANCE = 1e-5
# Labels that a person's confusion row, and a person's accuracy, are shrunk by.
ROW_LABELS = 5.0
PERSON_LABELS = 5.0
# How much the class shares of the votes weigh against those inferred.
VOTE_SHARES = 1.0
# Cells of all confusion matrices together that fit into memory.
MOST_CELLS = 20_000_000
CELLS_AT_ONCE = 2_000_000
# The share of the model in the pool, for people of many labels; for those of as many labels as the
# second figure it is half of that. The votes have the rest.
MODEL_SHARE = 2 / 3
POOL_LABELS = 20.0
TINY = 1e-9
Array = NDArray[Any]


@dataclass(frozen=True)
class Inference:
    """`posterior[i, k]`: P(class k is true of item i). `confusion[a, k, l]`: P(a says l | k).

    `average` is the confusion of people of whom nothing is known; `free` is the posterior of all
    items from their labels alone, of those whose class was given as if they had taught nothing.
    """

    posterior: Array
    free: Array
    confusion: Array
    average: Array
    prior: Array
    iterations: int


def infer(
    table: LabelTable,
    *,
    known: Mapping[Hashable, Any] | None = None,
    start: Array | None = None,
    shift: Array | None = None,
) -> Inference:
    """Expectation-maximisation from the shares of the votes, or from `start`, an earlier posterior.

    `known` gives items whose class is certain, gold or reviewed: they are not inferred, and teach.
    `shift` is added to the log of each item's posterior while people are judged by it; `free` is
    without.
    The table must name their classes. Deterministic: the same labels give the same bytes.

    >>> from reviews.quality.tables import tabulate
    >>> labels = [(item, who, label) for item, said in enumerate(["aab", "aab", "bba", "bba"])
    ...           for who, label in zip("xyz", said)]
    >>> found = infer(tabulate(labels))
    >>> found.posterior.argmax(axis=1).tolist()
    [0, 0, 1, 1]
    """
    counts = table.counts.astype(float)
    made = _indicator(table)
    clamp = _clamp(table, known or {})
    posterior = _shares(counts) if start is None else start.copy()
    posterior[clamp[0]] = clamp[1]
    common = (counts.sum(axis=0) + 1) / (counts.sum() + counts.shape[1])
    vote_shares = VOTE_SHARES * len(counts) * common
    iterations = 0
    for iterations in range(1, ITERATIONS + 1):  # noqa: B007
        confusion, _average, prior = _maximise(made, posterior, vote_shares, table)
        expected = _expect(made, confusion, prior, shift)
        expected[clamp[0]] = clamp[1]
        moved = np.abs(expected - posterior).max(initial=0.0)
        posterior = expected
        if moved < TOLERANCE:
            break
    confusion, average, prior = _maximise(made, posterior, vote_shares, table)
    free = _expect(made, confusion, prior)
    if len(clamp[0]):
        said = _soft_counts(made, posterior, table)
        free[clamp[0]] = _untaught(table, said, confusion, free, clamp)
    return Inference(posterior, free, confusion, average, prior, iterations)


def is_feasible(table: LabelTable) -> bool:
    """Whether there is something to infer, and the confusion matrices fit into memory."""
    classes = len(table.classes)
    return classes > 1 and len(table.annotators) * classes**2 <= MOST_CELLS


def posterior_of(said: Sequence[tuple[Array, int]], prior: Array) -> Array:
    """P(class) of one item from (confusion of the person, class said), under an earlier model.

    >>> confusion = np.array([[0.9, 0.1], [0.2, 0.8]])
    >>> posterior_of([(confusion, 1)], np.array([0.5, 0.5])).round(3).tolist()
    [0.111, 0.889]
    """
    weights = np.log(prior + TINY)
    for confusion, label in said:
        weights = weights + np.log(confusion[:, label] + TINY)
    return _normalised(weights[None])[0]


def model_share(table: LabelTable) -> float:
    """How much the model counts beside the votes: the more, the more labels people have made.

    From a few labels nobody can tell who is right: there a tie has to stay doubtful.
    """
    each = len(table.rows) / max(1, len(table.annotators))
    return MODEL_SHARE * each / (each + POOL_LABELS)


def pooled(posterior: Array, counts: Array, common: Array, share: float) -> Array:
    """The posterior and the votes as one opinion: their geometric mean, weighted by `share`.

    The votes are smoothed by one label of the classes' overall shares, `common`.
    """
    votes = (counts + common) / (counts.sum(axis=1, keepdims=True) + 1)
    mixed = share * np.log(posterior + TINY) + (1 - share) * np.log(votes + TINY)
    return _normalised(mixed)


def _indicator(table: LabelTable) -> "scipy.sparse.csr_matrix":
    """One row an item, one column a (person, class): 1 where that person said so."""
    item, who, label = table.rows.T
    classes = len(table.classes)
    shape = (len(table.items), len(table.annotators) * classes)
    ones = np.ones(len(table.rows))
    return scipy.sparse.csr_matrix((ones, (item, who * classes + label)), shape=shape)


def _clamp(table: LabelTable, known: Mapping[Hashable, Any]) -> tuple[Array, Array]:
    place = {label: index for index, label in enumerate(table.classes)}
    found = [(row, place[known[item]]) for row, item in enumerate(table.items) if item in known]
    rows, classes = np.array(found, dtype=np.int64).reshape(-1, 2).T
    return rows, np.eye(len(table.classes))[classes]


def _shares(counts: Array) -> Array:
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)


def _maximise(
    made: "scipy.sparse.csr_matrix", posterior: Array, vote_shares: Array, table: LabelTable
) -> tuple[Array, Array, Array]:
    said = _soft_counts(made, posterior, table)
    prior = posterior.sum(axis=0) + 1 + vote_shares
    average, base = _pooled_rows(said)
    return _persons(said, average, base), average, prior / prior.sum()


def _soft_counts(made: "scipy.sparse.csr_matrix", posterior: Array, table: LabelTable) -> Array:
    """`said[person, true, label]`: how often each said so, items counting by their posterior."""
    people, classes = len(table.annotators), len(table.classes)
    counts: Array = (made.T @ posterior).reshape(people, classes, classes).transpose(0, 2, 1)
    return counts


def _pooled_rows(said: Array) -> tuple[Array, float]:
    """The confusion of the average person, and how often that one is right."""
    classes = said.shape[1]
    total = said.sum(axis=0) + 0.5 * np.eye(classes) + 0.1 / classes
    return total / total.sum(axis=1, keepdims=True), float(np.trace(total) / total.sum())


def _persons(said: Array, rows: Array, base: float) -> Array:
    """The confusion of each person, shrunk, given that of the average."""
    diagonal = np.arange(said.shape[1])
    right = said[:, diagonal, diagonal].sum(axis=1)
    accuracy = (right + PERSON_LABELS * base) / (said.sum(axis=(1, 2)) + PERSON_LABELS)
    # A person's row: the row of all, moved on the log-odds scale by how much better they are.
    better = _logit(accuracy) - _logit(base)
    hits = 1 / (1 + np.exp(-(_logit(rows[diagonal, diagonal])[None, :] + better[:, None])))
    misses = rows.copy()
    misses[diagonal, diagonal] = 0
    misses /= np.maximum(misses.sum(axis=1, keepdims=True), TINY)
    expected = (1 - hits)[:, :, None] * misses[None]
    expected[:, diagonal, diagonal] = hits
    shrunk: Array = said + ROW_LABELS * expected
    return shrunk / (said.sum(axis=2, keepdims=True) + ROW_LABELS)


def _logit(share: Any) -> Any:
    bounded = np.clip(share, 1e-4, 1 - 1e-4)
    return np.log(bounded / (1 - bounded))


def _expect(
    made: "scipy.sparse.csr_matrix", confusion: Array, prior: Array, shift: Array | None = None
) -> Array:
    people, classes, _labels = confusion.shape
    weights = np.log(confusion + TINY).transpose(0, 2, 1).reshape(people * classes, classes)
    summed = made @ weights + np.log(prior)
    return _normalised(summed if shift is None else summed + shift)


def _untaught(
    table: LabelTable, said: Array, confusion: Array, free: Array, clamp: tuple[Array, Array]
) -> Array:
    """What the labels of the known items say, each person judged without what that item taught.

    Else known items would seem to be known from their labels better than others are.
    """
    rows, shares = clamp
    place = np.full(len(free), -1)
    place[rows] = np.arange(len(rows))
    item, who, label = table.rows[place[table.rows[:, 0]] >= 0].T
    true = shares.argmax(axis=1)[place[item]]
    pooled_rows, base = _pooled_rows(said)
    weights = np.log(free[rows] + TINY)
    at_once = max(1, CELLS_AT_ONCE // said[0].size)
    for start in range(0, len(item), at_once):
        part = slice(start, start + at_once)
        each, told = np.arange(len(item[part])), label[part]
        without = said[who[part]]
        without[each, true[part], told] -= 1
        alone = _persons(np.maximum(without, 0), pooled_rows, base)[each, :, told]
        change = np.log(alone + TINY) - np.log(confusion[who[part], :, told] + TINY)
        np.add.at(weights, place[item[part]], change)
    return _normalised(weights)


def _normalised(weights: Array) -> Array:
    shares = np.exp(weights - weights.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)
