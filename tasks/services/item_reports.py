"""Broken items: reported by who has them before them, resolved by the project's own people."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from tasks.models import Assignment, ItemReport, Project, SkipReason
from tasks.services import assignments

NOTE_LENGTH = 1_000
# More than this many is "many": a count of all would cost the more the worse things are.
COUNTED = 100


def report_item(
    assignment: Assignment,
    *,
    reason: str,
    by: User,
    comment: str = "",
    now: datetime | None = None,
) -> ItemReport:
    """Say what is wrong with the item of a lease; the lease ends as a skip for bad data.

    Raises DomainError with the field, Conflict `lease_lost`.
    """
    comment = comment.strip()
    _check(reason, comment)
    now = now or timezone.now()
    with transaction.atomic():
        assignments.skip(assignment, reason=SkipReason.BAD_DATA, comment=comment, by=by, now=now)
        item = assignment.task.item
        report = ItemReport.objects.create(
            project_id=item.project_id,
            item=item,
            assignment=assignment,
            reporter=by,
            reason=reason,
            comment=comment,
            created_at=now,
        )
        record(by, "item.reported", item, reason=reason)
    return report


def _check(reason: str, comment: str) -> None:
    if reason not in ItemReport.Reason.values:
        raise DomainError(
            _("“%(reason)s” is not a reason for a report.") % {"reason": str(reason)[:80]},
            field="reason",
            hint=_("One of: %(reasons)s.") % {"reasons": ", ".join(ItemReport.Reason.values)},
        )
    if reason == ItemReport.Reason.OTHER and not comment:
        raise DomainError(
            _("Say in a sentence what is wrong with the item."),
            code="comment_needed",
            field="comment",
        )
    if len(comment) > assignments.COMMENT_LENGTH or "\x00" in comment:
        raise DomainError(
            _("A comment has at most %(limit)d characters.")
            % {"limit": assignments.COMMENT_LENGTH},
            field="comment",
        )


def resolve_report(
    report: ItemReport, *, note: str, by: User, now: datetime | None = None
) -> ItemReport:
    """Close a report with a note: what was done, or why the item is fine.

    Raises DomainError without a note, Conflict when it was closed before.
    """
    note = note.strip()
    if not note or len(note) > NOTE_LENGTH or "\x00" in note:
        raise DomainError(
            _("Write a note of at most %(limit)d characters: what was done, or why it is fine.")
            % {"limit": NOTE_LENGTH},
            field="note",
        )
    with transaction.atomic():
        rows = ItemReport.objects.select_for_update(of=("self",)).select_related("item")
        report = rows.get(pk=report.pk)
        if report.state == ItemReport.State.RESOLVED:
            raise Conflict(_("Somebody else has resolved this report."), code="already_resolved")
        report.state = ItemReport.State.RESOLVED
        report.note, report.resolved_by, report.resolved_at = note, by, now or timezone.now()
        report.save(update_fields=["state", "note", "resolved_by", "resolved_at"])
        record(by, "item.report_resolved", report.item, reason=note)
    return report


def open_count(project: Project) -> int:
    """How many reports wait; from 100 on it stays at 100."""
    waiting = project.item_reports.filter(state=ItemReport.State.OPEN).order_by("id")
    return len(waiting.values_list("pk")[:COUNTED])
