"""Whether a back end is asked at all: after three failures in a row it is left alone for a while.

The next failure after that leaves it alone for longer; a success forgets them all.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from labelops.errors import Conflict, DomainError
from tasks.models import ModelBackend

FAILURES = 3
RESTS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
CALLS_KEPT = 20


def require_askable(backend: ModelBackend) -> None:
    """Raises Conflict while it is switched off, rests, or its version was stopped."""
    if not backend.is_active:
        raise Conflict(_("It is switched off; switch it on first."), code="switched_off")
    if backend.is_resting:
        raise Conflict(resting_sentence(backend), code="resting")
    version = backend.model_version
    if version is not None and version.stopped_at is not None:
        raise Conflict(
            _("Its version %(version)s was stopped, and is asked nothing.")
            % {"version": version.version},
            code="model_stopped",
            hint=_("Let it begin again on the page of the version."),
        )


def resting_sentence(backend: ModelBackend) -> str:
    until = date_format(timezone.localtime(backend.rests_until), "TIME_FORMAT")
    return _(
        "It failed several times in a row, and is left alone until %(until)s: test the connection "
        "when it is mended, and it may be asked at once."
    ) % {"until": until}


def note_success(backend: ModelBackend, took_ms: int | None = None) -> None:
    forget(backend)
    backend.last_success_at = timezone.now()
    if took_ms is not None:
        backend.recent_ms = [*backend.recent_ms, took_ms][-CALLS_KEPT:]
    _store(backend, "last_success_at", "recent_ms")


def note_failure(backend: ModelBackend, error: DomainError, *, now: datetime | None = None) -> None:
    """Count it; the third in a row, and each after that, leaves the back end alone."""
    now = now or timezone.now()
    with transaction.atomic():
        locked = ModelBackend.objects.select_for_update().filter(pk=backend.pk).first()
        if locked is None:
            return
        backend.failure_count = locked.failure_count + 1
        backend.rest_count, backend.rests_until = locked.rest_count, locked.rests_until
        backend.last_error = error.words
        if backend.failure_count >= FAILURES:
            backend.rests_until = now + RESTS[min(backend.rest_count, len(RESTS) - 1)]
            backend.rest_count += 1
        _store(backend)


def note_trial(backend: ModelBackend, error: DomainError) -> None:
    """What somebody tried by hand is said, and not counted."""
    backend.last_error = error.words
    ModelBackend.objects.filter(pk=backend.pk).update(last_error=error.words)


def forget(backend: ModelBackend) -> None:
    backend.failure_count = backend.rest_count = 0
    backend.rests_until, backend.last_error = None, ""


def _store(backend: ModelBackend, *names: str) -> None:
    fields = ("failure_count", "rest_count", "rests_until", "last_error", *names)
    ModelBackend.objects.filter(pk=backend.pk).update(
        **{name: getattr(backend, name) for name in fields}
    )
