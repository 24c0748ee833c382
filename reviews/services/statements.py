"""Closing a month of a project: its statements are stored and stay as they are."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict
from reviews.models import ClosedMonth, StatementLine
from reviews.quality.pay import NOTHING, Line, month_of, rounded
from reviews.services.ledger import Scope, earliest_day, month_ledger
from reviews.services.pay_rates import open_from
from tasks.models import Project
from tasks.services.archiving import lock_project

WRITTEN = 1_000


def next_to_close(project: Project) -> date | None:
    """The first month that is not closed, once it has ended; None when there is none."""
    this_month = month_of(timezone.now().date())
    first = open_from(project) or earliest_day(project, this_month)
    month = month_of(first) if first else None
    return month if month and month < this_month else None


def close_month(project: Project, month: date, *, by: User) -> ClosedMonth:
    """Store the lines of a month as they are now. Raises Conflict unless it is its turn.

    Work of it that changes afterwards becomes a correction in the first month that is open then.
    """
    with transaction.atomic():
        # Setting rates takes the same lock.
        lock_project(project.pk)
        _check_turn(project, month)
        found = month_ledger(Scope(project=project.pk), month)
        lines = [*found.lines, *found.corrections]
        closed = ClosedMonth.objects.create(
            project=project, month=month, closed_by=by, closed_at=timezone.now()
        )
        rows = [_row(closed, line) for line in lines]
        StatementLine.objects.bulk_create(rows, batch_size=WRITTEN)
        total = rounded(sum((line.amount for line in lines), start=NOTHING))
        facts = {"month": f"{month:%Y-%m}", "lines": len(rows), "total": str(total)}
        record(by, "project.month_closed", project, after=facts)
    return closed


def _check_turn(project: Project, month: date) -> None:
    turn = next_to_close(project)
    if turn is None:
        raise Conflict(
            _("There is no month to close: the present one must end first."),
            code="nothing_to_close",
        )
    if month != turn:
        raise Conflict(
            _("Months are closed in turn: %(month)s is next.")
            % {"month": date_format(turn, "YEAR_MONTH_FORMAT")},
            code="not_its_turn",
        )


def _row(closed: ClosedMonth, line: Line) -> StatementLine:
    key = line.key
    return StatementLine(
        closed=closed,
        of_month=key.month,
        person_id=key.person,
        team_id=key.team,
        batch_id=key.batch,
        basis=key.basis,
        level=key.level,
        rate=key.rate,
        units=line.units,
        time_ms=line.time_ms,
        amount=line.amount,
    )
