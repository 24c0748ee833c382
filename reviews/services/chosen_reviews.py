"""A decision on a task that somebody chose themselves, in a table or among tiles: a review like any
other.
"""

import uuid
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.errors import Conflict, NotAllowed
from reviews.models import Consensus, Pick, RejectReason, Review
from reviews.services import desk, queue
from tasks.kinds.answer import UNDECIDABLE, equal, value_of
from tasks.models import Annotation, Assignment, Stage, Task
from tasks.services import slots

Answer = dict[str, Any]
STAGES = (Stage.REVIEW, Stage.ADJUDICATE)
Standing = Consensus.Standing


def has_worked_on(task: Task, person: User) -> bool:
    """Nobody reviews what they labelled."""
    return Annotation.everything.filter(task=task, author=person).exists()


def is_decided_as(task: Task, changes: Answer) -> bool:
    """Whether an expert decided the task already, and so."""
    if not task.result_answer or not _is_decided(task):
        return False
    schema = queue.decided_version(task).label_schema
    asked = [control for control in schema["controls"] if control["name"] in changes]
    return all(
        value_of(control, task.result_answer) == value_of(control, changes) for control in asked
    )


def decide_as(
    slot: Assignment | None,
    task: Task,
    changes: Answer,
    *,
    by: User,
    comment: str = "",
) -> Review:
    """Decide the task by its open slot: what stands for it, with these controls changed.

    Callers hold a transaction. Raises Conflict `being_reviewed` where there is no slot, or somebody
    was faster, and what the desk raises.
    """
    version = queue.decided_version(task)
    if slot is None or not slots.claim(
        slot.pk, by, now=timezone.now(), lease_time=task.batch.lease_time, version_id=version.pk
    ):
        raise _being_reviewed()
    held = Assignment.objects.get(pk=slot.pk)
    consensus = _consensus(task)
    whole = {**_standing_answer(task, consensus), **changes}
    is_known = consensus is not None and not consensus.is_tie
    verdict: dict[str, Any] = {
        "decision": Review.Decision.FIX,
        "answer": whole,
        "reason": RejectReason.WRONG_CLASS,
    }
    if is_known and equal(version.label_schema, whole, consensus.answer):
        verdict = {"decision": Review.Decision.ACCEPT}
    return desk.decide(held, by=by, request_id=uuid.uuid4(), comment=comment, **verdict)


def open_on_desk(task: Task, *, by: User, now: datetime | None = None) -> Assignment:
    """Lease a task that the person chose to look at; what they hold already they get again.

    Raises Conflict `being_reviewed`, and NotAllowed where it is not theirs to decide.
    """
    rows = Assignment.objects.filter(task=task, stage__in=STAGES)
    if held := rows.filter(annotator=by, state=Assignment.State.LEASED).first():
        return held
    with transaction.atomic():
        slot = slot_of(task)
        if slot and not is_open_to(slot, by):
            raise NotAllowed(
                _("This task is not yours to decide: you labelled it, or others are to look.")
            )
        # One's own choice never counts as chance.
        taken = slot and queue.take(slot, by, Pick.Way.FILTER, now=now or timezone.now())
        if not taken:
            raise _being_reviewed()
    return taken


def is_open_to(slot: Assignment, person: User) -> bool:
    """Whether the desk would hand this slot to the person."""
    return queue.waiting(person, batch=slot.batch).filter(pk=slot.pk).exists()


def _being_reviewed() -> Conflict:
    return Conflict(_("Somebody is reviewing this item at this moment."), code="being_reviewed")


def waiting_slot(task: Task) -> Assignment | None:
    """The slot of the task that waits for whoever takes it."""
    open_rows = Assignment.objects.filter(task=task, stage__in=STAGES, state=Assignment.State.OPEN)
    # A further review slot is a blind second look, handed out by the desk alone.
    return open_rows.exclude(stage=Stage.REVIEW, slot__gt=1).first()


def slot_of(task: Task) -> Assignment | None:
    """The waiting slot, else a new one: an adjudication where somebody has decided before."""
    if waiting := waiting_slot(task):
        return waiting
    if not _is_decided(task):
        return queue.open_look(task)
    last = slots.last_number(task, stage=Stage.ADJUDICATE, round=task.round)
    try:
        with transaction.atomic():
            [slot] = slots.open_slots(task, stage=Stage.ADJUDICATE, round=task.round, after=last)
    except IntegrityError:
        # Somebody else opened it, at this very moment.
        return None
    return slot


def _consensus(task: Task) -> Consensus | None:
    return getattr(task, "consensus", None)


def _is_decided(task: Task) -> bool:
    consensus = _consensus(task)
    return consensus is not None and consensus.standing != Standing.UNDECIDED


def _standing_answer(task: Task, consensus: Consensus | None) -> Answer:
    """What is changed: the label that stands, or what its annotators stand for."""
    stands = task.result_answer or (consensus.answer if consensus else {})
    return {} if UNDECIDABLE in stands else stands
