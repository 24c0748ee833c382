"""Starts the jobs that ask a back end, one at a time for each of them."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict
from labelops.jobs.models import Job
from labelops.jobs.services import create_job
from tasks.models import Batch, ModelBackend
from tasks.services import model_backend_rests as rests
from tasks.services.model_backends import labeling_config_of, lock_backend

KIND = "ask_model_backend"
BROKEN_OFF = (Job.State.FAILED, Job.State.CANCELLED)


def start_asking(backend: ModelBackend, *, batch: Batch | None = None, by: User) -> Job:
    """Ask about all that its version has not answered; the caller must wake the job."""
    payload = {"backend": backend.pk, "batch": batch.pk if batch else None}
    with transaction.atomic():
        return _start(lock_backend(backend.pk), payload, {}, by=by)


def go_on(backend: ModelBackend, *, by: User) -> Job:
    """Go on where the last round broke off, without what it passed over. Raises Conflict."""
    with transaction.atomic():
        backend = lock_backend(backend.pk)
        last = backend.job
        if last is None or last.state not in BROKEN_OFF:
            raise Conflict(_("Nothing was broken off."), code="not_broken_off")
        payload = {name: last.payload[name] for name in ("backend", "batch")}
        return _start(backend, payload, last.cursor, by=by)


def _start(
    backend: ModelBackend, payload: dict[str, Any], cursor: dict[str, Any], *, by: User
) -> Job:
    rests.require_askable(backend)
    labeling_config_of(backend)
    if backend.job is not None and not backend.job.is_finished:
        raise Conflict(_("It is being asked already."), code="asked_already")
    job = create_job(KIND, payload, by=by, project_id=backend.project_id)
    if cursor:
        job.cursor = cursor
        job.save(update_fields=["cursor"])
    backend.job = job
    backend.save(update_fields=["job"])
    record(by, "model_backend.asked", backend)
    return job
