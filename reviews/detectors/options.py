"""Options of a multiple choice, each held against the model on its own."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviews.detectors.calibration import temperature, tempered
from reviews.detectors.classes import LEAST, is_unlikely
from reviews.detectors.findings import Finding

Array = NDArray[Any]
# Of the pooling: how much a worse option weighs against all better ones.
ALPHA = 0.8


def find(options: Sequence[str], chosen: Array, probabilities: Array) -> list[Finding]:
    """The answers with an option that is likely wrong, most suspicious first.

    `chosen` (N, K) are booleans, `probabilities` (N, K) those of each option. The option named is
    the worst of its answer: in question where it is chosen, suggested where it is missing.
    """
    if len(chosen) < LEAST:
        return []
    flagged, quality = np.zeros(chosen.shape, bool), np.ones(chosen.shape)
    for number in range(chosen.shape[1]):
        given = chosen[:, number].astype(int)
        if len(np.unique(given)) < 2:
            continue
        p = probabilities[:, number]
        pairs = np.stack([1 - p, p], axis=1)
        sure = tempered(pairs, temperature(pairs, given))
        quality[:, number] = sure[np.arange(len(given)), given]
        flagged[:, number] = is_unlikely(given, sure)
    scores = pooled(quality)
    places = np.flatnonzero(flagged.any(axis=1))
    worst = np.where(flagged, quality, 2).argmin(axis=1)
    return [
        _finding(int(at), options[worst[at]], bool(chosen[at, worst[at]]), float(scores[at]))
        for at in places[np.argsort(scores[places], kind="stable")]
    ]


def pooled(quality: Array) -> Array:
    """One score an answer: the exponential moving average from its best option to its worst.

    >>> pooled(np.array([[0.1, 1.0]])).round(2).tolist()
    [0.28]
    """
    ordered = np.sort(quality, axis=1)[:, ::-1]
    average = ordered[:, 0]
    for column in ordered.T[1:]:
        average = ALPHA * column + (1 - ALPHA) * average
    return average


def _finding(place: int, option: str, is_chosen: bool, score: float) -> Finding:
    label, suggested = (option, "") if is_chosen else ("", option)
    return Finding(place, label, suggested, score)
