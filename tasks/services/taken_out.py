"""Takes single answers out of the work, and puts them back.

The answer is kept, and its author stays paid; but no vote, figure or export knows of it any more,
and its slot is open to others. What an expert has decided, and gold, is left alone.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from labelops.accounts.models import User
from labelops.audit.services import record, record_each
from tasks.models import Annotation, Assignment, Stage, Task
from tasks.services import results, slots, tallies
from tasks.services.withdrawals import JUDGED
from tasks.signals import labels_completed

State = Assignment.State
REVIEWS = (Stage.REVIEW, Stage.ADJUDICATE)
# Labels that nobody but annotators stood for.
BY_ANNOTATORS = (Task.Source.VOTE, Task.Source.CONSENSUS)


@dataclass(frozen=True)
class TakenOut:
    """What it did: the slot that others get, if the task needs another answer."""

    slot: Assignment | None
    batch_id: int
    state_before: str
    was_accepted: bool


def take_out(
    annotation: Annotation, *, by: User | None, reason: str, now: datetime, tally: tallies.Changes
) -> TakenOut | None:
    """Withdraw an answer in the caller's transaction; None when it is decided, or gold.

    `tally` gathers what moved: the caller adds it last.
    """
    rows = _lock_rows(annotation.task_id, [State.LEASED, State.SUBMITTED])
    task = results.lock_task(annotation.task_id)
    is_undecided = Annotation.objects.filter(pk=annotation.pk, state=Annotation.State.SUBMITTED)
    if _is_settled(task) or not is_undecided.exists():
        return None
    own = next(row for row in rows if row.pk == annotation.assignment_id)
    before, former = task.state, effective_state(task)
    annotation.state = Annotation.State.WITHDRAWN
    annotation.save(update_fields=["state"])
    # When it ended stays the moment of the answer, so that it can come back as it was.
    _mark(own, State.REVOKED, reason=slots.WITHDRAWN, comment=reason)
    record(by, "annotation.taken_out", annotation, before=annotation.answer, reason=reason)
    leases = [row for row in rows if _is_ended_too(row, own, task)]
    _end_leases(task, leases, by=by, now=now)
    slot = None
    if needs_another(task, own):
        slot = _reopen(task, own, former, by=by, reason=reason, now=now)
        tally.add(task.batch_id, before, task.state)
    was_accepted = slot is not None and former == Task.State.ACCEPTED
    return TakenOut(slot, task.batch_id, former, was_accepted)


def effective_state(task: Task) -> str:
    """The state that a task on hold goes back to."""
    return task.held_state if task.state == Task.State.ON_HOLD else task.state


def _is_settled(task: Task) -> bool:
    """Nothing is done with gold, with what an expert decided, nor with what lies in the bin."""
    if task.set_aside is not None:
        return True
    is_accepted = effective_state(task) == Task.State.ACCEPTED
    return task.state == Task.State.GOLD or (is_accepted and task.result_source in JUDGED)


def needs_another(task: Task, assignment: Assignment) -> bool:
    """Whether somebody else has to answer in place of this one.

    Not where its round is over, nor where an expert is asked for their own answer, nor where the
    label came from elsewhere.
    """
    state = effective_state(task)
    is_waiting = state in (*slots.UNANSWERED, Task.State.IN_REVIEW)
    is_voted = state == Task.State.ACCEPTED and task.result_source in BY_ANNOTATORS
    return assignment.round == task.round and (is_waiting or is_voted)


def _lock_rows(task_id: int, states: list[Assignment.State]) -> list[Assignment]:
    """Slots are locked before their task, as everywhere."""
    rows = Assignment.objects.filter(task=task_id, state__in=states)
    return list(rows.select_for_update(of=("self",)).order_by("pk"))


def _mark(assignment: Assignment, state: State, *, reason: str, comment: str) -> None:
    assignment.state, assignment.reason, assignment.comment = state, reason, comment
    assignment.save(update_fields=["state", "reason", "comment"])


def _is_ended_too(row: Assignment, own: Assignment, task: Task) -> bool:
    """Leases that are void now: the author's on a later round, and looks at what is not in."""
    if row.state != State.LEASED:
        return False
    if row.stage == Stage.ANNOTATE:
        return row.annotator_id == own.annotator_id
    return needs_another(task, own)


