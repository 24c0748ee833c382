"""The job of an evaluation: it judges the items of a version chunk by chunk, and goes on there.

A chunk's matches, its part and the place of the job are stored in one transaction. All figures
are made at the end from the parts, so that an evaluation with a break is like one without.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import orjson
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _

from datasets.analysis.average_precision import PrecisionSums
from datasets.analysis.confusion import PARTS, Histogram, cell_codes, steps_of
from datasets.analysis.judged_parts import Part, packed, unpacked, unpacked_judged
from datasets.analysis.judging import Answer, Judge, Matches, judge_of
from datasets.models import DatasetEntry, Evaluation, EvaluationPart, Match
from datasets.services.evaluations import bars_of, clear, control_of
from datasets.services.outcomes import packed_outcomes
from labelops.audit.services import record
from labelops.errors import DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import JobStopped, is_held, save_progress
from labelops.many_rows import insert_rows
from tasks.kinds.answer import is_undecidable
from tasks.models import ModelVersion, Prediction

# Comparing holds parts of the same number against each other, so that it stays as it is.
CHUNK = 2_000
COLUMNS = (
    *("evaluation", "item", "truth", "predicted", "score", "overlap"),
    *("cell", "truth_id", "predicted_id"),
)


class Said(NamedTuple):
    """What the model says of an item."""

    answer: dict[str, Any]
    score: float | None
    scores: dict[str, float]
    is_trained_on: bool


def run(job: Job) -> None:
    """Go on where an interrupted run was. Run again after its end it does nothing."""
    evaluation = job.evaluation
    if evaluation.is_finished:
        return
    try:
        _evaluate(evaluation, job)
    except (OperationalError, InterfaceError):
        # The database was away for a moment: the next run goes on.
        raise
    except JobStopped:
        if is_held(job, is_cancel_requested=True):
            clear(evaluation)
        raise
    except Exception:
        if is_held(job):
            clear(evaluation)
        raise


def _evaluate(evaluation: Evaluation, job: Job) -> None:
    control = control_of(evaluation)
    if control is None:
        raise DomainError(_("The question is in no published version."), code="no_control")
    judge = judge_of(control, evaluation.classes)
    judge.unscored_count = job.cursor.get("unscored", 0)
    entries = _entries(evaluation)
    job.total_count = entries.count()
    number = job.cursor.get("parts", 0)
    for chunk in _chunks(entries, job.cursor.get("position", 0)):
        items, answers = _answers(evaluation, control["name"], chunk)
        matches, judged = judge.judge(answers)
        part = _part(items, matches)
        number += 1
        with transaction.atomic():
            insert_rows(Match, COLUMNS, _rows(evaluation, part, matches))
            EvaluationPart.objects.create(
                evaluation=evaluation,
                number=number,
                packed=packed(part, judged),
                **packed_outcomes(part, bars_of(evaluation)),
            )
            evaluation.classes = judge.classes.names
            evaluation.save(
                update_fields=["classes", "item_count", "unpredicted_count", "trained_on_count"]
            )
            job.done_count += len(chunk)
            job.cursor = {
                "position": chunk[-1][0],
                "parts": number,
                "unscored": judge.unscored_count,
            }
            save_progress(job)
    _finish(evaluation, judge, job)


def _entries(evaluation: Evaluation) -> Any:
    rows = DatasetEntry.objects.filter(version=evaluation.dataset_version_id)
    return rows.filter(split=evaluation.split) if evaluation.split else rows


def _chunks(entries: Any, after: int) -> Iterator[list[tuple[int, int, str]]]:
    rows = (
        entries.annotate(text_of_answer=Cast("answer", TextField()))
        .order_by("position")
        .values_list("position", "item", "text_of_answer")
    )
    while chunk := list(rows.filter(position__gt=after)[:CHUNK]):
        yield chunk
        after = chunk[-1][0]


def _answers(
    evaluation: Evaluation, control: str, chunk: list[tuple[int, int, str]]
) -> tuple[list[int], list[Answer]]:
    """The items that are judged, with both answers; the others are counted on the evaluation."""
    said = _said(evaluation, [item for _position, item, _answer in chunk])
    is_out_of_fold = evaluation.model_version.origin == ModelVersion.Origin.BUILT_IN
    items, answers = [], []
    for _position, item, text in chunk:
        stored = orjson.loads(text)
        if is_undecidable(stored):
            continue
        evaluation.item_count += 1
        word = said.get(item)
        if word is None or is_undecidable(word.answer):
            evaluation.unpredicted_count += 1
            continue
        if word.is_trained_on and not is_out_of_fold:
            evaluation.trained_on_count += 1
            if evaluation.leaves_out_trained:
                evaluation.item_count -= 1
                continue
        items.append(item)
        pair = stored.get(control), word.answer.get(control)
        answers.append(Answer(*pair, word.score, word.scores))
    return items, answers


def _said(evaluation: Evaluation, items: list[int]) -> dict[int, Said]:
    """One statement. The databases hold answers as text, and Django would read them slowly."""
    rows = Prediction.objects.filter(model_version=evaluation.model_version_id, item__in=items)
    found = rows.annotate(
        text_of_answer=Cast("answer", TextField()), text_of_scores=Cast("scores", TextField())
    ).order_by()
    return {
        item: Said(orjson.loads(answer), score, _scores(scores), is_trained_on)
        for item, answer, score, scores, is_trained_on in found.values_list(
            "item", "text_of_answer", "score", "text_of_scores", "is_trained_on"
        )
    }


def _scores(text: str | None) -> dict[str, float]:
    return (orjson.loads(text) if text else None) or {}


def _part(items: list[int], matches: Matches) -> Part:
    known = np.array(items, np.int64)
    return Part(
        known,
        known[matches.places] if len(known) else known,
        matches.label_places.astype(np.int16),
        matches.truth.astype(np.int16),
        matches.predicted.astype(np.int16),
        matches.scores.astype(np.uint16),
        matches.overlaps.astype(np.uint16),
    )


def _rows(evaluation: Evaluation, part: Part, matches: Matches) -> Iterator[tuple[Any, ...]]:
    steps = steps_of(matches.scores, matches.overlaps)
    codes = cell_codes(matches.truth, matches.predicted, *steps)
    has_score = matches.predicted > 0
    has_overlap = has_score & (matches.truth > 0) & (evaluation.kind == Evaluation.Kind.OBJECTS)
    columns = (
        part.match_items.tolist(),
        matches.truth.tolist(),
        matches.predicted.tolist(),
        _or_none(matches.scores, has_score),
        _or_none(matches.overlaps, has_overlap),
        codes.tolist(),
        matches.truth_ids,
        matches.predicted_ids,
    )
    return ((evaluation.pk, *row) for row in zip(*columns, strict=True))


def _or_none(values: np.ndarray, is_known: np.ndarray) -> list[float | None]:
    return [
        value / PARTS if known else None
        for value, known in zip(values.tolist(), is_known.tolist(), strict=True)
    ]


def _finish(evaluation: Evaluation, judge: Judge, job: Job) -> None:
    histogram, sums = Histogram.empty(), PrecisionSums()
    for stored in evaluation.parts.values_list("packed", flat=True).iterator(chunk_size=10):
        part = unpacked(bytes(stored))
        histogram = histogram.plus(
            *(column.astype(np.int64) for column in (part.truth, part.predicted)),
            *(column.astype(np.int64) for column in (part.scores, part.overlaps)),
        )
        sums.add(unpacked_judged(bytes(stored)))
    evaluation.histogram = histogram.packed()
    evaluation.report = {
        "unscored": judge.unscored_count,
        "precisions": {
            name: {str(code): list(precision) for code, precision in found.items()}
            for name, found in sums.precisions().items()
        },
    }
    evaluation.classes = judge.classes.names
    evaluation.finished_at = timezone.now()
    with transaction.atomic():
        evaluation.save(update_fields=["classes", "histogram", "report", "finished_at"])
        after = {"items": evaluation.item_count, "matches": int(histogram.rows[:, 4].sum())}
        record(job.created_by, "evaluation.finished", evaluation, after=after)
        job.result = {"evaluation": evaluation.pk, **after}
        save_progress(job)
