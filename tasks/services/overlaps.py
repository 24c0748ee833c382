"""Raises or lowers how many people label each task of a batch, while the work runs.

The batch's number changes at once; a job then adjusts the slots of its unfinished tasks, chunk by
chunk, toward whatever the number is by then, so it may run twice or be interrupted.
"""

from collections import defaultdict

from django.db import transaction
from django.utils import timezone

from labelops.accounts.models import User
from labelops.audit.services import record_each
from labelops.jobs.models import Job
from labelops.jobs.services import create_job, save_progress
from tasks.models import Assignment, Batch, Precedence, Stage, Task
from tasks.services import slots
from tasks.signals import labels_completed

KIND = "adjust_overlap"
CHUNK = 500
State = Assignment.State


def start_adjusting(batch: Batch, *, by: User) -> Job:
    """Called in the transaction that changed the overlap; its caller must wake the job."""
    return create_job(KIND, {"batch": batch.pk}, by=by, project_id=batch.project_id)


def run_adjusting(job: Job) -> None:
    """Go on where an interrupted run was."""
    tasks = Task.objects.filter(batch=job.payload["batch"])
    job.total_count = job.total_count or tasks.count()
    last = job.cursor.get("task", 0)
    while ids := list(
        tasks.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]
    ):
        with transaction.atomic():
            adjust(ids, by=job.created_by)
            last = job.cursor["task"] = ids[-1]
            job.done_count += len(ids)
            save_progress(job)


def adjust(task_ids: list[int], *, by: User | None) -> None:
    """Give each unfinished task of a batch as many slots as its overlap says.

    Answers stay; open slots are withdrawn before leases, the youngest lease first. A draft stays
    with whoever loses a lease.
    """
    with transaction.atomic():
        tasks = list(
            Task.objects.select_for_update(of=("self",))
            .filter(pk__in=task_ids, state__in=slots.UNANSWERED)
            .select_related("batch")
            .order_by("pk")
        )
        rows = _live_slots(tasks)
        added: list[Assignment] = []
        surplus: list[Assignment] = []
        changed: list[Task] = []
        for task in tasks:
            more, fewer = _difference(task, rows[task.pk])
            if more or fewer:
                task.labels_missing += len(more) - len(fewer)
                changed.append(task)
            added += more
            surplus += fewer
        _withdraw(surplus, by=by)
        Assignment.objects.bulk_create(added)
        _store(changed)


def _live_slots(tasks: list[Task]) -> dict[int, list[Assignment]]:
    rounds = {task.pk: task.round for task in tasks}
    found: dict[int, list[Assignment]] = defaultdict(list)
    live = Assignment.objects.select_for_update(of=("self",)).filter(
        task__in=rounds, stage=Stage.ANNOTATE, state__in=slots.LIVE
    )
    for row in live.order_by("pk"):
        if row.round == rounds[row.task_id]:
            found[row.task_id].append(row)
    return found


def _difference(task: Task, live: list[Assignment]) -> tuple[list[Assignment], list[Assignment]]:
    """The slots to add, and the ones to withdraw, of one task."""
    wanted = task.batch.overlap
    if len(live) < wanted:
        used = {row.slot for row in live}
        free = [number for number in range(1, wanted + 1) if number not in used]
        state = State.PARKED if task.state == Task.State.ON_HOLD else State.OPEN
        precedence = Precedence.FRESH if task.state == Task.State.PENDING else Precedence.BEGUN
        return [
            Assignment(
                task=task,
                batch_id=task.batch_id,
                stage=Stage.ANNOTATE,
                round=task.round,
                slot=number,
                state=state,
                precedence=precedence,
            )
            for number in free[: wanted - len(live)]
        ], []
    if _is_extended(task, live):
        return [], []
    submitted = [row for row in live if row.state == State.SUBMITTED]
    waiting = [row for row in live if row.state == State.LEASED]
    waiting.sort(key=lambda row: (row.leased_at, row.pk))
    waiting += [row for row in live if row.state in {State.OPEN, State.PARKED}]
    return [], waiting[max(0, wanted - len(submitted)) :]


def _is_extended(task: Task, live: list[Assignment]) -> bool:
    """Whether doubt asked for the label that is missing: then it is no surplus."""
    answer_count = sum(row.state == State.SUBMITTED for row in live)
    waiting = [row.slot for row in live if row.state != State.SUBMITTED]
    came_after_all_answers = bool(waiting) and min(waiting) > answer_count
    return (
        answer_count >= task.batch.overlap
        and came_after_all_answers
        and len(live) <= task.batch.most_labels
    )


def _withdraw(surplus: list[Assignment], *, by: User | None) -> None:
    Assignment.objects.filter(pk__in=[row.pk for row in surplus]).update(
        state=State.REVOKED, ended_at=timezone.now()
    )
    leased = [row for row in surplus if row.state == State.LEASED]
    record_each(by, "assignment.revoked", leased, reason="fewer labels are wanted")


def _store(changed: list[Task]) -> None:
    """Note the new counts; a task that has all its labels now is told to the reviews."""
    now = timezone.now()
    for task in changed:
        is_complete = task.labels_missing == 0
        task.labels_complete_at = now if is_complete else None
        if is_complete:
            transaction.on_commit(
                lambda task=task: labels_completed.send_robust(sender=Task, task=task)
            )
    Task.objects.bulk_update(changed, ["labels_missing", "labels_complete_at"], batch_size=100)
