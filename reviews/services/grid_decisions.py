"""What a page of tiles is confirmed as: each tile is decided by itself, as on the desk."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.errors import Conflict
from reviews import access
from reviews.models import AttentionCheck, RejectReason, Review
from reviews.services import attention, desk
from reviews.services.grid_review import is_stored_as
from tasks.models import Stage
from tasks.services import grid
from tasks.services.grid import Fate

SINGLY = "singly"
MARKS = (Review.Decision.ACCEPT, Review.Decision.FIX, Review.Decision.REJECT, SINGLY)
# What can be wrong with one class; what has to be said in words is said on the single view.
REASONS = (RejectReason.WRONG_CLASS, RejectReason.RULE_NOT_FOLLOWED)


@dataclass(frozen=True)
class Mark:
    """What the reviewer says of one tile: the class it is, or the reason to reject it."""

    assignment: uuid.UUID
    mark: str
    value: str = ""
    reason: str = ""


def confirm_page(
    user: User,
    marks: Sequence[Mark],
    *,
    value: str,
    request_id: uuid.UUID,
    now: datetime | None = None,
) -> list[Fate]:
    """Decide each tile by itself; `value` is the class that the page was shown as.

    The same page again, with the same key, changes nothing.
    """
    now = now or timezone.now()
    checks = attention.own_checks(user, [mark.assignment for mark in marks])
    return [
        _fate(user, mark, checks.get(mark.assignment), value, request_id, now) for mark in marks
    ]


def _fate(
    user: User,
    mark: Mark,
    check: AttentionCheck | None,
    value: str,
    request_id: uuid.UUID,
    now: datetime,
) -> Fate:
    if check:
        attention.answer_check(check, is_caught=mark.mark != Review.Decision.ACCEPT, now=now)
    elif mark.mark != SINGLY:
        key = uuid.uuid5(request_id, str(mark.assignment))
        return grid.fate_of(
            mark.assignment, lambda: _decide(user, mark, value=value, request_id=key, now=now)
        )
    return Fate(mark.assignment)


def _decide(user: User, mark: Mark, *, value: str, request_id: uuid.UUID, now: datetime) -> Review:
    own = access.review_slots(user).filter(annotator=user, stage=Stage.REVIEW)
    row = own.select_related("task__consensus", "instruction_version").get(
        public_id=mark.assignment
    )
    answer = None
    if mark.mark == Review.Decision.ACCEPT:
        if not is_stored_as(row, value):
            raise Conflict(
                _("The label has changed meanwhile."),
                code="label_changed",
                hint=_("It comes again, as what it is now."),
            )
        answer = row.task.consensus.answer
    elif mark.mark == Review.Decision.FIX:
        [control] = row.instruction_version.label_schema["controls"]
        answer = {control["name"]: mark.value}
    reason = RejectReason.WRONG_CLASS if mark.mark == Review.Decision.FIX else mark.reason
    return desk.decide(
        row,
        decision=mark.mark,
        reason=reason,
        answer=answer,
        by=user,
        request_id=request_id,
        now=now,
    )
