"""Celery doors of reviews: each calls one service."""

from celery import shared_task

from reviews.services import calibration, consensus, inference, quality, rollup_recounts, rollups
from tasks.models import Project


@shared_task
def assess_waiting() -> int:
    """Every task whose labels are in; the quality pages know of them at once."""
    count = consensus.assess_waiting()
    rollups.count_changes()
    return count


@shared_task
def check_calibrations() -> int:
    """Batches start once the people of their calibration runs agree."""
    return calibration.check_running()


@shared_task
def compute_quality(project_id: int) -> None:
    rollups.count_changes()
    quality.compute_snapshot(Project.objects.get(pk=project_id))


@shared_task
def count_changes() -> int:
    """What was labelled, decided or measured since, into the sums of the quality pages."""
    return rollups.count_changes()


@shared_task
def refit_models() -> int:
    """Projects where something was labelled or decided since their people were last weighed."""
    return inference.refit_outdated()


@shared_task
def refresh_quality() -> int:
    """Projects where something was labelled or decided since their figures were computed."""
    return quality.refresh_outdated()


@shared_task
def report_quality_drift() -> int:
    """Nightly: the quality sums against the labels they stand for."""
    return rollup_recounts.report_drift()
