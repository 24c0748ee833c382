"""The hours and earnings of a person's week, and of the month that it is in."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q

from labelops.accounts.models import User
from labelops.weeks import DAY, Week
from reviews.quality.pay import FLOOR, Line, month_lines, month_of
from reviews.reports.money import shown_amount, shown_hours
from reviews.reports.statements import Sums, month_title
from reviews.services.ledger import Scope, added_up, month_ledger, trainings, work_days
from reviews.services.pay_rates import terms_of
from tasks.models import Project


@dataclass(frozen=True)
class Earned:
    """What some days came to, as pages show it."""

    active: str
    reading: str
    training: str
    amount: str

    @classmethod
    def of(cls, lines: list[Line], corrections: list[Line]) -> "Earned":
        sums = Sums.of(lines, corrections)
        hours = map(shown_hours, (sums.active_ms, sums.reading_ms, sums.training_ms))
        return cls(*hours, shown_amount(sums.total))


@dataclass(frozen=True)
class OwnPay:
    """A floor is promised over a month: the top-up to it is in no week."""

    week: Earned
    month: Earned
    month_title: str
    month_name: str
    has_top_up: bool


def own_pay(user: User, week: Week) -> OwnPay:
    """The month is that of the last day of the week, as far as it has come."""
    scope = Scope(person=user.pk)
    month = month_of(min(week.today, week.next_monday - DAY))
    ledger = month_ledger(scope, month)
    top_up = sum((line.amount for line in ledger.lines if line.key.basis == FLOOR), Decimal(0))
    return OwnPay(
        week=Earned.of(_week_lines(scope, week.monday, week.next_monday), []),
        month=Earned.of(ledger.lines, ledger.corrections),
        month_title=month_title(month),
        month_name=f"{month:%Y-%m}",
        has_top_up=bool(top_up),
    )


def _week_lines(scope: Scope, since: date, until: date) -> list[Line]:
    """Units and hours at the rates of their days: three statements."""
    rows = work_days(scope, since, until)
    trained = [training for _kind, training in trainings(scope, since, until) if training.team]
    worked = rows.order_by().values("batch__project")
    ids = {training.project for training in trained}
    projects = Project.objects.filter(Q(pk__in=ids) | Q(pk__in=worked)).order_by().values("pk")
    terms = terms_of(projects)
    works = added_up(rows, {since} | terms.changes(since, until))
    lines = month_lines(works, trained, terms)
    return [line for line in lines if line.key.basis != FLOOR]
