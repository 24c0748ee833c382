"""Decisions for tests, made on the desk as reviewers make them."""

import uuid

from reviews.models import RejectReason, Review
from reviews.services import consensus, desk, queue
from tests.factories import make_labeled_task

ROBIN, WREN = {"species": "robin"}, {"species": "wren"}


def make_assessed_task(batch, *labels, authors=()):
    task = make_labeled_task(batch, *labels, authors=authors)
    consensus.assess(task.pk)
    return task


def decide(assignment, decision, **over):
    """The decision of whoever holds the slot; `dwell_ms` is stored with it."""
    over = {"request_id": uuid.uuid4(), "by": assignment.annotator} | over
    if decision in {"fix", "reject"}:
        over.setdefault("reason", RejectReason.WRONG_CLASS)
    return desk.decide(assignment, decision=decision, **over)


def decide_next(user, decision, **over):
    """Take what the desk serves, and decide it."""
    return decide(queue.next_review(user, is_required=True), decision, **over)


def serves(user):
    """The task that the desk has for a person, which is given back to the queue's state."""
    return queue.waiting(user).values_list("task", flat=True).first()


def decisions(task):
    return list(Review.objects.filter(task=task).order_by("pk"))
