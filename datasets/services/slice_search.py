"""Looks for the slices in which an evaluation's failures gather, as a job, and keeps them."""

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from datasets.analysis.slices import Findings, Slice, find_slices
from datasets.models import Evaluation, SliceFinding, SliceSearch
from datasets.services.outcomes import Outcomes, outcomes_of
from datasets.services.slice_columns import predicates_for, predicates_of_inputs
from datasets.services.slice_inputs import drawn_places, pictures_of
from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict
from labelops.jobs.heart import heart
from labelops.jobs.models import Job
from labelops.jobs.services import create_job, save_progress
from labelops.locking import locked
from tasks.services.archiving import lock_project, require_live

KIND = "find_slices"
ITEMS_MOST = 50_000


def newest_search(evaluation: Evaluation) -> SliceSearch | None:
    return evaluation.slice_searches.select_related("job").first()


def start(evaluation: Evaluation, *, by: User) -> SliceSearch:
    """Queue a look; the caller wakes its job. Raises Conflict while one runs or figures lack."""
    require_live(evaluation.project)
    if not evaluation.is_finished:
        raise Conflict(_("The evaluation is not finished yet."), code="not_finished")
    with transaction.atomic():
        lock_project(evaluation.project_id)
        locked(Evaluation.objects.only("pk"), evaluation.pk)
        if evaluation.slice_searches.filter(job__state__in=Job.UNFINISHED).exists():
            raise Conflict(_("Slices are being looked for already."), code="still_running")
        job = create_job(KIND, {}, by=by, project_id=evaluation.project_id)
        search = SliceSearch.objects.create(evaluation=evaluation, job=job)
        record(by, "evaluation.searched", evaluation)
    return search


def run(job: Job) -> None:
    """Look anew; called again after a crash it begins again, after its end it does nothing."""
    search = SliceSearch.objects.select_related("evaluation__project").get(job=job)
    if search.finished_at:
        return
    every = outcomes_of(search.evaluation)
    outcomes, search.evaluated_count = _drawn(every), len(every.item_ids)
    pictures = pictures_of(search.evaluation.project, outcomes.item_ids)
    job.done_count, job.total_count = 0, len(every.item_ids) + len(pictures)
    beat = heart(job)

    def tick(count: int) -> None:
        job.done_count += count
        save_progress(job)

    asked = (search.evaluation, outcomes.item_ids)
    predicates = predicates_for(*asked, tick=tick)
    predicates += predicates_of_inputs(*asked, pictures, tick=tick, beat=beat)
    # How much is wrong with an item is how bad it is.
    found = find_slices(
        predicates,
        outcomes.is_failing,
        severity=outcomes.failure_counts.astype(np.float64),
        beat=beat,
    )
    with transaction.atomic():
        _keep(search, found, outcomes.item_ids)
        job.result = {"slices": len(found.slices), "tried": found.tried_count}
        save_progress(job)


def _drawn(outcomes: Outcomes) -> Outcomes:
    """At most so many items: their columns have to fit into memory."""
    places = drawn_places(len(outcomes.item_ids), ITEMS_MOST)
    return Outcomes(outcomes.item_ids[places], outcomes.failure_counts[places])


def _keep(search: SliceSearch, found: Findings, item_ids: np.ndarray) -> None:
    search.findings.all().delete()
    SliceFinding.objects.bulk_create(
        _finding(search, position, each, item_ids)
        for position, each in enumerate(found.slices, start=1)
    )
    search.tried_count, search.item_count = found.tried_count, len(item_ids)
    search.finished_at = timezone.now()
    search.save(update_fields=["tried_count", "item_count", "evaluated_count", "finished_at"])


def _finding(
    search: SliceSearch, position: int, found: Slice, item_ids: np.ndarray
) -> SliceFinding:
    return SliceFinding(
        search=search,
        position=position,
        conditions=[condition.as_json() for condition in found.conditions],
        twins=[condition.as_json() for condition in found.twins],
        inside_wrong=found.failed,
        inside_count=found.n,
        outside_wrong=found.failed_elsewhere,
        outside_count=found.n_elsewhere,
        expected=found.rate.value,
        expected_low=found.rate.interval.low,
        expected_high=found.rate.interval.high,
        packed_items=item_ids[found.mask].astype("<i8").tobytes(),
    )
