"""Traces the failures of an evaluation to their causes: what was asked, and its job.

A run that was interrupted begins anew: verdicts are stored in one transaction, at the end.
"""

from collections.abc import Sequence

import numpy as np
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from datasets.analysis.causes import explain
from datasets.analysis.clusters import spread_places
from datasets.analysis.failure_clusters import clusters_of
from datasets.analysis.surroundings import Evidence, Failing
from datasets.models import Evaluation, Tracing
from datasets.services.input_readings import USUAL_READ, Reading, farthest, readings_of
from datasets.services.tracing_tables import (
    Failure,
    Table,
    failures_of,
    tested_table,
    training_table,
)
from datasets.services.vectors import ABSENT, default_set, table_of
from datasets.services.verdicts import IF_TWICE, SHARES, Verdict, keep
from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict
from labelops.jobs.heart import heart
from labelops.jobs.models import Job
from labelops.jobs.services import cancel_job, create_job, save_progress
from labelops.locking import locked
from tasks.services.archiving import lock_project, require_live

KIND = "trace_causes"
# With fewer, nothing can be said of what lies around an item.
TRAINING_LEAST = 20


def start(evaluation: Evaluation, *, by: User) -> Tracing:
    """Queue a look for causes; the caller wakes the job.

    Raises Conflict while there is one already, and where nothing can be found.
    """
    project = evaluation.project
    require_live(project)
    if not evaluation.is_finished:
        raise Conflict(_("The evaluation has not ended yet."), code="not_finished")
    vector_set = default_set(project)
    if vector_set is None:
        raise Conflict(
            _("There are no vectors yet that say which items are alike."),
            code="no_vectors",
            hint=_("Compute them first, or bring some."),
        )
    with transaction.atomic():
        lock_project(project.pk)
        locked(Evaluation.objects.only("pk"), evaluation.pk)
        if any(tracing.is_running for tracing in tracings_of(evaluation)):
            raise Conflict(_("The causes are being traced already."), code="still_running")
        payload = {"evaluation": evaluation.pk, "project": project.slug}
        job = create_job(KIND, payload, by=by, project_id=project.pk)
        made = Tracing.objects.create(evaluation=evaluation, vector_set=vector_set, job=job)
        record(by, "causes.started", made)
    return made


def tracings_of(evaluation: Evaluation) -> QuerySet[Tracing]:
    """The newest first."""
    return Tracing.objects.filter(evaluation=evaluation).select_related("job", "vector_set")


def cancel(tracing: Tracing, *, by: User) -> None:
    """Raises Conflict when it has ended."""
    cancel_job(tracing.job, by=by)


def run(job: Job) -> None:
    """Trace all failures; run again after its end it does nothing."""
    tracing = Tracing.objects.select_related("evaluation__project", "vector_set").get(job=job)
    if tracing.is_finished:
        return
    evaluation, beat = tracing.evaluation, heart(job)
    found, tracing.failing_count = failures_of(evaluation)
    vectors = table_of(tracing.vector_set)
    known = vectors.places_of([failure.item_id for failure in found]) != ABSENT
    found = [failure for failure, is_known in zip(found, known, strict=True) if is_known]
    tested = tested_table(evaluation, [failure.item_id for failure in found], vectors, beat)
    # Its answer may have become one that nobody can decide on.
    is_there = tested.places_of([failure.item_id for failure in found]) >= 0
    found = [failure for failure, is_still in zip(found, is_there, strict=True) if is_still]
    training = training_table(evaluation, vectors, beat)
    if found and len(training.ids) < TRAINING_LEAST:
        raise Conflict(
            _("Too few items with vectors taught this model: %(count)d of at least %(least)d.")
            % {"count": len(training.ids), "least": TRAINING_LEAST},
            code="too_few_training_items",
            hint=_("Evaluate on a version that has the training items in its split “train”."),
        )
    tracing.training_count = len(training.ids)
    verdicts = []
    if found:
        readings = _readings(job, evaluation, found, training)
        verdicts = _verdicts(found, readings, tested, training, job)
    with transaction.atomic():
        lock_project(evaluation.project_id)
        keep(tracing, verdicts)
        tracing.finished_at = timezone.now()
        tracing.save()
        # One look is enough: what people said of the one before was taken over.
        tracings_of(evaluation).filter(pk__lt=tracing.pk).delete()
        record(job.created_by, "causes.traced", tracing, after={"count": len(verdicts)})
        job.result = {"failing": tracing.failing_count, "traced": tracing.traced_count}
        save_progress(job)


def _readings(
    job: Job, evaluation: Evaluation, found: Sequence[Failure], training: Table
) -> list[Reading]:
    ids = [failure.item_id for failure in found]
    usual = training.ids[spread_places(len(training.ids), USUAL_READ)].tolist()
    job.done_count, job.total_count = 0, len(ids) + len(usual)

    def tick(count: int) -> None:
        job.done_count += count
        save_progress(job)

    read = readings_of(evaluation.project, [*ids, *usual], tick=tick)
    rows = np.array([read[item_id] for item_id in ids])
    return farthest(evaluation.project, rows, np.array([read[item_id] for item_id in usual]))


def _verdicts(
    found: Sequence[Failure],
    readings: Sequence[Reading],
    tested: Table,
    training: Table,
    job: Job,
) -> list[Verdict]:
    ids = [failure.item_id for failure in found]
    failing = Failing(
        places=tested.places_of(ids),
        truth=np.array([failure.truth for failure in found]),
        predicted=np.array([failure.predicted for failure in found]),
        unusual=np.array([reading.beyond for reading in readings]),
        among_training=training.places_of(ids),
    )
    causes, evidence = explain(failing, tested.known, training.known, beat=heart(job))
    vectors = tested.known.vectors[failing.places]
    made = []
    for number, places in enumerate(clusters_of(vectors, failing.truth, failing.predicted), 1):
        for rank, place in enumerate(places.tolist(), 1):
            facts = _facts(found[place], readings[place], evidence, place, training)
            made.append(Verdict(ids[place], number, rank, str(causes[place]), facts))
    return made


def _facts(
    failure: Failure, reading: Reading, evidence: Evidence, place: int, training: Table
) -> dict[str, object]:
    """What is stored of the evidence: numbers of a few digits, and the neighbours by their ids."""
    shares = {name: round(float(getattr(evidence, name)[place]), 3) for name in SHARES}
    twice = {name: float(getattr(evidence, name)[place]) for name in IF_TWICE}
    neighbours = training.ids[evidence.neighbours[place]].tolist()
    return {
        "truth": failure.truth,
        "predicted": failure.predicted,
        "score": failure.score,
        "truth_id": failure.truth_id,
        "predicted_id": failure.predicted_id,
        "mistake_count": failure.mistake_count,
        **shares,
        **{name: None if np.isnan(value) else round(value, 3) for name, value in twice.items()},
        "reading": reading.name,
        "beyond": round(reading.beyond, 2),
        "neighbours": neighbours,
        "suspects": [
            item_id
            for item_id, is_suspect in zip(neighbours, evidence.suspects[place], strict=True)
            if is_suspect
        ],
    }
