"""The slots of a task: opened, ended, adjusted. A freed slot is always a new row with its number.

Callers hold the task's row lock, or change slots that nobody else can reach yet.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from labelops.accounts.models import User
from tasks.models import Assignment, Precedence, Stage, Task

OFFER_TIME = timedelta(hours=24)
# Above the number of any slot.
ALL = 2**63 - 1
LIVE = (
    Assignment.State.OPEN,
    Assignment.State.PARKED,
    Assignment.State.LEASED,
    Assignment.State.SUBMITTED,
)
UNFINISHED = LIVE[:-1]
DONE_BY_PERSON = (
    Assignment.State.LEASED,
    Assignment.State.SUBMITTED,
    Assignment.State.SKIPPED,
)

# Why a slot was revoked whose answer was taken out; its task is not for that person again.
WITHDRAWN = "withdrawn"
UNANSWERED = (Task.State.PENDING, Task.State.LABELING, Task.State.REWORK)
WANTED = {
    Stage.ANNOTATE: (*UNANSWERED, Task.State.GOLD),
    # An accepted label may be looked at again.
    Stage.REVIEW: (Task.State.IN_REVIEW, Task.State.ACCEPTED),
    Stage.ADJUDICATE: (Task.State.IN_ADJUDICATION,),
}


def open_slots(
    task: Task,
    *,
    stage: Stage,
    round: int,
    count: int = 1,
    after: int = 0,
    offered_to: Iterable[User] = (),
    offered_until: datetime | None = None,
    rework_note: dict[str, str] | None = None,
) -> list[Assignment]:
    """Make `count` slots numbered from `after` + 1; the first are offered to the people named."""
    people = list(offered_to)[:count]
    return Assignment.objects.bulk_create(
        Assignment(
            task=task,
            batch_id=task.batch_id,
            stage=stage,
            round=round,
            slot=after + number + 1,
            precedence=Precedence.BEGUN,
            offered_to=people[number] if number < len(people) else None,
            offered_until=offered_until if number < len(people) else None,
            rework_note=rework_note,
        )
        for number in range(count)
    )


def last_number(task: Task, *, stage: Stage, round: int) -> int:
    """The highest number that a slot of the stage and round ever had; 0 when there was none."""
    made = Assignment.objects.filter(task=task, stage=stage, round=round)
    return made.aggregate(last=Max("slot"))["last"] or 0


def first_review(task: Task) -> Assignment | None:
    """The review of the round as it is now; second looks have higher numbers."""
    rows = Assignment.objects.filter(task=task, stage=Stage.REVIEW, round=task.round, slot=1)
    return rows.filter(state__in=LIVE).first()


def claim(
    assignment_id: int, user: User, *, now: datetime, lease_time: timedelta, version_id: int
) -> bool:
    """Take one open slot by a conditional update: its row count says who was first."""
    try:
        with transaction.atomic():
            return bool(
                Assignment.objects.filter(pk=assignment_id, state=Assignment.State.OPEN).update(
                    state=Assignment.State.LEASED,
                    annotator=user,
                    leased_at=now,
                    leased_until=now + lease_time,
                    instruction_version_id=version_id,
                )
            )
    except IntegrityError:
        # The same person took another slot of this task a moment ago, in another tab.
        return False


def still_open(ids: Iterable[int]) -> QuerySet[Assignment]:
    """Those of the slots that nobody has taken, under their row locks; locked ones are left out."""
    return Assignment.objects.filter(pk__in=ids, state=Assignment.State.OPEN).select_for_update(
        of=("self",), skip_locked=connection.features.has_select_for_update_skip_locked
    )


def handed_out() -> Q:
    """A condition on labeling slots: not those that an unfinished filling added to their batch."""
    is_old = Q(batch__fresh_below=None) | Q(pk__lt=F("batch__fresh_below"))
    return Q(precedence=Precedence.BEGUN) | is_old


def is_wanted(assignment: Assignment, task: Task) -> bool:
    """Whether a slot that gets free is still worth handing out again."""
    state = task.held_state if task.state == Task.State.ON_HOLD else task.state
    return assignment.round == task.round and state in WANTED[Stage(assignment.stage)]


def fresh_slots(task: Task, overlap: int) -> list[Assignment]:
    """The slots of a task that is new in its batch; the caller stores them in bulk."""
    return [
        Assignment(task=task, batch_id=task.batch_id, stage=Stage.ANNOTATE, round=1, slot=number)
        for number in range(1, overlap + 1)
    ]


def end(assignment: Assignment, state: Assignment.State, *, now: datetime) -> None:
    """End a leased row for good."""
    assignment.state = state
    assignment.ended_at = now
    assignment.save(update_fields=["state", "ended_at", "reason", "comment"])


def successor(assignment: Assignment, *, preferring: int | None = None) -> Assignment:
    """A new row, not saved yet, for a slot whose row has ended: open, or parked with its task.

    The person `preferring` gets it first when they ask, but nobody has to wait for them. A slot
    of a gold task waits for whoever had it, and for nobody else.
    """
    is_parked = assignment.task.state == Task.State.ON_HOLD
    is_gold = assignment.task.state == Task.State.GOLD
    if is_gold:
        preferring = assignment.annotator_id
    return Assignment(
        state=Assignment.State.PARKED if is_parked else Assignment.State.OPEN,
        task_id=assignment.task_id,
        batch_id=assignment.batch_id,
        stage=assignment.stage,
        round=assignment.round,
        slot=assignment.slot,
        precedence=Precedence.BEGUN,
        rework_note=assignment.rework_note,
        offered_to_id=preferring,
        offered_until=assignment.ended_at if preferring and not is_gold else None,
    )


def drop_label(assignment: Assignment) -> None:
    """Count one label less as missing, when a slot ended and no row takes its place."""
    task = assignment.task
    if assignment.is_labeling_of(task):
        Task.objects.filter(pk=task.pk).update(labels_missing=F("labels_missing") - 1)
        task.labels_missing -= 1


def end_open_slots(task: Task, *, now: datetime) -> None:
    """Withdraw the slots nobody has taken; leased ones may still be submitted."""
    open_rows = Assignment.objects.filter(
        task=task, state__in=[Assignment.State.OPEN, Assignment.State.PARKED]
    )
    open_rows.update(state=Assignment.State.REVOKED, ended_at=now)
    task.labels_missing = labeling_slots(task).filter(state=Assignment.State.LEASED).count()


def end_open_reviews(task: Task) -> None:
    """Withdraw the review slots nobody has taken."""
    Assignment.objects.filter(
        task=task, stage__in=[Stage.REVIEW, Stage.ADJUDICATE], state=Assignment.State.OPEN
    ).update(state=Assignment.State.REVOKED, ended_at=timezone.now())


def withdraw(ended: Assignment) -> None:
    """Let the slot of a row that has ended go with it, unless somebody has taken it."""
    Assignment.objects.filter(
        task=ended.task_id,
        stage=ended.stage,
        round=ended.round,
        slot=ended.slot,
        state=Assignment.State.OPEN,
    ).update(state=Assignment.State.REVOKED, ended_at=timezone.now())


def labeling_slots(task: Task) -> QuerySet[Assignment]:
    return Assignment.objects.filter(task=task, stage=Stage.ANNOTATE, round=task.round)


def park(task: Task) -> None:
    """Keep the open slots of a task from being handed out."""
    Assignment.objects.filter(task=task, state=Assignment.State.OPEN).update(
        state=Assignment.State.PARKED
    )


def unpark(task: Task) -> None:
    Assignment.objects.filter(task=task, state=Assignment.State.PARKED).update(
        state=Assignment.State.OPEN
    )


def withdrawn(task: Task | OuterRef) -> QuerySet[Assignment]:
    """The slots of a task, in whatever round, whose answers were taken out."""
    return Assignment.objects.filter(task=task, state=Assignment.State.REVOKED, reason=WITHDRAWN)


def has_answers(task: Task) -> bool:
    """Whether somebody has answered in this round."""
    return labeling_slots(task).filter(state=Assignment.State.SUBMITTED).exists()
