"""The sweeper: wakes jobs whose wake-up call or worker was lost."""

from celery import shared_task

from labelops.jobs import registry
from labelops.jobs.services import unfinished_jobs, wake


@shared_task
def reap_jobs() -> int:
    jobs = unfinished_jobs()
    for job in jobs:
        wake(registry.door(job.kind), job.pk)
    return len(jobs)
