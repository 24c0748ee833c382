"""What model versions may do: set by evidence or by a manager, and taken away at once by a stop."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from labelops.accounts.models import User
from labelops.audit.services import record
from tasks.models import ModelGrant, ModelVersion
from tasks.services.checks import REASON_LENGTH, check_words


def set_grant(
    model_version: ModelVersion,
    label: str,
    *,
    level: int,
    cut: float | None = None,
    bar_percent: int | None = None,
    by: User | None,
    reason: str,
    redo_since: datetime | None = None,
    now: datetime | None = None,
) -> ModelGrant:
    """Give a model version a level in one class; `by` None says that evidence did.

    Level 4 takes a cut and the bar proved there. `redo_since`: what it answered in this class
    since then is done anew; an earlier moment that still waits stays.
    """
    now = now or timezone.now()
    with transaction.atomic():
        ModelVersion.objects.select_for_update().get(pk=model_version.pk)
        found = ModelGrant.objects.filter(model_version=model_version, label=label).first()
        grant = found or ModelGrant(model_version=model_version, label=label)
        before = _facts(grant)
        if grant.level != level or found is None:
            grant.former_level, grant.since = grant.level, now
        grant.level, grant.cut, grant.bar_percent = level, cut, bar_percent
        moments = [moment for moment in (grant.redo_since, redo_since) if moment]
        grant.redo_since = min(moments, default=None)
        grant.reason, grant.set_by = reason.strip()[:REASON_LENGTH], by
        grant.save()
        record(by, "model_grant.set", grant, before=before, after=_facts(grant), reason=reason)
    return grant


def stop(model_version: ModelVersion, *, by: User, reason: str, redo: bool) -> ModelVersion:
    """Take everything from a model version at once. Doing it again changes nothing.

    `redo`: what it ever answered alone, or as a second reader, is done anew. Raises DomainError
    without a reason.
    """
    reason = check_words(reason, REASON_LENGTH, field="reason")
    now = timezone.now()
    with transaction.atomic():
        locked = ModelVersion.objects.select_for_update().get(pk=model_version.pk)
        if locked.stopped_at:
            return locked
        locked.stopped_at, locked.stopped_by, locked.stop_reason = now, by, reason
        locked.save(update_fields=["stopped_at", "stopped_by", "stop_reason"])
        for grant in locked.grants.order_by("pk"):
            set_grant(
                locked,
                grant.label,
                level=ModelGrant.Level.SHADOW,
                by=by,
                reason=reason,
                redo_since=locked.created_at if redo else None,
                now=now,
            )
        record(by, "model_version.stopped", locked, after={"redo": redo}, reason=reason)
    return locked


def resume(model_version: ModelVersion, *, by: User, reason: str) -> ModelVersion:
    """Let a stopped version begin again, in the shadow. Doing it again changes nothing."""
    with transaction.atomic():
        locked = ModelVersion.objects.select_for_update().get(pk=model_version.pk)
        if locked.stopped_at is None:
            return locked
        locked.stopped_at, locked.stopped_by, locked.stop_reason = None, None, ""
        locked.save(update_fields=["stopped_at", "stopped_by", "stop_reason"])
        record(by, "model_version.resumed", locked, reason=reason)
    return locked


def _facts(grant: ModelGrant) -> dict[str, object]:
    return {
        "label": grant.label,
        "level": grant.level,
        "cut": grant.cut,
        "bar_percent": grant.bar_percent,
    }
