"""Asks a back end to learn, and sees later whether it has become another version."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import create_job
from tasks.models import ModelBackend, Project
from tasks.services import model_backend_client as client
from tasks.services import model_backend_rests as rests
from tasks.services.model_backends import (
    backend_of,
    labeling_config_of,
    lock_backend,
    note_version,
)

KIND = "teach_model_backend"
WAITED = timedelta(days=1)
AGAIN_AFTER = timedelta(minutes=10)
LOOKED_AT_ONCE = 10
LOOK_SECONDS = 5.0


def start_learning(backend: ModelBackend, *, by: User) -> Job:
    """The caller must wake the job: some back ends answer when they have learned."""
    with transaction.atomic():
        backend = lock_backend(backend.pk)
        rests.require_askable(backend)
        labeling_config_of(backend)
        if backend.model_version is None:
            raise Conflict(
                _("Nobody knows yet which version it is now. Test the connection first."),
                code="version_unknown",
            )
        now, since = timezone.now(), backend.learning_since
        if since is not None and now - since < AGAIN_AFTER:
            raise Conflict(_("It has just been asked to learn."), code="asked_already")
        backend.learning_since = now
        backend.save(update_fields=["learning_since"])
        record(by, "model_backend.taught", backend)
        return create_job(KIND, {"backend": backend.pk}, by=by, project_id=backend.project_id)


def run_learning(job: Job) -> None:
    """Raises BackendFailed when it said no. That it takes its time to answer is no refusal."""
    backend = backend_of(job.payload["backend"])
    with translation.override(job.created_by.language):
        try:
            client.start_training(backend, labeling_config_of(backend))
        except client.BackendFailed as error:
            if error.code != client.SLOW:
                rests.note_trial(backend, error)
                _end(backend)
                raise


def look_for_learned(*, now: datetime | None = None) -> int:
    """Set those up again that were asked to learn. Returns how many are a new version now."""
    now = now or timezone.now()
    learning = ModelBackend.objects.filter(
        learning_since__isnull=False, is_active=True, project__in=Project.objects.live()
    )
    rows = learning.select_related("project", "model_version", "created_by")
    return sum(_look(backend, now) for backend in rows.order_by("learning_since")[:LOOKED_AT_ONCE])


def _look(backend: ModelBackend, now: datetime) -> bool:
    if backend.is_resting:
        return False
    with translation.override(backend.created_by.language):
        try:
            named = client.set_up(backend, labeling_config_of(backend), seconds=LOOK_SECONDS)
        except DomainError:
            named = backend.setup_version
        if named != backend.setup_version:
            note_version(backend, named, by=backend.created_by)
            return True
        if now - backend.learning_since > WAITED:
            sentence = _("It was asked to learn, and is the same version a day later.")
            rests.note_trial(backend, DomainError(sentence))
            _end(backend)
    return False


def _end(backend: ModelBackend) -> None:
    ModelBackend.objects.filter(pk=backend.pk).update(learning_since=None)
