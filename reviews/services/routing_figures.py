"""What the page of a batch shows of its routing: counted by jobs, never while somebody waits."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import BooleanField, Case, Count, F, FilteredRelation, Q, Value, When
from django.db.models.functions import Floor

from reviews.models import BatchRouting, TaskRoute
from reviews.quality.routing import NOVEL, Said
from tasks.models import Batch, ModelVersion
from tasks.services.model_answers import untouched

AGE = timedelta(minutes=15)
# In a walk through a large batch they are counted so often.
STEP = timedelta(minutes=2)
BINS = 100
Row = list[Any]


def count_scores_if_old(batch: Batch, model_version: ModelVersion, now: datetime) -> None:
    """Count what the model says of the tasks nobody has begun: another model, or a while ago."""
    found, _is_new = BatchRouting.objects.get_or_create(
        batch=batch, defaults={"model_version": model_version}
    )
    is_other = found.model_version_id != model_version.pk
    if not is_other and found.counted_at and found.counted_at > now - AGE:
        return
    found.scores, found.unsaid = _scores(batch, model_version)
    found.counted_at = now
    found.model_version = model_version
    fields = ["scores", "unsaid", "counted_at", "model_version"]
    if is_other:
        found.reached, found.terms = 0, ""
        fields += ["reached", "terms"]
    found.save(update_fields=fields)
    _count(batch)


def count_again(batch: Batch, *, now: datetime, is_through: bool) -> None:
    """Tasks went somewhere: count those, and what is left. In a long walk not at each step."""
    found = BatchRouting.objects.select_related("model_version").get(batch=batch)
    if not is_through and found.counted_at and found.counted_at > now - STEP:
        return
    found.scores, found.unsaid = _scores(batch, found.model_version)
    found.counted_at = now
    found.save(update_fields=["scores", "unsaid", "counted_at"])
    _count(batch)


def certain(scores: list[Row], label: str, cut: float) -> int:
    """How many waiting tasks of a class reach a score."""
    return sum(
        count
        for own, score, is_novel, differs, taught, _is_audit, count in scores
        if own == label and (score or 0) / BINS >= cut and not (is_novel or differs or taught)
    )


def said_of(row: Row) -> Said:
    """A row of the counted scores as the model's word on one of its items."""
    label, score, is_novel, differs, taught, _is_audit, _count = row
    return Said(
        label=label,
        score=None if score is None else score / BINS,
        novelty=1.0 if is_novel else None,
        # Which other class it is does not matter where tasks are counted.
        former=f"not {label}" if differs else "",
        is_trained_on=taught,
    )


def _scores(batch: Batch, model_version: ModelVersion) -> tuple[list[Row], int]:
    """One statement that groups: its rows are as many as classes and steps of the score."""
    said = FilteredRelation(
        "item__predictions", condition=Q(item__predictions__model_version=model_version)
    )
    rows = untouched(batch.tasks.all()).annotate(said=said)
    is_built_in = model_version.origin == ModelVersion.Origin.BUILT_IN
    rows = _with_former(rows, model_version).annotate(
        # 0.57 times 100 is a little less than 57.
        step=Floor(F("said__score") * BINS + 1e-9),
        is_novel=_is(said__novelty__gt=NOVEL),
        taught=Value(False, BooleanField()) if is_built_in else _is(said__is_trained_on=True),
    )
    flags = ("is_novel", "differs", "taught", "is_suggestion_hidden")
    grouped = rows.order_by().values_list("said__label", "step", *flags)
    found, unsaid = [], 0
    for label, step, *holds, count in grouped.annotate(tasks=Count("pk")):
        if label is None:
            unsaid += count
        else:
            score = None if step is None else int(step)
            found.append([label, score, *map(bool, holds), count])
    return sorted(found, key=str), unsaid


def _with_former(rows: Any, model_version: ModelVersion) -> Any:
    """The rows with `differs`: whether the version before names another class."""
    parent = model_version.parent
    if parent is None or parent.stopped_at is not None:
        return rows.annotate(differs=Value(False, BooleanField()))
    former = FilteredRelation(
        "item__predictions", condition=Q(item__predictions__model_version=parent)
    )
    is_same = Q(former__label=F("said__label")) | Q(former__label="")
    differs = Case(
        When(former__id=None, then=Value(False)),
        When(said__id=None, then=Value(False)),
        When(is_same, then=Value(False)),
        default=Value(True),
        output_field=BooleanField(),
    )
    return rows.annotate(former=former).annotate(differs=differs)


def _is(**condition: Any) -> Case:
    return Case(
        When(**condition, then=Value(True)), default=Value(False), output_field=BooleanField()
    )


def _count(batch: Batch) -> None:
    """Where the tasks of the batch went, by reason; one statement over a narrow index."""
    standing = Q(answered_at__isnull=False, taken_back_at=None)
    rows = TaskRoute.objects.filter(batch=batch).order_by().values_list("way", "reason")
    counts = rows.annotate(tasks=Count("pk"), answered=Count("pk", filter=standing))
    BatchRouting.objects.filter(batch=batch).update(counts=sorted(map(list, counts)))
