"""The life of a leased assignment: heartbeat, draft, release, skip."""

import json
import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.prepared import PreparedQuery
from tasks.models import Assignment, Draft, SkipReason, Stage, Task
from tasks.services import eligibility, results, slots, suggestions, tallies
from tasks.services.instructions import published_content

DRAFT_BYTES = 1_000_000
COMMENT_LENGTH = 1_000
SKIPS_UNTIL_EXPERT = 3


def _locked(user_id: int, public_id: uuid.UUID) -> QuerySet[Assignment]:
    draft = Draft.objects.filter(
        task=OuterRef("task"), annotator=OuterRef("annotator"), stage=OuterRef("stage")
    )
    own = Assignment.objects.filter(
        annotator=user_id, public_id=public_id, batch__project__deleted_at=None
    )
    return (
        suggestions.with_prediction(own)
        .select_for_update(of=("self", "task"))
        .select_related("task__item", "batch")
        .annotate(has_draft=Exists(draft))
    )


locked_assignment = PreparedQuery(_locked)


def lock_assignment(public_id: uuid.UUID, user: User, *, stage: Stage | None = None) -> Assignment:
    """One of the person's own assignments with its task, both under a row lock.

    What is not theirs does not exist: raises Assignment.DoesNotExist. `has_draft` spares the
    submit a statement.
    """
    found = locked_assignment.fetch(user_id=user.pk, public_id=public_id)
    if not found or (stage and found[0].stage != stage):
        raise Assignment.DoesNotExist
    [assignment] = found
    if assignment.instruction_version_id is not None:
        assignment.instruction_version = published_content(assignment.instruction_version_id)
    return assignment


def require_lease(assignment: Assignment) -> None:
    if assignment.state == Assignment.State.REVOKED and assignment.comment:
        raise Conflict(
            _("This task was taken from you: %(reason)s") % {"reason": assignment.comment},
            code="lease_lost",
            hint=_("Go on with the next task."),
        )
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
        assignment.leased_until = now + assignment.batch.lease_time
        assignment.save(update_fields=["leased_until"])
    return assignment.leased_until


def save_draft(
    assignment: Assignment,
    answer: dict[str, Any],
    *,
    by: User,
    is_late: bool = False,
    now: datetime | None = None,
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
        defaults={"answer": answer, "saved_at": now or timezone.now(), "is_late": is_late},
    )
    return draft


def release(assignment: Assignment, *, by: User, now: datetime | None = None) -> None:
    """Give a task back without penalty; a draft stays, and brings it back to its author first."""
    now = now or timezone.now()
    with transaction.atomic():
        assignment = lock_assignment(assignment.public_id, by)
        require_lease(assignment)
        slots.end(assignment, Assignment.State.RELEASED, now=now)
        if slots.is_wanted(assignment, assignment.task):
            draft = Draft.objects.filter(
                task=assignment.task_id, annotator=by, stage=assignment.stage, is_late=False
            )
            slots.successor(assignment, preferring=by.pk if draft.exists() else None).save()
        else:
            slots.drop_label(assignment)
        record(by, "assignment.released", assignment)


def skip(
    assignment: Assignment,
    *,
    reason: str,
    by: User,
    comment: str = "",
    now: datetime | None = None,
) -> None:
    """Pass a task on with a reason. After several people, or the last one, an expert decides."""
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
        assignment.reason, assignment.comment = reason, comment[:COMMENT_LENGTH]
        slots.end(assignment, Assignment.State.SKIPPED, now=now)
        record(by, "assignment.skipped", assignment, reason=reason)
        _pass_on(assignment, now=now)
        if assignment.stage == Stage.ANNOTATE:
            tallies.add(assignment.batch_id, by.pk, skip_count=1)


def _pass_on(assignment: Assignment, *, now: datetime) -> None:
    task = assignment.task
    if task.state == Task.State.GOLD:
        # Whoever skipped it does not get it again, and nobody else was meant.
        return
    if not slots.is_wanted(assignment, task):
        slots.drop_label(assignment)
    elif assignment.stage == Stage.ANNOTATE and _skip_count(task) >= SKIPS_UNTIL_EXPERT:
        slots.drop_label(assignment)
        results.open_adjudication(task, by=None, reason="skipped by several people")
    else:
        slots.successor(assignment).save()
        if assignment.stage == Stage.ANNOTATE and not eligibility.anybody_left(task):
            results.open_adjudication(task, by=None, reason="nobody is left to ask")


def _skip_count(task: Task) -> int:
    return slots.labeling_slots(task).filter(state=Assignment.State.SKIPPED).count()
