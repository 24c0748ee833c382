"""Which suggestion of a model goes with an assignment, and what its person sees of it.

The server finds it by itself, at hand-out and again at submit, by the same rule: the prediction
must be older than the lease, and so must what the model had earned then. So what is recorded does
not hang on what a client says, nor on what the model earned or lost meanwhile.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Exists,
    F,
    Func,
    IntegerField,
    JSONField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, JSONObject, Least

from tasks.kinds import AnswerError
from tasks.kinds.answer import equal, validate_answer
from tasks.models import Annotation, Assignment, Batch, ModelGrant, Prediction, Task

Mode = Annotation.SuggestionMode
Level = ModelGrant.Level
SEEN = {Batch.Suggestions.SHOWN: Mode.SHOWN, Batch.Suggestions.AFTER: Mode.AFTER}
EARNED = Batch.Suggestions.EARNED
# What a page of proposals may be made of.
PROPOSED = (Batch.Suggestions.SHOWN, EARNED)


@dataclass(frozen=True)
class Suggestion:
    """What a model said, and what the person sees of it."""

    prediction_id: int
    mode: Annotation.SuggestionMode
    answer: dict[str, Any]
    score: float | None


def predictions_for(at: str) -> QuerySet[Prediction]:
    """Those that a slot's batch uses for its item, the newest version first.

    `at` is the moment of the slot's row by which they go. Nobody is shown what a version said that
    was in training or stopped then, or that has answered the task itself: it would speak twice.
    """
    version = Coalesce(OuterRef("batch__suggestion_model"), F("model_version"))
    answered = Annotation.everything.filter(
        task=OuterRef(OuterRef("task")),
        author=OuterRef("model_version__user"),
        submitted_at__lte=OuterRef(OuterRef(at)),
    )
    works = Q(model_version__stopped_at=None) | Q(model_version__stopped_at__gt=OuterRef(at))
    is_ready = Q(model_version__ready_at__lte=OuterRef(at))
    found = Prediction.objects.filter(
        works, is_ready, ~Exists(answered), item=OuterRef("task__item"), model_version=version
    )
    return found.order_by("-model_version_id")


def earned_predictions(at: str) -> QuerySet[Prediction]:
    """Those that may be seen by what their versions had earned: with their `level`, 1 or higher.

    A version that is proved to sway people is never shown first: 1 is the most it has.
    """
    moment = OuterRef(OuterRef(at))
    held = ModelGrant.objects.filter(
        model_version=OuterRef("model_version"), label=OuterRef("label")
    )
    then = Case(When(since__lte=moment, then=F("level")), default=F("former_level"))
    level = Coalesce(Subquery(held.values(then=then)[:1]), 0, output_field=IntegerField())
    is_swaying = Q(model_version__sways_since__lte=OuterRef(at))
    most = Case(When(is_swaying, then=Level.SUGGESTER.value), default=Level.SOLOIST.value)
    return predictions_for(at).annotate(level=Least(level, most)).filter(level__gt=0)


def shown_first(batch: Batch, control: str, *, at: str) -> Subquery:
    """The option of a control that a lease at that moment would show before the answer, or None."""
    value: Any = KeyTextTransform(control, "answer")
    found = predictions_for(at)
    if batch.suggestions == EARNED:
        found = earned_predictions(at)
        value = Case(When(level__gte=Level.FIRST_READER.value, then=value))
    return Subquery(found.values(value=value)[:1], output_field=CharField())


class AsJson(Func):
    """A column of JSON inside an object of JSON: to SQLite it would be a text."""

    function = "JSON"

    def as_postgresql(self, compiler: Any, _connection: Any, **_context: Any) -> Any:
        return compiler.compile(self.source_expressions[0])


def with_prediction(rows: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """The rows with `prediction`, of which suggestions are made; None without one.

    One column of JSON, as each further subquery costs every hand-out its time. `stopped_at` is
    when its version was stopped after the lease began.
    """
    older = Q(created_at__lte=OuterRef("leased_at"))
    found = predictions_for("leased_at").filter(older)
    earned = earned_predictions("leased_at").filter(older)
    said = {
        "id": F("pk"),
        "answer": AsJson("answer"),
        "score": F("score"),
        "stopped_at": F("model_version__stopped_at"),
    }
    return rows.annotate(
        prediction=Case(
            When(
                batch__suggestions__in=list(SEEN),
                then=Subquery(found.values(said=JSONObject(**said))[:1]),
            ),
            When(
                batch__suggestions=EARNED,
                then=Subquery(earned.values(said=JSONObject(**said, level=F("level")))[:1]),
            ),
            output_field=JSONField(),
        )
    )


def suggestion_for(assignment: Assignment) -> Suggestion | None:
    """For a row with its batch, task, item, version and prediction; None: there is none.

    One that was made under other rules, and breaks those of this lease, is none.
    """
    seen = _seen(assignment)
    said = assignment.prediction
    if seen is None or said is None:
        return None
    schema, item = assignment.instruction_version.label_schema, assignment.task.item
    try:
        answer = validate_answer(schema, said["answer"], item.facts)
    except AnswerError:
        return None
    mode = Mode.BLIND if is_blind(assignment.task, assignment.batch) else seen
    return Suggestion(said["id"], mode, answer, said["score"])


def _seen(assignment: Assignment) -> Annotation.SuggestionMode | None:
    """When a suggestion of this lease is seen, unless chance keeps it back."""
    policy = Batch.Suggestions(assignment.batch.suggestions)
    if policy != EARNED:
        return SEEN.get(policy)
    return mode_of(assignment.prediction["level"]) if assignment.prediction else None


def mode_of(level: int) -> Annotation.SuggestionMode | None:
    """What a level of a model lets people see of what it says."""
    if level >= Level.FIRST_READER:
        return Mode.SHOWN
    return Mode.AFTER if level == Level.SUGGESTER else None


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
    """What the labeling page is told: nothing more of a version that was stopped meanwhile.

    Whoever saw its suggestion before is on record as having seen it (`record_of`).
    """
    found = suggestion_for(assignment)
    if found is None or found.mode == Mode.BLIND or assignment.prediction["stopped_at"]:
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
