"""What a withdrawal would take out, and what became of one: figures, with the items behind them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _

from labelops.errors import DomainError
from labelops.lists import Page, keyset_page
from reviews.models import Withdrawal, WithdrawnLabel
from reviews.services.person_withdrawals import GOES_OUT, Fate
from tasks.models import Annotation, Assignment, Batch, Item, Project, Stage
from tasks.services import slots

Outcome = WithdrawnLabel.Outcome
State = Assignment.State


class Standing(models.TextChoices):
    """What became of an answer that was taken out."""

    WAITING = "waiting", _("waits for somebody else")
    IN_WORK = "in_work", _("somebody else is at it")
    RELABELED = "relabeled", _("answered by somebody else")
    ASIDE = "aside", _("needs no other answer")
    GONE = "gone", _("decided or dropped since")
    BACK = "back", _("put back")
    KEPT_OUT = "kept_out", _("stays out, as its place was taken")


CONDITIONS = {
    Standing.WAITING: Q(outcome=Outcome.OUT, place__in=[State.OPEN, State.PARKED]),
    Standing.IN_WORK: Q(outcome=Outcome.OUT, place=State.LEASED),
    Standing.RELABELED: Q(outcome=Outcome.OUT, place=State.SUBMITTED),
    Standing.ASIDE: Q(outcome=Outcome.OUT, slot=None),
    Standing.GONE: Q(outcome=Outcome.OUT, slot__isnull=False, place=None),
    Standing.BACK: Q(outcome=Outcome.BACK),
    Standing.KEPT_OUT: Q(outcome=Outcome.KEPT_OUT),
}
ACCEPTED = "accepted"
LINES_AT_ONCE = 500


@dataclass(frozen=True)
class Figure:
    """A count, and by which filter its items are listed."""

    name: str
    label: str
    count: int


@dataclass(frozen=True)
class Cell:
    batch: int
    count: int


@dataclass(frozen=True)
class Line:
    """How many answers meet one fate, in all and by batch."""

    total: Figure
    cells: list[Cell]


@dataclass(frozen=True)
class Preview:
    """Counts by fate and batch; `out_count` is what would go out."""

    batches: list[Batch]
    lines: list[Line]
    out_count: int
    reopened_count: int
    closed_count: int


@dataclass(frozen=True)
class AnswerRow:
    """One answer in a list behind a figure."""

    item: Item
    batch: Batch
    answered_at: datetime
    standing: str


def preview(project: Project, answers: QuerySet[Annotation]) -> Preview:
    """`answers` with their fates, as `answers_since` gives them: two statements."""
    counted = answers.order_by().values_list("task__batch", "fate").annotate(count=Count("pk"))
    counts = {(batch, fate): count for batch, fate, count in counted}
    named = project.batches.filter(pk__in={batch for batch, _fate in counts})
    batches = list(named.order_by("name"))
    lines = [
        Line(
            _figure(fate, sum(counts.get((batch.pk, fate), 0) for batch in batches)),
            [Cell(batch.pk, counts.get((batch.pk, fate), 0)) for batch in batches],
        )
        for fate in Fate
    ]
    sums = {line.total.name: line.total.count for line in lines}
    # Nobody is handed anything of a closed batch: its slots wait until it is reopened.
    closed = [batch.pk for batch in batches if batch.state == Batch.State.CLOSED]
    return Preview(
        batches=batches,
        lines=lines,
        out_count=sum(sums[fate] for fate in GOES_OUT),
        reopened_count=sums[Fate.ACCEPTED] + sums[Fate.REVIEWED],
        closed_count=sum(counts.get((batch, fate), 0) for batch in closed for fate in GOES_OUT),
    )


def _figure(choice: Fate | Standing, count: int) -> Figure:
    return Figure(choice.value, choice.label, count)


def answer_rows(answers: QuerySet[Annotation], given: Mapping[str, str]) -> QuerySet[Annotation]:
    """The answers behind a figure of the preview."""
    rows = answers.select_related("task__item", "task__batch")
    if fate := _one_of(given, "fate", Fate.values):
        rows = rows.filter(fate=fate)
    return _of_batch(rows, given)


def answer_row(row: Annotation) -> AnswerRow:
    standing = row.task.get_state_display()
    return AnswerRow(row.task.item, row.task.batch, row.submitted_at, str(standing))


def page_of(rows: QuerySet[Any], cursor: str, shown: Callable[[Any], AnswerRow]) -> Page:
    page = keyset_page(rows, cursor)
    return replace(page, rows=[shown(row) for row in page.rows])


def lines_of(
    rows: QuerySet[Any], shown: Callable[[Any], AnswerRow]
) -> Iterator[tuple[str, str, datetime, str]]:
    """Every row of a list, for its table as a file."""
    for row in map(shown, rows.order_by("pk").iterator(chunk_size=LINES_AT_ONCE)):
        yield row.item.external_id, row.batch.name, row.answered_at, row.standing


def columns() -> list[str]:
    return [_gettext("Item"), _gettext("Batch"), _gettext("Answered"), _gettext("State")]


def figures(withdrawal: Withdrawal) -> list[Figure]:
    """What became of the answers: those that were taken out, then each standing; one statement."""
    counts = {name.value: Count("pk", filter=found) for name, found in CONDITIONS.items()}
    counted = _with_place(withdrawal).aggregate(
        all=Count("pk"), accepted=Count("pk", filter=Q(was_accepted=True)), **counts
    )
    return [
        Figure("", str(_("taken out in all")), counted["all"]),
        Figure(ACCEPTED, str(_("accepted labels that rested on them")), counted[ACCEPTED]),
        *(_figure(name, counted[name.value]) for name in Standing),
    ]


def label_rows(withdrawal: Withdrawal, given: Mapping[str, str]) -> QuerySet[WithdrawnLabel]:
    """The answers behind a figure of a withdrawal."""
    rows = _with_place(withdrawal).select_related("annotation__task__item", "batch")
    shown = _one_of(given, "shown", [ACCEPTED, *Standing.values])
    if shown == ACCEPTED:
        return rows.filter(was_accepted=True)
    return rows.filter(CONDITIONS[Standing(shown)]) if shown else rows


def label_row(label: WithdrawnLabel) -> AnswerRow:
    made = label.annotation
    standing = label.get_outcome_display()
    if label.outcome == Outcome.OUT:
        standing = Standing(_standing(label)).label
    return AnswerRow(made.task.item, label.batch, made.submitted_at, str(standing))


def _standing(label: WithdrawnLabel) -> Standing:
    if label.slot_id is None:
        return Standing.ASIDE
    by_place = {
        State.LEASED: Standing.IN_WORK,
        State.SUBMITTED: Standing.RELABELED,
        None: Standing.GONE,
    }
    return by_place.get(label.place, Standing.WAITING)


def words_of(name: str) -> str:
    """What a filter of either list means, for its heading."""
    if name == ACCEPTED:
        return str(_("an accepted label rests on it"))
    choices = dict(Fate.choices) | dict(Standing.choices)
    return str(choices.get(name, ""))


def _with_place(withdrawal: Withdrawal) -> QuerySet[WithdrawnLabel]:
    """The labels, each with the state of whatever is in its slot now."""
    live = Assignment.objects.filter(
        task=OuterRef("slot__task"),
        stage=Stage.ANNOTATE,
        round=OuterRef("slot__round"),
        slot=OuterRef("slot__slot"),
        state__in=slots.LIVE,
    )
    rows = withdrawal.labels.filter(annotation__task__item__deletion=None)
    return rows.annotate(place=Subquery(live.values("state")[:1]))


def _of_batch(rows: QuerySet[Annotation], given: Mapping[str, str]) -> QuerySet[Annotation]:
    batch = given.get("batch", "")
    if not batch:
        return rows
    if not (batch.isascii() and batch.isdigit() and len(batch) < 19):
        raise DomainError(_("There is no such batch."), code="unknown_batch", field="batch")
    return rows.filter(task__batch=int(batch))


def _one_of(given: Mapping[str, str], name: str, known: list[str]) -> str:
    value = given.get(name, "")
    if value and value not in known:
        raise DomainError(_("This is not one of the choices."), code="not_a_choice", field=name)
    return value
