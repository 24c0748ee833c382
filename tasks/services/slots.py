"""The slots of a task: open, claimed, ended. A freed slot is always a new row with its number."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from labelops.accounts.models import User
from tasks.models import Assignment, Stage, Task

LEASE_TIME = timedelta(minutes=30)
OFFER_TIME = timedelta(hours=24)

ENDED_FREE = (
    Assignment.State.SKIPPED,
    Assignment.State.RELEASED,
    Assignment.State.EXPIRED,
    Assignment.State.REVOKED,
)


def open_slots(
    task: Task,
    *,
    stage: Stage,
    round: int,
    count: int = 1,
    offered_to: Iterable[User] = (),
    offered_until: datetime | None = None,
    rework_note: dict[str, str] | None = None,
) -> list[Assignment]:
    """Make slots 1..count of a stage and round; the first ones are offered to the people named."""
    people = list(offered_to)[:count]
    return Assignment.objects.bulk_create(
        Assignment(
            task=task,
            batch_id=task.batch_id,
            stage=stage,
            round=round,
            slot=number + 1,
            offered_to=people[number] if number < len(people) else None,
            offered_until=offered_until if number < len(people) else None,
            rework_note=rework_note,
        )
        for number in range(count)
    )


def claim(assignment_id: int, user: User, *, now: datetime, instruction_version_id: int) -> bool:
    """Take an open slot by one conditional update: its row count says who was first."""
    try:
        with transaction.atomic():
            return bool(
                Assignment.objects.filter(pk=assignment_id, state=Assignment.State.OPEN).update(
                    state=Assignment.State.LEASED,
                    annotator=user,
                    leased_at=now,
                    leased_until=now + LEASE_TIME,
                    instruction_version_id=instruction_version_id,
                )
            )
    except IntegrityError:
        # The same person took another slot of this task a moment ago, in another tab.
        return False


def free(assignment: Assignment, state: Assignment.State, *, now: datetime, reopen: bool) -> None:
    """End a leased row for good; with `reopen` its slot becomes a new open row."""
    assignment.state = state
    assignment.ended_at = now
    assignment.save(update_fields=["state", "ended_at", "reason", "comment"])
    if reopen:
        Assignment.objects.create(
            task_id=assignment.task_id,
            batch_id=assignment.batch_id,
            stage=assignment.stage,
            round=assignment.round,
            slot=assignment.slot,
            rework_note=assignment.rework_note,
        )


def end_open_slots(task: Task, *, now: datetime) -> int:
    """Withdraw the slots nobody has taken; leased ones may still be submitted."""
    return Assignment.objects.filter(task=task, state=Assignment.State.OPEN).update(
        state=Assignment.State.REVOKED, ended_at=now
    )


def has_unfinished_slots(task: Task, *, stage: Stage, round: int) -> bool:
    return Assignment.objects.filter(
        task=task,
        stage=stage,
        round=round,
        state__in=[Assignment.State.OPEN, Assignment.State.LEASED],
    ).exists()