def _end_leases(task: Task, leases: list[Assignment], *, by: User | None, now: datetime) -> None:
    for row in leases:
        slots.end(row, State.REVOKED, now=now)
    record_each(by, "assignment.revoked", leases, reason="an answer was taken out")
    for row in leases:
        row.task = task
        if row.stage == Stage.ANNOTATE and slots.is_wanted(row, task):
            slots.successor(row).save()
        else:
            slots.drop_label(row)


def _reopen(
    task: Task, own: Assignment, former: str, *, by: User | None, reason: str, now: datetime
) -> Assignment:
    reviews = Assignment.objects.filter(task=task, stage__in=REVIEWS)
    reviews.filter(state__in=[State.OPEN, State.PARKED]).update(state=State.REVOKED, ended_at=now)
    if task.result_source in BY_ANNOTATORS:
        results.unsettle(task, by=by, reason=reason)
    state = _state_without(task, former)
    if task.state == Task.State.ON_HOLD:
        task.held_state = state
    else:
        task.state = state
    task.labels_missing += 1
    task.labels_complete_at = None
    task.save(update_fields=["state", "held_state", "labels_missing", "labels_complete_at"])
    own.task = task
    slot = slots.successor(own)
    slot.save()
    return slot


def _state_without(task: Task, former: str) -> str:
    if former == Task.State.REWORK or (former == Task.State.IN_REVIEW and task.round > 1):
        return Task.State.REWORK
    return Task.State.LABELING if slots.has_answers(task) else Task.State.PENDING


def put_back(
    annotation: Annotation,
    *,
    slot: Assignment | None,
    state_before: str,
    by: User,
    reason: str,
    now: datetime,
    tally: tallies.Changes,
) -> bool:
    """Let an answer count again while nobody has taken its slot; says whether it does."""
    unfinished = _lock_rows(annotation.task_id, list(slots.UNFINISHED))
    task = results.lock_task(annotation.task_id)
    if task.set_aside is not None:
        return False
    own = Assignment.objects.get(pk=annotation.assignment_id)
    before = task.state
    if slot is None:
        is_over = own.round < task.round
        if not is_over and state_before != effective_state(task):
            return False
    else:
        free = _free_place(unfinished, own, task)
        if free is None:
            return False
        slots.end(free, State.REVOKED, now=now)
        _count_in(task, now=now)
        tally.add(task.batch_id, before, task.state)
    _mark(own, State.SUBMITTED, reason="", comment="")
    annotation.state = Annotation.State.SUBMITTED
    annotation.save(update_fields=["state"])
    record(by, "annotation.put_back", annotation, after=annotation.answer, reason=reason)
    return True


def _free_place(rows: list[Assignment], own: Assignment, task: Task) -> Assignment | None:
    """The slot of the answer's number, if nobody has it."""
    if own.round != task.round or effective_state(task) not in slots.UNANSWERED:
        return None
    same = [
        row
        for row in rows
        if (row.stage, row.round, row.slot) == (Stage.ANNOTATE, own.round, own.slot)
    ]
    return next((row for row in same if row.state != State.LEASED), None)


def _count_in(task: Task, *, now: datetime) -> None:
    if task.state == Task.State.PENDING:
        task.state = Task.State.LABELING
    if task.held_state == Task.State.PENDING:
        task.held_state = Task.State.LABELING
    task.labels_missing -= 1
    if task.labels_missing == 0 and task.state in slots.UNANSWERED:
        task.labels_complete_at = now
        transaction.on_commit(lambda: labels_completed.send_robust(sender=Task, task=task))
    task.save(update_fields=["state", "held_state", "labels_missing", "labels_complete_at"])
