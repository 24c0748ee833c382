"""Celery doors of tasks: each fetches a row and calls one service."""

from celery import shared_task

from labelops.jobs import registry
from labelops.jobs.services import run_job
from tasks.services import (
    annotations_import,
    batch_filling,
    deletions,
    due_dates,
    exports,
    import_undo,
    imports,
    leases,
    model_backend_asking,
    model_backend_learning,
    model_backend_runs,
    overlaps,
    pace,
    purging,
    recounts,
    rejections,
    stale,
    stranded,
    suspensions,
    uploads,
)


@shared_task
def expire_leases() -> int:
    """End leases that ran out, so that their slots are handed out again."""
    return leases.expire_leases()


@shared_task
def end_suspensions() -> int:
    """Close what ran out; of those in force take back what was handed out at the same moment."""
    return suspensions.close_due() + suspensions.hold_back()


@shared_task
def purge_drafts() -> int:
    return leases.purge_drafts()


@shared_task
def purge_files() -> int:
    """What was kept for people who never came for it."""
    return rejections.purge_rejected() + uploads.purge_uploads()


@shared_task
def tell_due() -> int:
    """Once a day: tell managers of batches that are due soon, and of those that are late."""
    return due_dates.tell_due()


@shared_task
def purge_bin() -> int:
    """Once a night: remove for good what has been in the bin for 30 days."""
    return purging.purge()


@shared_task
def set_aside_late() -> int:
    """Tasks that were made of an item at the moment it was deleted."""
    return deletions.set_aside_late()


@shared_task
def refresh_pace() -> int:
    return pace.refresh_running()


@shared_task
def report_drift() -> int:
    """Once a night: say in the log where a running count is not what its rows say."""
    return recounts.report_drift()


@shared_task
def rescue_stranded() -> int:
    """Give experts the tasks that nobody is left to label."""
    return stranded.rescue()


@shared_task
def run_import(job_id: int) -> None:
    run_job(job_id, imports.run_import)


@shared_task
def run_undo(job_id: int) -> None:
    run_job(job_id, import_undo.run_undo)


@shared_task
def run_annotation_import(job_id: int) -> None:
    run_job(job_id, annotations_import.run_annotation_import)


@shared_task
def run_export(job_id: int) -> None:
    run_job(job_id, exports.run_export)


@shared_task
def run_filling(job_id: int) -> None:
    run_job(job_id, batch_filling.run_filling)


@shared_task
def take_out_abandoned() -> int:
    """Remove from batches what cancelled and failed imports had added, unseen by anybody."""
    return batch_filling.take_out_abandoned()


@shared_task
def run_asking(job_id: int) -> None:
    run_job(job_id, model_backend_runs.run_asking)


@shared_task
def run_learning(job_id: int) -> None:
    run_job(job_id, model_backend_learning.run_learning)


@shared_task
def look_for_learned() -> int:
    return model_backend_learning.look_for_learned()


@shared_task
def run_adjusting(job_id: int) -> None:
    run_job(job_id, overlaps.run_adjusting)


@shared_task
def run_stale(job_id: int) -> None:
    run_job(job_id, stale.run_stale)


@shared_task
def run_deleting(job_id: int) -> None:
    run_job(job_id, deletions.run_deleting)


@shared_task
def run_restoring(job_id: int) -> None:
    run_job(job_id, deletions.run_restoring)


registry.register(deletions.DELETE, run_deleting)
registry.register(deletions.RESTORE, run_restoring)
registry.register(batch_filling.KIND, run_filling)
registry.register(model_backend_asking.KIND, run_asking)
registry.register(model_backend_learning.KIND, run_learning)
registry.register(overlaps.KIND, run_adjusting)
registry.register(stale.KIND, run_stale)
registry.register(imports.KIND, run_import)
registry.register(import_undo.KIND, run_undo)
registry.register(annotations_import.KIND, run_annotation_import)
registry.register(exports.KIND, run_export)
