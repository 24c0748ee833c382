"""Holds a new version against labels that were decided before it was made.

Only labels that experts decided on the random sample: those speak for all. The walk goes by key,
in chunks that commit with their cursor.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from reviews.models import Consensus, EvidenceState, ModelCheck
from reviews.services.model_check_facts import read
from reviews.services.model_checks import lock_evidence, new_check, settle_check, store
from reviews.services.model_verdicts import by_expert, is_decided, is_out
from reviews.services.references import BY_EXPERTS
from tasks.models import ModelVersion, Prediction, Task

CHUNK = 500
# Predictions of a new version come in over some time: it is walked again now and then.
NEW = timedelta(days=1)
AGAIN = timedelta(minutes=10)
Kind = ModelCheck.Kind


def replay_due(*, now: datetime | None = None, everything: bool = False) -> int:
    """Walk the versions that are new, or all that work; returns how many checks were made."""
    now = now or timezone.now()
    versions = ModelVersion.objects.filter(stopped_at__isnull=True)
    if not everything:
        rested = EvidenceState.objects.filter(
            model_version=OuterRef("pk"), replayed_upto=0, replayed_at__gt=now - AGAIN
        )
        versions = versions.filter(~Exists(rested), created_at__gt=now - NEW)
    return sum(_walk(version, now) for version in versions.order_by("pk"))


def _walk(version: ModelVersion, now: datetime) -> int:
    count = 0
    while True:
        with transaction.atomic():
            state = lock_evidence([version.pk]).get(version.pk)
            if state is None:
                return count
            rows = _decided_before(version).filter(pk__gt=state.replayed_upto)
            tasks = list(rows.order_by("pk").values_list("pk", flat=True)[:CHUNK])
            count += _check(version, tasks, now)
            is_last = len(tasks) < CHUNK
            state.replayed_upto, state.replayed_at = (0 if is_last else tasks[-1]), now
            state.save(update_fields=["replayed_upto", "replayed_at"])
        if is_last:
            return count


def _decided_before(version: ModelVersion) -> QuerySet[Task]:
    """Tasks of the sample that it predicts, and that it was not yet held against."""
    own = {"model_version": version.pk}
    predicted = Prediction.objects.filter(item=OuterRef("item"), is_trained_on=False, **own)
    known = ModelCheck.objects.filter(task=OuterRef("pk"), **own)
    return Task.objects.filter(
        Exists(predicted),
        ~Exists(known),
        batch__project=version.project_id,
        state=Task.State.ACCEPTED,
        result_source__in=BY_EXPERTS,
        consensus__project=version.project_id,
        consensus__standing=Consensus.Standing.SAMPLED,
        settled_at__lt=version.created_at,
    )


def _check(version: ModelVersion, task_ids: list[int], now: datetime) -> int:
    made = []
    for facts in read(task_ids, [version]):
        if is_out(facts.task) or not is_decided(facts.task):
            continue
        check = new_check(facts, Kind.REPLAY, now)
        settle_check(check, by_expert(facts, Kind.REPLAY, is_enough=True), now)
        made.append(check)
    store(made, [])
    return len(made)
