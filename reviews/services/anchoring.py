"""Keeps what people do with suggestions, and says when a model is proved to sway them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from statistics import median_low

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from labelops.audit.services import record
from labelops.notices.kinds import Kind
from labelops.notices.services.notices import notify
from reviews.models import SuggestionArm
from reviews.quality.anchoring import Arm, bias, is_proved
from reviews.quality.figure import Figure
from tasks.access import managers_of
from tasks.models import Annotation, Batch, ModelVersion

Mode = Annotation.SuggestionMode
OPEN = (Batch.State.RUNNING, Batch.State.PAUSED)
# Experts decide, and gold is mended, after a batch was closed.
CLOSED_FOR = timedelta(days=14)
# A median of so many is as good as one of all.
TIMES_READ = 2_000
# What is known to be right is held against the answer, and it counts.
WRONG = Q(measurement__is_void=False, measurement__suggestion_is_right=False)


def measure_all(now: datetime | None = None) -> int:
    """Compute the arms of every batch in which they may have changed; returns of how many."""
    now = now or timezone.now()
    is_at_work = Q(state__in=OPEN) | Q(closed_at__gt=now - CLOSED_FOR)
    arms = SuggestionArm.objects.filter(batch=OuterRef("pk"))
    suggests = ~Q(suggestions=Batch.Suggestions.HIDDEN) | Q(Exists(arms))
    batches = list(Batch.objects.filter(is_at_work, suggests).order_by("pk"))
    for batch in batches:
        measure(batch, now)
    return len(batches)


def measure(batch: Batch, now: datetime | None = None) -> None:
    """Compute the arms of one batch anew, and note what they prove. Twice is the same as once."""
    now = now or timezone.now()
    answered = with_suggestion(Annotation.objects.filter(task__batch=batch))
    counted = answered.order_by().values_list("suggestion__model_version", "suggestion_mode")
    arms = [
        SuggestionArm(
            batch=batch, model_version_id=version, mode=mode, answers=count, computed_at=now
        )
        for version, mode, count in counted.annotate(count=Count("pk"))
    ]
    found = _where_wrong(answered)
    for arm in arms:
        _fill(arm, found[arm.model_version_id, arm.mode])
        own = answered.filter(suggestion__model_version=arm.model_version_id)
        _time(arm, own.filter(suggestion_mode=arm.mode))
    with transaction.atomic():
        Batch.objects.select_for_update(no_key=True).get(pk=batch.pk)
        SuggestionArm.objects.filter(batch=batch).delete()
        SuggestionArm.objects.bulk_create(arms)
    for version in ModelVersion.objects.filter(pk__in={arm.model_version_id for arm in arms}):
        note_bias(version, now)


def with_suggestion(answers: QuerySet[Annotation]) -> QuerySet[Annotation]:
    """Those beside which there was a suggestion, seen or kept back."""
    return answers.filter(suggestion__isnull=False).exclude(suggestion_mode=Mode.NONE)


def compared(model_version: ModelVersion) -> tuple[Arm, Arm]:
    """Those who saw its suggestions first, over all batches, and those from whom they were kept."""
    arms = arms_of([model_version])[model_version.pk]
    return arms[Mode.SHOWN], arms[Mode.BLIND]


def arms_of(models: Iterable[ModelVersion]) -> Mapping[int, Mapping[str, Arm]]:
    """The sums over all batches by version and mode, empty where there are none: one statement."""
    found: dict[int, dict[str, Arm]] = defaultdict(lambda: defaultdict(Arm))
    rows = SuggestionArm.objects.filter(model_version__in=models).order_by()
    sums = rows.values_list("model_version", "mode").annotate(
        Sum("wrong"), Sum("followed"), Sum("wrong_items"), Sum("right_share")
    )
    for model, mode, *values in sums:
        found[model][mode] = Arm(*values)
    return found


def note_bias(model_version: ModelVersion, now: datetime) -> bool:
    """Once a model is proved to sway people, it is no more shown first where that is earned.

    The managers are told, once. It lasts for this version: without people who see it first nothing
    new could be learned of that.
    """
    if model_version.sways_since:
        return False
    seen, blind = compared(model_version)
    if not is_proved(seen, blind):
        return False
    with transaction.atomic():
        locked = ModelVersion.objects.select_for_update().get(pk=model_version.pk)
        if locked.sways_since:
            return False
        locked.sways_since = now
        locked.save(update_fields=["sways_since"])
        record(None, "model_version.sways", locked, after={"points": _points(bias(seen, blind))})
        project = model_version.project
        notify(
            managers_of(project),
            Kind.MODEL_SWAYS,
            about=locked,
            parameters={
                "model": str(locked),
                "project": project.name,
                "slug": project.slug,
                "model_id": locked.pk,
            },
            now=now,
        )
    return True


def _points(found: Figure) -> list[float]:
    interval = found.interval
    return [round(100 * end, 1) for end in (interval.low, interval.high)] if interval else []


def _where_wrong(answered: QuerySet[Annotation]) -> dict[tuple[int, str], Counter[tuple[int, str]]]:
    """By version and mode: of each task, how many answers, how many right, how many that follow."""
    found: dict[tuple[int, str], Counter[tuple[int, str]]] = defaultdict(Counter)
    rows = (
        answered.filter(WRONG)
        .order_by()
        .values_list(
            "suggestion__model_version",
            "suggestion_mode",
            "task",
            "measurement__is_right",
            "suggestion_changed",
        )
    )
    for version, mode, task, is_right, is_changed in rows.iterator():
        counts = found[version, mode]
        counts[task, "answers"] += 1
        counts[task, "right"] += is_right
        counts[task, "followed"] += not is_changed
    return found


def _fill(arm: SuggestionArm, counts: Counter[tuple[int, str]]) -> None:
    tasks = {task for task, _what in counts}
    arm.wrong = sum(counts[task, "answers"] for task in tasks)
    arm.followed = sum(counts[task, "followed"] for task in tasks)
    arm.wrong_items = len(tasks)
    arm.right_share = sum(counts[task, "right"] / counts[task, "answers"] for task in tasks)


def _time(arm: SuggestionArm, answers: QuerySet[Annotation]) -> None:
    timed = answers.filter(active_ms__gt=0).order_by("-pk")
    times: Iterable[int] = timed.values_list("active_ms", flat=True)[:TIMES_READ]
    found = list(times)
    arm.timed = len(found)
    arm.median_ms = median_low(found) if found else None
