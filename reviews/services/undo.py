"""A reviewer takes a decision back: soon after it, and before anything else came of it.

The decision stays on record as withdrawn; all that followed from it is put back.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict
from reviews.models import Consensus, Feedback, Pick, Review
from reviews.services import lot_samples, sampling, second_looks
from tasks.models import Annotation, Assignment, Stage, Task
from tasks.services import assignments, results, reversals, slots

WINDOW = timedelta(minutes=10)
BEGUN = (Assignment.State.LEASED, Assignment.State.SUBMITTED, Assignment.State.SKIPPED)
Standing = Consensus.Standing


def former(task: Task, found: list[Annotation], consensus: Consensus | None) -> dict[str, Any]:
    """What stands before a decision, in plain JSON, kept with it for `take_back`."""
    return {
        "task": reversals.picture_of(task),
        "annotations": {str(annotation.pk): annotation.state for annotation in found},
        "standing": consensus.standing if consensus else None,
        "was_wrong": consensus.was_wrong if consensus else None,
    }


def take_back(public_id: uuid.UUID, *, by: User, now: datetime | None = None) -> Assignment:
    """Withdraw the person's decision on this assignment; the task is leased to them again.

    Repeating it returns the same lease. Raises Assignment.DoesNotExist, and Conflict
    `nothing_to_undo`, or `undo_too_late` when the time is over or the work has gone on.
    """
    now = now or timezone.now()
    with transaction.atomic():
        assignment = assignments.lock_assignment(public_id, by)
        review = Review.objects.filter(assignment=assignment).first()
        if review is None:
            raise nothing_to_undo()
        if review.withdrawn_at:
            return _lease_instead(assignment, by)
        # Slots are locked before their task, as everywhere.
        own = list(_own_leases(review).select_for_update(of=("self",)).order_by("pk"))
        task = results.lock_task(assignment.task_id)
        if now - review.decided_at > WINDOW or _has_gone_on(review, task):
            raise too_late()
        review.withdrawn_at = now
        review.save(update_fields=["withdrawn_at"])
        for lease in own:
            slots.end(lease, Assignment.State.RELEASED, now=now)
            record(by, "assignment.released", lease, reason="decision taken back")
        _forget(review, task, by=by)
        made = _lease_again(assignment, review, by=by, now=now)
        record(by, "review.withdrawn", task, before={"answer": review.answer})
    return made


def last_decision(user: User, *, now: datetime | None = None) -> Review | None:
    """What the person would take back at this moment, as far as its age goes."""
    now = now or timezone.now()
    own = Review.objects.standing().filter(reviewer=user, decided_at__gte=now - WINDOW)
    newest = own.select_related("assignment", "task__item").order_by("-decided_at").first()
    return newest if newest and newest.former else None


def nothing_to_undo() -> Conflict:
    return Conflict(_("There is no decision of yours to take back."), code="nothing_to_undo")


def too_late() -> Conflict:
    return Conflict(
        _("This decision can no longer be taken back: its time is over, or work went on."),
        code="undo_too_late",
        hint=_("Ask an expert to decide the task anew."),
    )


def _lease_instead(assignment: Assignment, by: User) -> Assignment:
    """The lease that an earlier call gave them."""
    held = Assignment.objects.filter(
        task=assignment.task_id,
        stage=assignment.stage,
        round=assignment.round,
        slot=assignment.slot,
        annotator=by,
        state=Assignment.State.LEASED,
    ).first()
    if held is None:
        raise nothing_to_undo()
    return held


def _own_leases(review: Review) -> QuerySet[Assignment]:
    """What the decision put on the reviewer's own desk: the adjudication of what they escalated.

    It is fetched ahead of them, and nobody's work; it ends with the decision that opened it.
    """
    return Assignment.objects.filter(
        task=review.task_id,
        stage__in=[Stage.REVIEW, Stage.ADJUDICATE],
        annotator=review.reviewer_id,
        state=Assignment.State.LEASED,
    )


def _has_gone_on(review: Review, task: Task) -> bool:
    """Whether anybody decided again, is at it, or something else has happened to the task."""
    if review.former is None:
        return True
    later = Review.objects.standing().filter(task=task, pk__gt=review.pk)
    begun = (
        Assignment.objects.filter(task=task, state__in=BEGUN, leased_at__gt=review.decided_at)
        .exclude(pk=review.assignment_id)
        .exclude(pk__in=_own_leases(review).values("pk"))
    )
    return task.state not in _states_after(review) or later.exists() or begun.exists()


def _states_after(review: Review) -> tuple[str, ...]:
    if review.decision == Review.Decision.ESCALATE:
        return (Task.State.IN_ADJUDICATION,)
    if review.decision == Review.Decision.REJECT:
        return (Task.State.REWORK, Task.State.IN_ADJUDICATION)
    return (Task.State.ACCEPTED,)


def _forget(review: Review, task: Task, *, by: User) -> None:
    """Undo all that followed. Services that add to a decision add their own undoing here."""
    second_looks.forget(review, by=by)
    reversals.restore(task, review.former["task"], by=by, reason="decision taken back")
    for annotation_id, state in review.former["annotations"].items():
        Annotation.objects.filter(pk=annotation_id).update(state=state)
    # What an author has read stays, with a note; what nobody read was never said.
    Feedback.objects.filter(review=review, read_at=None).delete()
    if review.decision != Review.Decision.ESCALATE:
        _reopen_sample(review, task)


def _reopen_sample(review: Review, task: Task) -> None:
    standing, was_wrong = review.former["standing"], review.former["was_wrong"]
    if standing in (None, Standing.UNDECIDED):
        sampling.reopen(task, was_wrong=was_wrong)
        return
    # An earlier decision stands again: the task keeps its place in the sample.
    lot_samples.forget(task)
    sampling.redecide(task, was_wrong=was_wrong)


def _lease_again(assignment: Assignment, review: Review, *, by: User, now: datetime) -> Assignment:
    """A new row for the slot: the old one keeps the decision that was taken back."""
    keys = [*(assignment.withdrawn_request_ids or []), str(assignment.request_id)]
    assignment.withdrawn_request_ids = keys
    assignment.save(update_fields=["withdrawn_request_ids"])
    slots.end(assignment, Assignment.State.RELEASED, now=now)
    made = slots.successor(assignment)
    # It still says whether the look was opened for a page of tiles alone.
    made.precedence = assignment.precedence
    made.state, made.annotator = Assignment.State.LEASED, by
    made.leased_at, made.leased_until = now, now + assignment.batch.lease_time
    made.instruction_version_id = assignment.instruction_version_id
    made.save()
    Pick.objects.create(
        assignment=made, way=Pick.Way.UNDONE, reasons=review.picked_because, undone=review
    )
    record(by, "review.leased", made, reason="decision taken back")
    return made
