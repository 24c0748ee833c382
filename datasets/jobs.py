"""Celery doors of datasets: each fetches a row and calls one service."""

from celery import shared_task

from datasets.services import campaigns, exports, freezing, keeping
from labelops.jobs import registry
from labelops.jobs.services import run_job
from tasks.services.kept_items import keepers


@shared_task
def run_freezing(job_id: int) -> None:
    run_job(job_id, freezing.run_freezing)


@shared_task
def run_dataset_export(job_id: int) -> None:
    run_job(job_id, exports.run_export)


@shared_task
def run_campaign_preparing(job_id: int) -> None:
    run_job(job_id, campaigns.run_preparing)


keepers.append(keeping.VERSIONS)
registry.register(freezing.KIND, run_freezing)
registry.register(campaigns.KIND, run_campaign_preparing)
registry.register(exports.KIND, run_dataset_export)
