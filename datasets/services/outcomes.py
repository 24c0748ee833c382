"""What became of each item of an evaluation, at the evaluation's own thresholds.

The job of an evaluation stores it with each part, and whoever keeps other thresholds stores it
anew: so that a page reads twelve bytes an item, and no match.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from numpy.typing import NDArray

from datasets.analysis.judged_parts import Bars, Part, failures, unpacked
from datasets.models import BACKGROUND, DatasetEntry, Evaluation, EvaluationPart, Match
from labelops.many_rows import update_rows
from tasks.kinds.answer import UNDECIDABLE
from tasks.models import ModelVersion, Prediction

PARTS_AT_ONCE = 10


@dataclass(frozen=True)
class Outcomes:
    """One place an item that was judged, by ascending id."""

    item_ids: NDArray[np.int64]
    failure_counts: NDArray[np.int64]

    @property
    def is_failing(self) -> NDArray[np.bool_]:
        return self.failure_counts > 0


def entries_of(evaluation: Evaluation) -> QuerySet[DatasetEntry]:
    """The labels that it is measured by, of items that the model said something of.

    Where people or the model say that the item cannot be decided, there is nothing to measure.
    """
    predicted = Prediction.objects.filter(
        model_version=evaluation.model_version_id, item=OuterRef("item")
    ).exclude(answer__has_key=UNDECIDABLE)
    # What the built-in model says of its own items it learned from the others alone.
    is_built_in = evaluation.model_version.origin == ModelVersion.Origin.BUILT_IN
    if evaluation.leaves_out_trained and not is_built_in:
        predicted = predicted.filter(is_trained_on=False)
    rows = DatasetEntry.objects.filter(
        Exists(predicted), version=evaluation.dataset_version_id
    ).exclude(answer__has_key=UNDECIDABLE)
    return rows.filter(split=evaluation.split) if evaluation.split else rows


def outcomes_of(evaluation: Evaluation) -> Outcomes:
    """One statement, whatever the number of matches."""
    parts = EvaluationPart.objects.filter(evaluation=evaluation).order_by("number")
    stored = list(parts.values_list("packed_items", "packed_failures"))
    ids = _joined((items for items, _failures in stored), "<i8")
    counts = _joined((failures for _items, failures in stored), "<i4")
    order = np.argsort(ids, kind="stable")
    return Outcomes(ids[order], counts[order])


def _joined(stored: Iterable[Any], kind: str) -> NDArray[np.int64]:
    return np.frombuffer(b"".join(map(bytes, stored)), kind).astype(np.int64)


def packed_outcomes(part: Part, bars: Bars) -> dict[str, bytes]:
    """What is stored beside a part; see EvaluationPart."""
    return {
        "packed_items": part.items.astype("<i8").tobytes(),
        "packed_failures": failures(part, bars).astype("<i4").tobytes(),
    }


def store_outcomes(evaluation: Evaluation, bars: Bars) -> None:
    """Anew, as other thresholds became its own: it takes all parts, but no match."""
    parts = evaluation.parts.values_list("pk", "packed").iterator(chunk_size=PARTS_AT_ONCE)
    made = (
        (packed_outcomes(unpacked(bytes(stored)), bars)["packed_failures"], pk)
        for pk, stored in parts
    )
    update_rows(EvaluationPart, ("packed_failures",), made)


def judged_matches(evaluation: Evaluation) -> QuerySet[Match]:
    """All, with `wrong`: how many mistakes it is at the evaluation's own thresholds."""
    return Match.objects.filter(evaluation=evaluation).annotate(wrong=_failures(evaluation))


def failing_matches(evaluation: Evaluation) -> QuerySet[Match]:
    return judged_matches(evaluation).filter(wrong__gt=0)


def taken_for(evaluation: Evaluation, match: Match) -> tuple[int, int]:
    """The class that a wrong match is of, and the one that it was taken for, at the thresholds."""
    is_said = match.score is None or match.score >= evaluation.score_bar
    is_near = match.overlap is None or match.overlap >= evaluation.overlap_bar
    is_pair = bool(match.truth) and bool(match.predicted)
    # A pair that falls apart was missed, first of all.
    stands = not is_pair or (is_said and is_near)
    return match.truth, match.predicted if stands else BACKGROUND


def _failures(evaluation: Evaluation) -> Case:
    """Of a match: 2 when the pair falls apart, 0 for a false one that is not sure enough."""
    said, near = _said(evaluation), _near(evaluation)
    return Case(
        When(Q(truth=BACKGROUND) & ~said, then=Value(0)),
        When(Q(truth__gt=BACKGROUND) & said & ~near, then=Value(2)),
        When(Q(truth=F("predicted")) & said, then=Value(0)),
        default=Value(1),
    )


def _said(evaluation: Evaluation) -> Q:
    """A prediction without a score counts as certain."""
    is_sure = Q(score__gte=evaluation.score_bar) | Q(score__isnull=True)
    return Q(predicted__gt=BACKGROUND) & is_sure


def _near(evaluation: Evaluation) -> Q:
    """Classes and what stands alone have no overlap."""
    return Q(overlap__gte=evaluation.overlap_bar) | Q(overlap__isnull=True)
