"""The statement of a month: of a project, a team or a person, with every line and what it opens."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reviews.models import Basis, TaskChange
from reviews.quality.pay import (
    FLOOR,
    HOURS,
    NOTHING,
    READING,
    STAGES,
    TRAINING,
    Key,
    Line,
    merged,
    month_before,
    month_of,
    next_month,
)
from reviews.reports.money import shown_amount, shown_hours
from reviews.reports.pay_words import line_title
from reviews.reports.statement_filters import Chosen
from reviews.reports.statement_names import BATCH, PERSON, PROJECT, TEAM, Names
from reviews.reports.statement_tables import (
    Cell,
    Column,
    Table,
    count,
    exact,
    hours,
    money,
    nothing,
    numbers,
    rate,
    texts,
    total,
    words,
)
from reviews.services.ledger import MonthLedger, Scope, month_ledger

# The table with a row a person and line, for files alone.
ALL_LINES = "all"
ORDER = {basis: place for place, basis in enumerate(Basis.values)}


@dataclass(frozen=True)
class Sums:
    """What some lines come to."""

    units: int
    active_ms: int
    reading_ms: int
    training_ms: int
    for_units: Decimal
    for_hours: Decimal
    top_up: Decimal
    corrected: Decimal

    @classmethod
    def of(cls, lines: Iterable[Line], corrections: Iterable[Line]) -> "Sums":
        units = active = reading = training = 0
        for_units = for_hours = top_up = NOTHING
        for line in lines:
            basis = line.key.basis
            if basis in STAGES:
                units += line.units
                active += line.time_ms
                for_units += line.amount
            elif basis in HOURS:
                reading += line.time_ms if basis == READING else 0
                training += line.time_ms if basis == TRAINING else 0
                for_hours += line.amount
            else:
                top_up += line.amount
        corrected = sum((line.amount for line in corrections), start=NOTHING)
        return cls(units, active, reading, training, for_units, for_hours, top_up, corrected)

    @property
    def total(self) -> Decimal:
        return self.for_units + self.for_hours + self.top_up + self.corrected


@dataclass(frozen=True)
class Statement:
    """`open_projects` are those with lines that may still change; a final one has none."""

    chosen: Chosen
    title: str
    previous: str
    following: str
    open_projects: list[str]
    counted_to: datetime | None
    has_ended: bool
    is_final: bool
    unpriced_units: int
    total: str
    parts: list[tuple[str, str]]
    tables: dict[str, Table]


def statement(scope: Scope, chosen: Chosen) -> Statement:
    ledger = month_ledger(scope, chosen.month)
    both = [*ledger.lines, *ledger.corrections]
    names = Names({line.key for line in both}, people=scope.person is None)
    sums = Sums.of(ledger.lines, ledger.corrections)
    today = timezone.now().date()
    following = next_month(chosen.month)
    still_open = {line.key.project for line in both} - ledger.closed
    unpriced = (line for line in ledger.lines if line.key.basis in STAGES and line.key.rate is None)
    return Statement(
        chosen=chosen,
        title=month_title(chosen.month),
        previous=chosen.query(month=f"{month_before(chosen.month, 1):%Y-%m}"),
        following=chosen.query(month=f"{following:%Y-%m}") if following <= today else "",
        open_projects=sorted(names.of(PROJECT, project) for project in still_open),
        counted_to=_counted_to() if still_open else None,
        has_ended=chosen.month < month_of(today),
        is_final=scope.project in ledger.closed if scope.project else bool(both) and not still_open,
        unpriced_units=sum(line.units for line in unpriced),
        total=shown_amount(sums.total),
        parts=_parts(sums),
        tables=_tables(scope, chosen, ledger, names),
    )


def month_title(month: date) -> str:
    return date_format(month, "YEAR_MONTH_FORMAT")


def _counted_to() -> datetime | None:
    """Since when the oldest change waits to be counted; None where all are."""
    return TaskChange.objects.order_by("pk").values_list("noted_at", flat=True).first()


def _parts(sums: Sums) -> list[tuple[str, str]]:
    """What the total is made of."""
    parts = [
        (_("For units"), shown_amount(sums.for_units)),
        (_("For hours"), shown_amount(sums.for_hours)),
        (_("Top-up to the floor"), shown_amount(sums.top_up)),
    ]
    if sums.corrected:
        parts.append((_("Corrections of closed months"), shown_amount(sums.corrected)))
    times = (sums.active_ms, sums.reading_ms, sums.training_ms)
    titles = (_("Hours at work"), _("Hours of reading"), _("Hours of training"))
    return [*parts, *zip(titles, map(shown_hours, times), strict=True)]


def _tables(scope: Scope, chosen: Chosen, ledger: MonthLedger, names: Names) -> dict[str, Table]:
    tables = [lines_table(scope, chosen, ledger.lines, names)]
    if ledger.corrections:
        tables.append(_corrections_table(scope, chosen, ledger.corrections, names))
    if scope.person is None:
        if scope.team is None:
            tables.append(_parties_table("team", chosen, ledger, names))
        tables.append(_parties_table("person", chosen, ledger, names))
    if chosen.table == ALL_LINES:
        tables = [_all_lines(chosen, ledger, names)]
    return {
        table.key: replace(table, page=chosen.page if table.key == chosen.table else 1)
        for table in tables
    }


def lines_table(scope: Scope, chosen: Chosen, lines: Iterable[Line], names: Names) -> Table:
    """A row a batch, kind of work, level and rate, whoever did it."""
    rows = [
        [*_place(scope, line.key, names), *_work(chosen, line)]
        for line in in_order(_of_all(lines), names)
    ]
    return Table("lines", _("Lines"), [*_place_columns(scope), *_work_columns()], rows)


def _corrections_table(scope: Scope, chosen: Chosen, lines: Iterable[Line], names: Names) -> Table:
    rows = [
        [words(month_title(line.key.month)), *_place(scope, line.key, names), *_work(chosen, line)]
        for line in in_order(_of_all(lines), names)
    ]
    columns = [*texts(_("Month")), *_place_columns(scope), *_work_columns()]
    note = _("What changed in closed months after they were closed.")
    return Table("corrections", _("Corrections"), columns, rows, note)


def _of_all(lines: Iterable[Line]) -> list[Line]:
    """Whoever did it, of whatever team: the statement says whose it is."""
    return merged(lines, person=0, team=0)


def in_order(lines: Iterable[Line], names: Names) -> list[Line]:
    def place(line: Line) -> tuple[object, ...]:
        key = line.key
        named = (
            names.of(PROJECT, key.project),
            names.of(BATCH, key.batch) if key.batch else "\uffff",
        )
        return (key.month, *named, key.batch or 0, ORDER[key.basis], key.level, key.rate or NOTHING)

    return sorted(lines, key=place)


def _place_columns(scope: Scope) -> list[Column]:
    return texts(*([] if scope.project else [_("Project")]), _("Batch"))


def _place(scope: Scope, key: Key, names: Names) -> list[Cell]:
    project = [] if scope.project else [words(names.of(PROJECT, key.project))]
    return [*project, words(names.of(BATCH, key.batch))]


def _work_columns() -> list[Column]:
    return [
        *texts(_("What")),
        *numbers(_("Level"), _("Units"), _("Hours"), money(_("Rate")), money(_("Amount"))),
    ]


def _work(chosen: Chosen, line: Line) -> list[Cell]:
    key, query = line.key, chosen.line_query(line.key)
    is_unit = key.basis in STAGES
    return [
        words(line_title(key.basis), query),
        count(key.level) if is_unit else nothing(),
        count(line.units, query) if is_unit or key.basis == TRAINING else nothing(),
        hours(line.time_ms, query),
        nothing() if key.basis == FLOOR else rate(key.rate),
        exact(line.amount, query),
    ]


def _parties_table(kind: str, chosen: Chosen, ledger: MonthLedger, names: Names) -> Table:
    """What each team or each person comes to; a row opens their statement."""
    lines, corrections = _grouped(kind, ledger.lines), _grouped(kind, ledger.corrections)
    rows = []
    for pk in sorted(lines.keys() | corrections.keys(), key=lambda pk: (names.of(kind, pk), pk)):
        sums = Sums.of(lines[pk], corrections[pk])
        query = chosen.query(**{kind: pk})
        rows.append(
            [
                words(names.of(kind, pk), query),
                count(sums.units, query),
                hours(sums.active_ms, query),
                hours(sums.reading_ms, query),
                hours(sums.training_ms, query),
                total(sums.top_up, query),
                total(sums.corrected, query),
                total(sums.total, query),
            ]
        )
    title, first = (_("Teams"), _("Team")) if kind == TEAM else (_("People"), _("Person"))
    columns = [
        *texts(first),
        *numbers(_("Units"), _("Hours at work"), _("Reading"), _("Training")),
        *numbers(money(_("Top-up")), money(_("Corrections")), money(_("Total"))),
    ]
    return Table(kind, title, columns, rows)


def _grouped(kind: str, lines: Iterable[Line]) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        found[getattr(line.key, kind)].append(line)
    return found


def _all_lines(chosen: Chosen, ledger: MonthLedger, names: Names) -> Table:
    """Every line as it is kept, with the person and the team whose it is."""
    rows = [
        [
            words(f"{chosen.month:%Y-%m}"),
            words(f"{line.key.month:%Y-%m}"),
            words(_("closed") if line.key.project in ledger.closed else _("provisional")),
            words(names.of(PROJECT, line.key.project)),
            words(names.of(TEAM, line.key.team)),
            words(names.of(PERSON, line.key.person)),
            words(names.of(BATCH, line.key.batch)),
            *_work(chosen, line),
        ]
        for line in in_order([*ledger.lines, *ledger.corrections], names)
    ]
    first = (_("Statement"), _("Month"), _("State"), _("Project"), _("Team"), _("Person"))
    columns = [*texts(*first, _("Batch")), *_work_columns()]
    return Table(ALL_LINES, _("All lines"), columns, rows)
