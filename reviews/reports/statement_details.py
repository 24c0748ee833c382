"""What a line of a statement was computed from: people, days, training, or the hours of a floor."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.errors import DomainError
from reviews.models import Basis
from reviews.quality.pay import (
    FLOOR,
    NOTHING,
    READING,
    STAGES,
    TRAINING,
    Key,
    Terms,
    next_month,
    pay_of_time,
    training_ms,
)
from reviews.reports.pay_words import line_title
from reviews.reports.statement_filters import Chosen, rate_code
from reviews.reports.statement_names import BATCH, PERSON, PROJECT, TEAM, Names
from reviews.reports.statement_tables import (
    Table,
    count,
    exact,
    hours,
    money,
    nothing,
    numbers,
    rate,
    texts,
    words,
)
from reviews.reports.statements import lines_table, month_title
from reviews.services.ledger import (
    DRILL,
    EXAM,
    LESSON,
    Scope,
    month_ledger,
    trainings,
    work_days,
)
from reviews.services.pay_rates import terms_of

TRAINING_TITLES = {
    LESSON: gettext_lazy("lesson"),
    EXAM: gettext_lazy("exam"),
    DRILL: gettext_lazy("drill"),
}


@dataclass(frozen=True)
class Detail:
    """One line of a statement, and the table that it came from."""

    chosen: Chosen
    title: str
    tables: dict[str, Table]


def detail(scope: Scope, chosen: Chosen) -> Detail:
    """Raises DomainError for a line of which there is none in the scope."""
    project = chosen.project
    if project is None or scope.project not in (None, project) or chosen.basis == Basis.LESSON:
        raise DomainError(
            _("There is no such line."),
            code="no_such_line",
            field="project",
            hint=_("Open the statement of this month and choose from there."),
        )
    whose = Scope(project, scope.team, scope.person)
    if scope.person is None:
        return _by_person(whose, chosen)
    if chosen.basis == FLOOR:
        return _of_floor(whose, chosen)
    if chosen.basis == TRAINING:
        return _of_training(whose, chosen, project)
    return _by_day(whose, chosen, project)


def _by_person(scope: Scope, chosen: Chosen) -> Detail:
    """Whose lines a line of a project or team is the sum of."""
    ledger = month_ledger(replace(scope, batch=chosen.batch), chosen.month)
    both = ledger.corrections if chosen.of else ledger.lines
    lines = [line for line in both if chosen.takes(line.key)]
    names = Names(line.key for line in lines)
    lines.sort(key=lambda line: (names.of(PERSON, line.key.person), line.key.person))
    rows = [
        [
            words(names.of(PERSON, key.person), query),
            words(names.of(TEAM, key.team)),
            count(line.units, query),
            hours(line.time_ms, query),
            nothing() if key.basis == FLOOR else rate(key.rate),
            exact(line.amount, query),
        ]
        for line in lines
        for key in [line.key]
        for query in [chosen.line_query(key, person=key.person)]
    ]
    columns = [
        *texts(_("Person"), _("Team")),
        *numbers(_("Units"), _("Hours"), money(_("Rate")), money(_("Amount"))),
    ]
    return _detail(chosen, names, Table("detail", _("People"), columns, rows))


def _by_day(scope: Scope, chosen: Chosen, project: int) -> Detail:
    """The days as they are counted now, those of the line's rate."""
    terms = terms_of([project])
    found = [(row, _paid(row, chosen, project, terms)) for row in _day_rows(scope, chosen)]
    rows = [
        [
            words(date_format(row.day)),
            words(line_title(row.stage)),
            count(row.level),
            count(row.units),
            hours(time_ms),
            rate(own),
            exact(amount),
        ]
        for row, (time_ms, own, amount) in found
        if chosen.rate in ("", rate_code(own)) and (time_ms or chosen.basis in STAGES)
    ]
    columns = [
        *texts(_("Day"), _("Stage")),
        *numbers(_("Level"), _("Units"), _("Hours"), money(_("Rate")), money(_("Amount"))),
    ]
    note = _("Days are those of UTC, and as they are counted now.")
    # What is not in the scope is not named either.
    names = Names([_named(chosen, project)] if rows else [], people=False)
    return _detail(chosen, names, Table("detail", _("Days"), columns, rows, note))


