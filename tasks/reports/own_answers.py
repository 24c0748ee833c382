"""What a person answered today, and which of it can still be taken up again."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.lists import Page, keyset_page
from tasks.kinds.answer import summary
from tasks.models import Annotation
from tasks.services.withdrawals import withdrawable

EXCERPT = 120


@dataclass(frozen=True)
class OwnAnswer:
    annotation: Annotation
    summary: str
    excerpt: str
    can_reopen: bool


def own_answers(user: User, cursor: str, *, now: datetime | None = None) -> Page:
    """Newest first; the day is the person's own, at least the last hours of it."""
    now = now or timezone.now()
    since = min(
        timezone.localtime(now).replace(hour=0, minute=0, second=0), now - timedelta(hours=4)
    )
    mine = Annotation.everything.filter(
        author=user,
        submitted_at__gte=since,
        task__item__deletion=None,
        task__batch__project__deleted_at=None,
    ).select_related("assignment", "instruction_version", "task__item", "task__batch")
    page = keyset_page(mine, cursor, newest_first=True)
    for annotation in page.rows:
        annotation.assignment.task = annotation.task
    open_again = withdrawable([annotation.assignment for annotation in page.rows], now=now)
    rows = [_described(found, found.assignment_id in open_again) for found in page.rows]
    return Page(rows, page.next_cursor, page.is_first)


def of_day(user: User, day: date, cursor: str) -> Page:
    """Those of a whole day of UTC, to look back at; those taken out, too: they were work."""
    begin = datetime.combine(day, time.min, UTC)
    rows = Annotation.everything.filter(
        author=user,
        submitted_at__gte=begin,
        submitted_at__lt=begin + timedelta(days=1),
        task__item__deletion=None,
        task__batch__project__deleted_at=None,
    ).select_related("instruction_version", "task__item", "task__batch")
    page = keyset_page(rows, cursor, newest_first=True)
    return replace(page, rows=[_described(found, can_reopen=False) for found in page.rows])


def taken_out(user: User, cursor: str) -> Page:
    """The answers of theirs that staff took out, newest first, whenever they were given."""
    rows = _taken_out(user).select_related(
        "assignment", "instruction_version", "task__item", "task__batch__project"
    )
    page = keyset_page(rows, cursor, newest_first=True)
    return replace(page, rows=[_described(found, can_reopen=False) for found in page.rows])


def has_taken_out(user: User) -> bool:
    return _taken_out(user).exists()


def _taken_out(user: User) -> QuerySet[Annotation]:
    return Annotation.everything.filter(
        author=user,
        state=Annotation.State.WITHDRAWN,
        task__item__deletion=None,
        task__batch__project__deleted_at=None,
    )


def _described(annotation: Annotation, can_reopen: bool) -> OwnAnswer:
    text = " ".join(annotation.task.item.data.get("text", "")[: 4 * EXCERPT].split())
    said = summary(annotation.instruction_version.label_schema, annotation.answer)
    excerpt = text[:EXCERPT] or _("an image")
    return OwnAnswer(annotation, said or _("No answer"), excerpt, can_reopen)
