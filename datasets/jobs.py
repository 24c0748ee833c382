"""Celery doors of datasets: each fetches a row and calls one service."""

from celery import shared_task

from datasets.services import (
    evaluation_runs,
    evaluations,
    exports,
    freezing,
    impact,
    impact_measuring,
    keeping,
    scenario_runs,
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
def run_scenarios(job_id: int) -> None:
    run_job(job_id, scenario_runs.run_all)


@shared_task
def run_impact(job_id: int) -> None:
    run_job(job_id, impact_measuring.run_measuring)


@shared_task
def measure_impacts() -> int:
    """What newer versions of models did to the targets of batches."""
    started = impact.start_due()
    for job in started:
        wake(run_impact, job.pk)
    return len(started)


keepers.append(keeping.VERSIONS)
registry.register(freezing.KIND, run_freezing)
registry.register(exports.KIND, run_dataset_export)
registry.register(evaluations.KIND, run_evaluation)
registry.register(vector_jobs.KIND, run_vectors)
registry.register(scenario_runs.KIND, run_scenarios)
registry.register(impact.KIND, run_impact)
