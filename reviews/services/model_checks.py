"""Gathers what models are judged by: predictions held against what turned out to be right.

A task whose labels, result or state change is noted with the count of that change; a sweep takes
the notes and brings the checks of their tasks up to date, in the transaction that deletes them. So
nothing is lost or counted twice, whatever is killed between. One sweep at a time is at a version.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from labelops.accounts.models import User
from reviews.models import EvidenceState, ModelCheck, ModelStanding, TaskToCheck
from reviews.quality.model_trust import next_look
from reviews.services.model_certificates import counting
from reviews.services.model_check_facts import Facts, read
from reviews.services.model_verdicts import Verdict, verdict
from tasks.models import ModelVersion, Prediction, Task
from tasks.services import results

CHUNK = 200
WRITTEN = 500
Kind = ModelCheck.Kind
DECIDED = ("expected", "is_right", "is_enough", "is_void", "decided_at")


def note(task_ids: Iterable[int]) -> None:
    """These tasks changed: those that a model predicts are to be checked."""
    predicted = Prediction.objects.filter(item=OuterRef("item"))
    found = Task.objects.filter(Exists(predicted), pk__in=list(task_ids)).exclude(
        state=Task.State.GOLD
    )
    now = timezone.now()
    TaskToCheck.objects.bulk_create(
        TaskToCheck(task_id=pk, noted_at=now)
        for pk in found.order_by().values_list("pk", flat=True)
    )


def check_noted() -> int:
    """See to every noted task; returns how many. What another sweep is at is left to it."""
    count = 0
    # Looked at first: on SQLite a transaction takes the one write lock.
    while TaskToCheck.objects.exists():
        with transaction.atomic():
            notes = list(TaskToCheck.objects.order_by("pk").values_list("pk", "task")[:CHUNK])
            versions, busy = lock_versions({task for _note, task in notes})
            ours = {note: task for note, task in notes if task not in busy}
            check(sorted({*ours.values()}), versions)
            TaskToCheck.objects.filter(pk__in=ours).delete()
        count += len(ours)
        if len(notes) < CHUNK or not ours:
            break
    return count


def lock_versions(task_ids: Iterable[int]) -> tuple[list[ModelVersion], set[int]]:
    """The versions at work in the projects of these tasks, ours until the transaction ends.

    And the tasks of projects of whose versions another sweep holds one.
    """
    owners = dict(Task.objects.filter(pk__in=task_ids).values_list("pk", "batch__project"))
    versions = list(
        ModelVersion.objects.filter(
            project__in={*owners.values()}, stopped_at__isnull=True
        ).order_by("pk")
    )
    locked = lock_evidence(version.pk for version in versions)
    busy = {version.project_id for version in versions if version.pk not in locked}
    ours = [version for version in versions if version.project_id not in busy]
    return ours, {task for task, project in owners.items() if project in busy}


def lock_evidence(version_ids: Iterable[int]) -> dict[int, EvidenceState]:
    """The rows that nobody else holds, by version, made where there are none yet."""
    wanted = sorted(version_ids)
    known = EvidenceState.objects.filter(model_version__in=wanted)
    missing = {*wanted} - {*known.values_list("model_version", flat=True)}
    EvidenceState.objects.bulk_create(
        [EvidenceState(model_version_id=pk) for pk in sorted(missing)], ignore_conflicts=True
    )
    can_skip = connection.features.has_select_for_update_skip_locked
    rows = known.order_by("model_version").select_for_update(skip_locked=can_skip)
    return {row.model_version_id: row for row in rows.all()}


def check(task_ids: list[int], versions: list[ModelVersion]) -> None:
    """Bring the checks of these tasks up to date. The caller holds the versions."""
    if not versions or not task_ids:
        return
    now = timezone.now()
    made, changed = [], []
    to_experts: list[int] = []
    for facts in read(task_ids, versions):
        found = verdict(facts)
        if found is None:
            continue
        check = facts.check or new_check(facts, found.kind, now)
        if facts.check is None:
            made.append(check)
        elif _is_same(check, found):
            continue
        else:
            changed.append(check)
        settle_check(check, found, now)
        if found.asks_expert:
            to_experts.append(facts.task.pk)
    store(made, changed)
    for task_id in sorted({*to_experts}):
        _ask_expert(task_id)


def store(made: list[ModelCheck], changed: list[ModelCheck]) -> None:
    """Write the checks, and have the standings of their classes assessed."""
    ModelCheck.objects.bulk_create(made, batch_size=WRITTEN)
    ModelCheck.objects.bulk_update(changed, DECIDED, batch_size=WRITTEN)
    touched = sorted({(check.model_version_id, check.label) for check in (*made, *changed)})
    ModelStanding.objects.bulk_create(
        [ModelStanding(model_version_id=version, label=label) for version, label in touched],
        ignore_conflicts=True,
    )
    for version, label in touched:
        standing = ModelStanding.objects.filter(model_version=version, label=label)
        standing.filter(is_due=False).update(is_due=True)


def new_check(facts: Facts, kind: ModelCheck.Kind, now: datetime) -> ModelCheck:
    return ModelCheck(
        model_version=facts.version,
        task=facts.task,
        kind=kind,
        label=facts.prediction.label,
        score=facts.prediction.score,
        made_at=now,
    )


def _is_same(check: ModelCheck, found: Verdict) -> bool:
    return (check.is_right, check.expected, check.is_enough, check.is_void) == (
        found.is_right,
        found.expected,
        found.is_enough,
        found.is_void,
    )


def settle_check(check: ModelCheck, found: Verdict, now: datetime) -> None:
    if check.is_right != found.is_right:
        check.decided_at = None if found.is_right is None else now
    check.is_right, check.expected = found.is_right, found.expected
    check.is_enough, check.is_void = found.is_enough, found.is_void


def ask_experts(model_version: ModelVersion, label: str, *, by: User) -> int:
    """Send to the review desk what the next look of a class waits for; returns how many.

    What is on its way there already stays where it is.
    """
    with transaction.atomic():
        standing = ModelStanding.objects.filter(model_version=model_version, label=label).first()
        if standing is None:
            return 0
        wanted = counting(standing, after=standing.series_after).order_by("pk")
        seen = wanted.values_list("task", "is_right")[: next_look(standing.looked_at) or 0]
        waiting = sorted(task for task, is_right in seen if is_right is None)
        return sum(_ask_expert(task, by=by) for task in waiting[:CHUNK])


def _ask_expert(task_id: int, *, by: User | None = None) -> bool:
    """An accepted label that nobody else can settle goes to the review desk once more."""
    task = results.lock_task(task_id)
    if task.state != Task.State.ACCEPTED or task.batch.project.archived_at is not None:
        return False
    results.open_review(task, by=by, reason="audit of a model")
    return True
