"""Which suggestion of a model goes with an assignment, and what its person sees of it.

The server finds it by itself, at hand-out and again at submit, by the same rule: the prediction
must be older than the lease. So what is recorded does not hang on what a client says.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, FloatField, JSONField, OuterRef, QuerySet, Subquery, When
from django.db.models.fields import BigIntegerField
from django.db.models.functions import Coalesce

from tasks.kinds import AnswerError
from tasks.kinds.answer import equal, validate_answer
from tasks.models import Annotation, Assignment, Batch, Prediction, Task

Mode = Annotation.SuggestionMode
SEEN = {Batch.Suggestions.SHOWN: Mode.SHOWN, Batch.Suggestions.AFTER: Mode.AFTER}


@dataclass(frozen=True)
class Suggestion:
    """What a model said, and what the person sees of it."""

    prediction_id: int
    mode: Annotation.SuggestionMode
    answer: dict[str, Any]
    score: float | None


def predictions_for(item: str, batch: str) -> QuerySet[Prediction]:
    """Those that a batch uses for an item, the newest version first; both by their outer path."""
    version = Coalesce(OuterRef(f"{batch}__suggestion_model"), F("model_version"))
    found = Prediction.objects.filter(item=OuterRef(item), model_version=version)
    return found.order_by("-model_version_id")


def with_prediction(rows: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """The rows with `prediction_id`, `prediction_answer` and `prediction_score`, or None."""
    found = predictions_for("task__item", "batch").filter(created_at__lte=OuterRef("leased_at"))

    def of(name: str, field: Any) -> Case:
        value = Subquery(found.values(name)[:1], output_field=field)
        return Case(When(batch__suggestions__in=list(SEEN), then=value), output_field=field)

    return rows.annotate(
        prediction_id=of("pk", BigIntegerField()),
        prediction_answer=of("answer", JSONField()),
        prediction_score=of("score", FloatField()),
    )


def suggestion_for(assignment: Assignment) -> Suggestion | None:
    """For a row with its batch, task, item, version and prediction; None: there is none.

    One that was made under other rules, and breaks those of this lease, is none.
    """
    seen = SEEN.get(Batch.Suggestions(assignment.batch.suggestions))
    if seen is None or assignment.prediction_id is None:
        return None
    schema, item = assignment.instruction_version.label_schema, assignment.task.item
    try:
        answer = validate_answer(schema, assignment.prediction_answer, item.facts)
    except AnswerError:
        return None
    mode = Mode.BLIND if is_blind(assignment.task, assignment.batch) else seen
    return Suggestion(assignment.prediction_id, mode, answer, assignment.prediction_score)


def is_blind(task: Task, batch: Batch) -> bool:
    """Whether this task is of the share that keeps its suggestion hidden, the same for everybody.

    A digest of the task's random id, so that it is neither guessed nor changed by a restart. A task
    that checks the model is always among them.
    """
    if task.is_suggestion_hidden:
        return True
    digest = hashlib.sha256(b"blind" + task.public_id.bytes).digest()
    return int.from_bytes(digest[:8]) % 100 < batch.blind_percent


def visible(assignment: Assignment) -> dict[str, Any] | None:
    """What the labeling page is told."""
    found = suggestion_for(assignment)
    if found is None or found.mode == Mode.BLIND:
        return None
    return {"mode": found.mode.value, "answer": found.answer, "score": found.score}


def record_of(assignment: Assignment, answer: dict[str, Any]) -> dict[str, Any]:
    """The fields of the annotation that say what its author saw, and whether they followed."""
    found = suggestion_for(assignment)
    if found is None:
        return {}
    schema = assignment.instruction_version.label_schema
    return {
        "suggestion_id": found.prediction_id,
        "suggestion_mode": found.mode,
        "suggestion_changed": not equal(schema, found.answer, answer),
    }
