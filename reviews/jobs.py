"""Celery doors of reviews: each calls one service."""

from celery import shared_task

from labelops.jobs import registry
from labelops.jobs.services import run_job, wake
from reviews.models import ClosedMonth, PayRate, StatementLine
from reviews.services import (
    anchoring,
    batch_figures,
    built_in_predictions,
    calibration,
    consensus,
    detector_standings,
    forecasts,
    gold_leaks,
    gold_measuring,
    inference,
    label_issues,
    lot_returns,
    lots,
    model_redo,
    model_training,
    model_trust_sweeps,
    person_withdrawals,
    quality,
    rollup_recounts,
    rollups,
    second_looks,
    task_routing,
    trust_sweeps,
)
from tasks.models import Batch, Project
from tasks.services.row_removal import kept_models


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
def check_gold_leaks() -> int:
    """People who do better where answers may be known."""
    return gold_leaks.check_leaks()


@shared_task
def measure_anchoring() -> int:
    """What people do with suggestions, in every batch that has some."""
    return anchoring.measure_all()


@shared_task
def measure_gold(assignment_id: int) -> bool:
    """One answer on hidden gold."""
    return gold_measuring.measure_assignment(assignment_id)


@shared_task
def measure_waiting_gold() -> int:
    """Answers on hidden gold whose wake-up call was lost."""
    return gold_measuring.measure_waiting()


@shared_task
def compute_quality(project_id: int) -> None:
    rollups.count_changes()
    quality.compute_snapshot(Project.objects.get(pk=project_id))


@shared_task
def count_changes() -> int:
    """What was labelled, decided or measured since, into the sums of the quality pages."""
    return rollups.count_changes()


@shared_task
def forecast_batch(batch_id: int) -> None:
    """After a change of what a batch asks for."""
    forecasts.refresh(Batch.objects.get(pk=batch_id))


@shared_task
def refresh_forecasts() -> int:
    """Running batches in which something changed since they were foretold."""
    return forecasts.refresh_outdated()


@shared_task
def refit_models() -> int:
    """Projects where something was labelled or decided since their people were last weighed."""
    return inference.refit_outdated()


@shared_task
def refresh_quality() -> int:
    """Projects where something was labelled or decided since their figures were computed."""
    return quality.refresh_outdated()


@shared_task
def tend_second_looks() -> int:
    """Second looks that lost their slot are opened again, or given up."""
    return second_looks.tend()


@shared_task
def refresh_batch_figures() -> int:
    """What the board shows of open batches, where it is a quarter of an hour old."""
    return batch_figures.refresh_due()


@shared_task
def assess_detectors() -> int:
    """Projects in which experts decided labels that looked wrong."""
    return detector_standings.assess_outdated()


@shared_task
def find_label_issues() -> int:
    """Once a night: a look at all labels, where there are new ones or new predictions."""
    jobs = label_issues.start_due()
    for job in jobs:
        wake(run_label_issues, job.pk)
    return len(jobs)


@shared_task
def run_label_issues(job_id: int) -> None:
    run_job(job_id, label_issues.run)


@shared_task
def run_return(job_id: int) -> None:
    run_job(job_id, lot_returns.run_return)


@shared_task
def run_withdrawal(job_id: int) -> None:
    run_job(job_id, person_withdrawals.run_withdrawal)


@shared_task
def run_withdrawal_undo(job_id: int) -> None:
    run_job(job_id, person_withdrawals.run_undo)


@shared_task
def run_training(job_id: int) -> None:
    run_job(job_id, model_training.run_training)


@shared_task
def predict_later_items() -> int:
    """Items that came after a built-in model, and versions whose training was given up."""
    model_training.drop_abandoned()
    return built_in_predictions.predict_later()


@shared_task
def tend_lots() -> int:
    """Every label of an open lot's sample can be looked at, whatever happened to it meanwhile."""
    return lots.tend_open_lots()


@shared_task
def take_looks() -> int:
    """Whoever was measured, or given a level, within the last hour."""
    return trust_sweeps.take_looks()


@shared_task
def take_all_looks() -> int:
    """Once a night: everybody, as old measurements may have been made void."""
    return trust_sweeps.take_all_looks()


@shared_task
def weigh_models() -> int:
    """Models against what turned out to be right, and what follows for their levels."""
    return model_trust_sweeps.weigh()


@shared_task
def weigh_all_models() -> int:
    """Once a night: every version at work, as old checks may have changed."""
    return model_trust_sweeps.weigh_all()


@shared_task
def route_batch(batch_id: int) -> int:
    """After a change of what a batch asks of its model."""
    return task_routing.route_batch(Batch.objects.get(pk=batch_id))


@shared_task
def route_waiting() -> int:
    """Tasks that nobody has begun, in running batches of projects with a model."""
    return task_routing.route_waiting()


@shared_task
def redo_model_answers() -> int:
    """What a model that lost its level, or was stopped, had answered."""
    return model_redo.redo_waiting()


@shared_task
def report_quality_drift() -> int:
    """Nightly: the quality sums against the labels they stand for."""
    return rollup_recounts.report_drift()


kept_models.update({ClosedMonth, PayRate, StatementLine})
registry.register(label_issues.KIND, run_label_issues)
registry.register(lot_returns.KIND, run_return)
registry.register(model_training.KIND, run_training)
registry.register(person_withdrawals.KIND, run_withdrawal)
registry.register(person_withdrawals.UNDO_KIND, run_withdrawal_undo)
