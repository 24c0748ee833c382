"""Has people do anew what a model answered in a class since a moment, when its grant asks for it.

What an expert has decided stays. Each chunk is a transaction of its own, so that a kill in between
leaves nothing half done: the next run begins with what still stands.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from labelops.audit.services import record
from reviews.models import TaskRoute
from tasks.models import Annotation, ModelGrant, ModelVersion
from tasks.services import model_answers, tallies

CHUNK = 25
TAKEN_BACK = "taken_back"
REASON = "the model's answers are done anew"


def redo_waiting(*, now: datetime | None = None) -> int:
    """Take back what the grants ask for; returns how many answers."""
    grants = ModelGrant.objects.filter(redo_since__isnull=False).order_by("pk")
    return sum(_redo(grant, now or timezone.now()) for grant in grants)


def _redo(grant: ModelGrant, now: datetime) -> int:
    count = last = 0
    while True:
        with transaction.atomic():
            # Before all other locks: whoever routes, or sets a grant, comes before or after.
            ModelVersion.objects.select_for_update(no_key=True).get(pk=grant.model_version_id)
            routes = list(_standing(grant).filter(pk__gt=last)[:CHUNK])
            count += _take_back(routes, now)
            if len(routes) < CHUNK:
                _finish(grant)
                return count
        last = routes[-1].pk


def _standing(grant: ModelGrant) -> QuerySet[TaskRoute]:
    rows = TaskRoute.objects.filter(
        model_version=grant.model_version_id,
        label=grant.label,
        answered_at__gte=grant.redo_since,
        taken_back_at=None,
    )
    return rows.select_related("model_version").order_by("pk")


def _take_back(routes: list[TaskRoute], now: datetime) -> int:
    tally, done = tallies.Changes(), []
    for route in routes:
        answers = Annotation.objects.filter(
            task=route.task_id,
            author=route.model_version.user_id,
            state=Annotation.State.SUBMITTED,
        )
        answer = answers.first()
        if answer and model_answers.take_back(answer, reason=REASON, now=now, tally=tally):
            done.append(route.pk)
    TaskRoute.objects.filter(pk__in=done).update(
        way=TaskRoute.Way.PEOPLE,
        reason=TAKEN_BACK,
        reasons=[{"code": TAKEN_BACK, "params": {}}],
        taken_back_at=now,
    )
    tally.store(None)
    return len(done)


def _finish(grant: ModelGrant) -> None:
    """Under the version's lock; a moment that was set meanwhile waits for the next run."""
    found = ModelGrant.objects.get(pk=grant.pk)
    if found.redo_since == grant.redo_since:
        found.redo_since = None
        found.save(update_fields=["redo_since"])
        record(None, "model_grant.redone", found, before={"since": str(grant.redo_since)})
