"""Marked words against those a model marks, where it tells only how sure it is of each.

Mistakenness (1 + m c) / 2 as FiftyOne has it: c is the confidence, m = 1 where model and label
differ and -1 where they agree. The score is 1 - mistakenness of the worst span.
"""

from collections.abc import Sequence
from typing import Any

from reviews.detectors.findings import Finding

Span = dict[str, Any]
# Two spans are of one thing when they share so much of the characters of both.
SAME = 0.5
# Only of what it is so sure does a model say that people overlooked it.
SURE = 0.95
# A model that tells nothing of its confidence is taken for as good as a coin.
UNKNOWN = 0.5


def find(
    place: int,
    given: Sequence[Span],
    predicted: Sequence[Span],
    confidences: Sequence[float],
    whole: float | None,
) -> Finding | None:
    """The most suspicious span of one label; None where the model agrees with all.

    `confidences` are those of `predicted`; `whole` is how sure the model is of its answer as a
    whole, which stands for what it left unmarked.

    >>> person, place = ({"label": name, "start": 0, "end": 5} for name in ("PER", "LOC"))
    >>> find(7, [person], [place], [0.9], None)
    Finding(place=7, label='PER', suggested='LOC', score=0.05)
    >>> find(7, [], [place], [0.96], None)
    Finding(place=7, label='', suggested='LOC', score=0.02)
    """
    matched: set[int] = set()
    found: list[Finding] = []
    for span in given:
        at = _likest(span, predicted, matched)
        if at is None:
            unsure = _score(UNKNOWN if whole is None else whole)
            found.append(Finding(place, span["label"], "", unsure))
            continue
        matched.add(at)
        if predicted[at]["label"] != span["label"]:
            suggested = predicted[at]["label"]
            found.append(Finding(place, span["label"], suggested, _score(confidences[at])))
    found += [
        Finding(place, "", span["label"], _score(confidences[at]))
        for at, span in enumerate(predicted)
        if at not in matched and confidences[at] > SURE
    ]
    return min(found, key=lambda finding: finding.score, default=None)


def _score(confidence: float) -> float:
    """1 - mistakenness of a span on which model and label differ."""
    return round(1 - (1 + confidence) / 2, 6)


def _likest(span: Span, predicted: Sequence[Span], taken: set[int]) -> int | None:
    """The prediction of the same words: of the same class rather, then of the largest overlap."""
    near = [
        (other["label"] == span["label"], shared, -at)
        for at, other in enumerate(predicted)
        if at not in taken and (shared := overlap(span, other)) >= SAME
    ]
    return -max(near)[2] if near else None


def overlap(a: Span, b: Span) -> float:
    """Shared characters over those of either.

    >>> overlap({"start": 0, "end": 4}, {"start": 2, "end": 6}) == 1 / 3
    True
    """
    shared = min(a["end"], b["end"]) - max(a["start"], b["start"])
    if shared <= 0:
        return 0.0
    return shared / (a["end"] - a["start"] + b["end"] - b["start"] - shared)