class _DayRow(NamedTuple):
    day: date
    team: int
    stage: str
    level: int
    units: int
    active_ms: int
    reading_ms: int


def _day_rows(scope: Scope, chosen: Chosen) -> list[_DayRow]:
    month = chosen.of or chosen.month
    rows = work_days(scope, month, next_month(month)).filter(batch=chosen.batch)
    if chosen.basis in STAGES:
        rows = rows.filter(stage=chosen.basis)
        rows = rows if chosen.level is None else rows.filter(level=chosen.level)
    keys = ("day", "team", "stage", "level")
    sums = rows.order_by(*keys).values_list(*keys)
    return [
        _DayRow(*row) for row in sums.annotate(Sum("done"), Sum("active_ms"), Sum("reading_ms"))
    ]


def _paid(
    row: _DayRow, chosen: Chosen, project: int, terms: Terms
) -> tuple[int, Decimal | None, Decimal]:
    """The time of a day, the rate of it, and what they come to."""
    if chosen.basis in STAGES:
        own = terms.rate(project, row.team, chosen.basis, row.level, row.day)
        return row.active_ms, own, row.units * (own or NOTHING)
    time_ms = row.reading_ms if chosen.basis == READING else row.active_ms
    own = terms.rate(project, row.team, chosen.basis, 0, row.day)
    return time_ms, own, pay_of_time(time_ms, own)


def _named(chosen: Chosen, project: int) -> Key:
    return Key(chosen.month, project, 0, 0, chosen.batch, chosen.basis, 0, None)


def _of_training(scope: Scope, chosen: Chosen, project: int) -> Detail:
    """By whatever team: in a closed month it is the one of that time."""
    month = chosen.of or chosen.month
    terms = terms_of([project])
    whose = Scope(project, person=scope.person)
    found = trainings(whose, month, next_month(month), [scope.person or 0])
    rows = []
    for kind, training in sorted(found, key=lambda row: (row[1].day, row[0])):
        time_ms = training_ms(training, terms)
        own = terms.rate(project, training.team, TRAINING, 0, training.day)
        rows.append(
            [
                words(date_format(training.day)),
                words(str(TRAINING_TITLES[kind])),
                hours(time_ms),
                rate(own),
                exact(pay_of_time(time_ms, own)),
            ]
        )
    columns = [
        *texts(_("Finished on"), _("What")),
        *numbers(_("Hours"), money(_("Rate")), money(_("Amount"))),
    ]
    note = _(
        "Exams and drills count from start to end, at most five minutes an item; lessons the "
        "minutes that are agreed."
    )
    names = Names([_named(chosen, project)] if rows else [], people=False)
    return _detail(chosen, names, Table("detail", _("Training"), columns, rows, note))


def _of_floor(scope: Scope, chosen: Chosen) -> Detail:
    """All lines of the person that count against the floor, and the top-up itself."""
    month = chosen.of or chosen.month
    ledger = month_ledger(scope, month)
    names = Names((line.key for line in ledger.lines), people=False)
    table = lines_table(scope, replace(chosen, month=month, of=None), ledger.lines, names)
    note = _(
        "The floor times the hours at work, of reading and of training comes to the sum of these "
        "amounts. An hour at work stands in the line of its units, too: it counts once."
    )
    return _detail(chosen, names, replace(table, key="detail", note=note))


def _detail(chosen: Chosen, names: Names, table: Table) -> Detail:
    where = names.of(BATCH, chosen.batch) if chosen.batch else names.of(PROJECT, chosen.project)
    what = line_title(chosen.basis)
    if chosen.basis in STAGES and chosen.level is not None:
        what = _("%(stage)s, level %(level)d") % {"stage": what, "level": chosen.level}
    facts = {"what": what, "where": where, "month": month_title(chosen.of or chosen.month)}
    title = _("%(where)s: %(what)s, %(month)s") % facts
    return Detail(chosen, title, {table.key: replace(table, page=chosen.page)})
