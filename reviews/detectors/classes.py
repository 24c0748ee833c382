"""Confident learning: which classes of a single choice are unlikely (Northcutt et al. 2021).

cleanlab says which, in one process: its own workers would die within a worker. Importing it
takes more than a second and much memory, so only who looks for issues does.
"""

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviews.detectors.calibration import temperature, tempered
from reviews.detectors.findings import Finding

Array = NDArray[Any]
# With fewer labels the rates of confusion are guesses.
LEAST = 20
# Of the margin: below it another class is the likeliest.
HALF = 0.5


def find(classes: Sequence[str], given: Array, probabilities: Array) -> list[Finding]:
    """The labels that are likely wrong, most suspicious first.

    `given` are places in `classes`, (N,); `probabilities` (N, K) are the model's, of items that
    did not teach it, rows summing to 1. Ordered by the normalised margin.
    """
    if len(given) < LEAST or len(np.unique(given)) < 2:
        return []
    sure = tempered(probabilities, temperature(probabilities, given))
    scores = normalized_margin(sure, given)
    likelier = _best_other(sure, given)
    # Where the model names another class, too: pruning alone leaves many of those out.
    is_named = is_unlikely(given, sure) | (scores < HALF)
    places = np.flatnonzero(is_named)
    ordered = places[np.argsort(scores[places], kind="stable")]
    return [
        Finding(int(at), classes[given[at]], classes[likelier[at]], float(scores[at]))
        for at in ordered
    ]


def is_unlikely(given: Array, probabilities: Array) -> Array:
    """Whether each label is among those to prune by noise rate; (N,) booleans."""
    cleanlab_filter = importlib.import_module("cleanlab.filter")
    # Classes that nobody gave have no rate of their own, and cleanlab wants none missing.
    present, numbered = np.unique(given, return_inverse=True)
    kept = np.maximum(probabilities[:, present], 1e-9)
    kept = kept / kept.sum(axis=1, keepdims=True)
    return cleanlab_filter.find_label_issues(numbered, kept, n_jobs=1)


def normalized_margin(probabilities: Array, given: Array) -> Array:
    """(p of the given class - the largest other p + 1) / 2, in [0, 1].

    >>> normalized_margin(np.array([[0.7, 0.2, 0.1]]), np.array([1])).round(2).tolist()
    [0.25]
    """
    places = np.arange(len(given))
    others = probabilities[places, _best_other(probabilities, given)]
    return (probabilities[places, given] - others + 1) / 2


def _best_other(probabilities: Array, given: Array) -> Array:
    others = probabilities.copy()
    others[np.arange(len(given)), given] = -1
    return others.argmax(axis=1)
