"""Celery doors of datasets: each fetches a row and calls one service."""

from celery import shared_task

from datasets.services import (
    bulk_edits,
    campaigns,
    evaluation_runs,
    evaluations,
    exports,
    freezing,
    impact,
    impact_measuring,
    impact_shares,
    keeping,
    release_gate,
    scenario_runs,
    slice_search,
    tracing,
    vector_jobs,
)
from labelops.jobs import registry
from labelops.jobs.services import run_job, wake
from tasks.services.kept_items import keepers


@shared_task
def run_freezing(job_id: int) -> None:
    run_job(job_id, freezing.run_freezing)


@shared_task
def run_dataset_export(job_id: int) -> None:
    run_job(job_id, exports.run_export)


@shared_task
def run_evaluation(job_id: int) -> None:
    run_job(job_id, evaluation_runs.run)


@shared_task
def run_vectors(job_id: int) -> None:
    run_job(job_id, vector_jobs.run)


@shared_task
def run_slices(job_id: int) -> None:
    run_job(job_id, slice_search.run)


@shared_task
def run_scenarios(job_id: int) -> None:
    run_job(job_id, scenario_runs.run_all)


@shared_task
def run_bulk_edit(job_id: int) -> None:
    run_job(job_id, bulk_edits.run)


@shared_task
def run_bulk_edit_undo(job_id: int) -> None:
    run_job(job_id, bulk_edits.run_undo)


@shared_task
def run_tracing(job_id: int) -> None:
    run_job(job_id, tracing.run)


@shared_task
def run_campaign_preparing(job_id: int) -> None:
    run_job(job_id, campaigns.run_preparing)


@shared_task
def rerun_scenarios() -> int:
    """Tests whose newest model has other predictions by now, or was never run."""
    started = release_gate.start_due()
    for job in started:
        wake(run_scenarios, job.pk)
    return len(started)


@shared_task
def run_impact(job_id: int) -> None:
    run_job(job_id, impact_measuring.run_measuring)


@shared_task
def run_impact_share(job_id: int) -> None:
    run_job(job_id, impact_shares.run)


@shared_task
def measure_impacts() -> int:
    """What newer versions of models did to the targets of batches."""
    started = impact.start_due()
    for job in started:
        wake(run_impact, job.pk)
    return len(started)


keepers.append(keeping.VERSIONS)
registry.register(freezing.KIND, run_freezing)
registry.register(campaigns.KIND, run_campaign_preparing)
registry.register(exports.KIND, run_dataset_export)
registry.register(evaluations.KIND, run_evaluation)
registry.register(vector_jobs.KIND, run_vectors)
registry.register(scenario_runs.KIND, run_scenarios)
registry.register(bulk_edits.KIND, run_bulk_edit)
registry.register(bulk_edits.UNDO_KIND, run_bulk_edit_undo)
registry.register(tracing.KIND, run_tracing)
registry.register(impact.KIND, run_impact)
registry.register(impact_shares.KIND, run_impact_share)
registry.register(slice_search.KIND, run_slices)
