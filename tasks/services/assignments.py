"""The life of a leased assignment: heartbeat, draft, release, skip."""

import json
import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from tasks.models import Assignment, Draft, SkipReason, Stage
from tasks.services import results, slots

DRAFT_BYTES = 1_000_000
COMMENT_LENGTH = 1_000
SKIPS_UNTIL_EXPERT = 3


def lock_assignment(public_id: uuid.UUID, user: User) -> Assignment:
    """The person's own assignment under a row lock. Raises Assignment.DoesNotExist."""
    return (
        Assignment.objects.select_for_update(of=("self",))
        .select_related("task__item", "batch__project", "instruction_version")
        .get(public_id=public_id, annotator=user)
    )


def require_lease(assignment: Assignment) -> None:
    if assignment.state != Assignment.State.LEASED:
        raise Conflict(
            _("This task is no longer yours: it is %(state)s.")
            % {"state": assignment.get_state_display()},
            code="lease_lost",
            hint=_("Go on with the next task."),
        )


def heartbeat(assignment: Assignment, *, by: User, now: datetime | None = None) -> datetime:
    """Move the end of the lease on while the person is at work."""
    now = now or timezone.now()
    with transaction.atomic():
        assignment = lock_assignment(assignment.public_id, by)
        require_lease(assignment)
        assignment.leased_until = now + slots.LEASE_TIME
        assignment.save(update_fields=["leased_until"])
    return assignment.leased_until


def save_draft(
    assignment: Assignment, answer: dict[str, Any], *, by: User, now: datetime | None = None
) -> Draft:
    """Keep an unfinished answer as it is; only its size is checked until it is submitted."""
    if not isinstance(answer, dict):
        raise DomainError(_("A draft is an object."), field="answer")
    if len(json.dumps(answer)) > DRAFT_BYTES:
        raise DomainError(_("This draft is too large to keep."), field="answer")
    draft, _created = Draft.objects.update_or_create(
        task_id=assignment.task_id,
        annotator=by,
        stage=assignment.stage,
        defaults={"answer": answer, "saved_at": now or timezone.now()},
    )
    return draft


def release(assignment: Assignment, *, by: User, now: datetime | None = None) -> None:
    """Give a task back without penalty; the draft stays."""
    with transaction.atomic():
        assignment = lock_assignment(assignment.public_id, by)
        require_lease(assignment)
        slots.free(assignment, Assignment.State.RELEASED, now=now or timezone.now(), reopen=True)
        record(by, "assignment.released", assignment)


def skip(
    assignment: Assignment,
    *,
    reason: str,
    by: User,
    comment: str = "",
    now: datetime | None = None,
) -> None:
    """Pass a task on with a reason. When several people did, an expert decides."""
    if reason not in SkipReason.values:
        raise DomainError(
            _("“%(reason)s” is not a reason for skipping.") % {"reason": str(reason)[:80]},
            field="reason",
            hint=_("One of: %(reasons)s.") % {"reasons": ", ".join(SkipReason.values)},
        )
    now = now or timezone.now()
    with transaction.atomic():
        assignment = lock_assignment(assignment.public_id, by)
        require_lease(assignment)
        task = results.lock_task(assignment.task_id)
        assignment.reason, assignment.comment = reason, comment[:COMMENT_LENGTH]
        skip_count = Assignment.objects.filter(
            task=task, stage=Stage.ANNOTATE, round=task.round, state=Assignment.State.SKIPPED
        ).count()
        needs_expert = (
            assignment.stage == Stage.ANNOTATE
            and assignment.round == task.round
            and skip_count + 1 >= SKIPS_UNTIL_EXPERT
        )
        slots.free(assignment, Assignment.State.SKIPPED, now=now, reopen=not needs_expert)
        record(by, "assignment.skipped", assignment, reason=reason)
        if needs_expert:
            results.open_adjudication(task, by=None, reason="skipped by several people")
