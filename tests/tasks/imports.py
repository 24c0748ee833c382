"""How the import tests run an import in one call."""

import io

from django.utils import timezone

from labelops.jobs.models import Job
from labelops.jobs.services import HEARTBEAT_LIMIT, run_job
from tasks.services.annotations_import import run_annotation_import, start_annotation_import
from tasks.services.imports import run_import, start_import


def import_bytes(project, content, *, name="items.csv", **keywords):
    """The ended job of an import of these bytes."""
    transfer = start_import(
        project, file=io.BytesIO(content), file_name=name, by=project.created_by, **keywords
    )
    return finish(transfer, run_import)


def import_labels(project, content, *, name="labels.csv", **keywords):
    transfer = start_annotation_import(
        project, file=io.BytesIO(content), file_name=name, by=project.created_by, **keywords
    )
    return finish(transfer, run_annotation_import)


def finish(transfer, work):
    run_job(transfer.job_id, work)
    return Job.objects.get(pk=transfer.job_id)


class Killed(BaseException):
    """Stands for kill -9: no handler of ours may see it."""


def as_if_silent(job_id):
    """The worker is dead: its heartbeat is old."""
    Job.objects.filter(pk=job_id).update(heartbeat_at=timezone.now() - 2 * HEARTBEAT_LIMIT)
