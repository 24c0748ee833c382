"""The items behind a figure of the quality page: the tasks that its filters leave."""

import dataclasses
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labelops.lists import Page, keyset_page
from reviews.models import Consensus, CountedTask
from reviews.reports.dashboard_figures import answers as answers_in_words
from reviews.reports.dashboard_figures import tasks as tasks_in_words
from reviews.reports.dashboard_filters import since
from reviews.reports.quality_answers import COUNTED_MOST, answers, counted, pair_count
from reviews.reports.quality_item_filters import Wanted
from tasks.models import Assignment, LabelClass, Project, Task
from tasks.reports.items import UNANSWERED


@dataclass(frozen=True)
class ItemRow:
    """`agreement` is in percent; None where it is not defined or still kept from sight."""

    task: Task
    agreement: int | None
    is_tie: bool


@dataclass(frozen=True)
class Totals:
    """How much the list holds, up to a limit; None where the filters ask for no answers or pairs.

    A figure that counts answers opens the items that they are on.
    """

    tasks: int
    answers: int | None
    pairs: int | None

    @property
    def sentence(self) -> str:
        if max(self.tasks, self.answers or 0) > COUNTED_MOST:
            return _("More than %(n)d.") % {"n": COUNTED_MOST}
        tasks = tasks_in_words(self.tasks)
        if self.pairs is not None:
            pairs = ngettext("%(n)d pair", "%(n)d pairs", self.pairs) % {"n": self.pairs}
            return _("%(pairs)s of answers on %(tasks)s.") % {"pairs": pairs, "tasks": tasks}
        if self.answers is None:
            return f"{tasks}."
        answers = answers_in_words(self.answers)
        return _("%(answers)s on %(tasks)s.") % {"answers": answers, "tasks": tasks}


def items_page(project: Project, wanted: Wanted, cursor: str, *, sees_unfinished: bool) -> Page:
    """The tasks that fit. What people answered is told of a task only once all have answered,
    save to those who never label.
    """
    rows = _tasks(project, wanted, sees_unfinished)
    page = keyset_page(rows.select_related("batch", "item", "consensus"), cursor)
    return dataclasses.replace(page, rows=[_row(task, sees_unfinished) for task in page.rows])


def totals(project: Project, wanted: Wanted, *, sees_unfinished: bool) -> Totals:
    tasks = _tasks(project, wanted, sees_unfinished)
    rows = answers(project, wanted)
    return Totals(
        tasks=tasks.order_by()[: COUNTED_MOST + 1].count(),
        answers=None if rows is None else counted(tasks, rows),
        pairs=pair_count(tasks, wanted) if wanted.label_b else None,
    )


def _tasks(project: Project, wanted: Wanted, sees_unfinished: bool) -> QuerySet[Task]:
    rows = _within(project, wanted)
    # What measures people without their knowing is for those who never label.
    if not (wanted.has_gold and sees_unfinished):
        rows = rows.exclude(state=Task.State.GOLD)
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.planned:
        rows = rows.exclude(state=Task.State.EXCLUDED)
    if wanted.holder:
        held = Assignment.objects.filter(
            annotator=wanted.holder, state=Assignment.State.LEASED, batch__project=project
        )
        rows = rows.filter(pk__in=held.values("task"))
    if wanted.disagreement:
        rows = rows.filter(consensus__agreement__lt=1)
    if wanted.tie:
        rows = rows.filter(consensus__is_tie=True)
    if wanted.sampled:
        rows = rows.filter(consensus__standing=Consensus.Standing.SAMPLED)
    if wanted.shared:
        compared = CountedTask.objects.filter(task=OuterRef("pk")).exclude(facts__3=None)
        rows = rows.filter(Exists(compared))
    if wanted.expected and not wanted.measured and wanted.control:
        named = LabelClass.objects.filter(
            project=project, control=wanted.control["name"], value=wanted.expected
        )
        rows = rows.filter(pk__in=named.values("task"))
    found = answers(project, wanted)
    if found is not None and wanted.measured:
        # Few answers are measured: their tasks are found from them.
        rows = rows.filter(pk__in=found.values("task"))
    elif found is not None:
        rows = rows.filter(Exists(found.filter(task=OuterRef("pk"))))
    if wanted.is_about_answers and not sees_unfinished:
        rows = rows.exclude(state__in=UNANSWERED)
    return rows


def _within(project: Project, wanted: Wanted) -> QuerySet[Task]:
    """The tasks of the batch and weeks, or accepted on the day."""
    rows = Task.objects.filter(batch__project=project, set_aside__isnull=True)
    if wanted.batch:
        rows = rows.filter(batch=wanted.batch)
    if wanted.settled:
        begin = datetime.combine(wanted.settled, time.min, UTC)
        rows = rows.filter(
            state=Task.State.ACCEPTED,
            settled_at__gte=begin,
            settled_at__lt=begin + timedelta(days=1),
        )
    if wanted.is_by_answer:
        return rows
    if wanted.week:
        rows = rows.filter(counted_task__week=wanted.week)
    if wanted.weeks:
        rows = rows.filter(counted_task__week__gte=since(wanted.weeks))
    return rows


def _row(task: Task, sees_unfinished: bool) -> ItemRow:
    consensus = getattr(task, "consensus", None)
    if consensus is None or (task.state in UNANSWERED and not sees_unfinished):
        return ItemRow(task, None, False)
    share = consensus.agreement
    return ItemRow(task, None if share is None else round(100 * share), consensus.is_tie)
