"""Celery doors of tasks: each fetches a row and calls one service."""

from celery import shared_task

from labelops.jobs import registry
from labelops.jobs.services import run_job
from tasks.services import annotations_import, batch_filling, exports, handout, imports, progress


@shared_task
def expire_leases() -> int:
    """End leases that ran out, so that their slots are handed out again."""
    return handout.expire_leases()


@shared_task
def refresh_progress() -> int:
    """Recount the batches whose figures can still change."""
    return progress.refresh_unfinished()


@shared_task
def run_import(job_id: int) -> None:
    run_job(job_id, imports.run_import)


@shared_task
def run_annotation_import(job_id: int) -> None:
    run_job(job_id, annotations_import.run_annotation_import)


@shared_task
def run_export(job_id: int) -> None:
    run_job(job_id, exports.run_export)


@shared_task
def run_filling(job_id: int) -> None:
    run_job(job_id, batch_filling.run_filling)


registry.register(batch_filling.KIND, run_filling)
registry.register(imports.KIND, run_import)
registry.register(annotations_import.KIND, run_annotation_import)
registry.register(exports.KIND, run_export)
