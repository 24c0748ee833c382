"""Finds tasks that wait for somebody who does not exist, and gives them to an expert."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from tasks.access import people_to_work_on
from tasks.models import Assignment, Batch, Stage, Task
from tasks.services import eligibility, results, slots
from tasks.services.assignments import SKIPS_UNTIL_EXPERT

# A manager may be about to invite the next person; only a day without a step is a dead end.
PATIENCE = timedelta(hours=24)
LIMIT = 500


def rescue(*, now: datetime | None = None) -> int:
    """Look through the running batches whose people are so few that a task can run out of them."""
    now = now or timezone.now()
    count = 0
    for batch in Batch.objects.filter(state=Batch.State.RUNNING):
        people = [person.pk for person in people_to_work_on(batch)]
        if 0 < len(people) <= batch.most_labels + SKIPS_UNTIL_EXPERT:
            count += sum(_rescue(task_id) for task_id in _stuck(batch, people, now))
    return count


def _stuck(batch: Batch, people: list[int], now: datetime) -> list[int]:
    had_it = Q(assignments__annotator__in=people, assignments__stage=Stage.ANNOTATE) & (
        Q(assignments__state__in=slots.DONE_BY_PERSON)
        | Q(assignments__state=Assignment.State.REVOKED, assignments__reason=slots.WITHDRAWN)
    )
    recent = Assignment.objects.filter(
        Q(ended_at__gt=now - PATIENCE) | Q(state=Assignment.State.LEASED), task=OuterRef("pk")
    )
    tasks = Task.objects.filter(
        Q(state__in=slots.UNANSWERED[1:])
        # Of a task whose only answer was taken out nothing but that is known.
        | Q(Exists(slots.withdrawn(OuterRef("pk"))), state=Task.State.PENDING),
        ~Exists(recent),
        batch=batch,
        labels_missing__gt=0,
    )
    counted = tasks.annotate(people=Count("assignments__annotator", filter=had_it, distinct=True))
    return list(counted.filter(people__gte=len(people)).values_list("pk", flat=True)[:LIMIT])


def _rescue(task_id: int) -> bool:
    with transaction.atomic():
        task = results.lock_task(task_id)
        if task.state not in slots.UNANSWERED or eligibility.anybody_left(task):
            return False
        results.open_adjudication(task, by=None, reason="nobody is left to ask")
    return True
