"""The answers that a figure counts, and how many of them lie on the items that it opens."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.fields.json import KeyTransform

from reviews.models import Measurement, PersonRollup
from reviews.reports.dashboard_filters import since
from reviews.reports.quality_item_filters import JUDGED, Wanted
from tasks.models import Annotation, Project, Task

# More is not counted: a list of so many is narrowed before it is read.
COUNTED_MOST = 2_000


def answers(project: Project, wanted: Wanted) -> QuerySet[Annotation] | None:
    """Those that the filters ask for, on whatever task; None where they ask for no answer."""
    if wanted.measured:
        return Annotation.objects.filter(pk__in=_measured(project, wanted).values("annotation"))
    if not wanted.names_answers:
        return None
    # Work of a day stays work when the answer was taken out later.
    rows = Annotation.everything.all() if wanted.day else Annotation.objects.all()
    if wanted.annotator:
        rows = rows.filter(author=wanted.annotator)
    if wanted.team:
        rows = rows.filter(author__in=_members(project, wanted))
    if wanted.judged:
        rows = rows.filter(state__in=[*JUDGED][1:] if wanted.judged == "all" else [wanted.judged])
    if wanted.day:
        rows = _between(rows, wanted.day, wanted.day + timedelta(days=1))
    if wanted.label_a:
        rows = _pairs(rows, wanted)
    if wanted.label_a or wanted.shared:
        rows = rows.exclude(Exists(_later()))
    return _lately(rows, wanted) if wanted.is_by_answer else rows


def counted(tasks: QuerySet[Task], rows: QuerySet[Annotation]) -> int:
    """How many of the answers are on the tasks; one more than the most says that there are more."""
    return (
        rows.filter(task__in=tasks.order_by().values("pk")).order_by()[: COUNTED_MOST + 1].count()
    )


def pair_count(tasks: QuerySet[Task], wanted: Wanted) -> int:
    """How often two people gave these two answers to one task, as the table of mix-ups counts."""
    labels = {wanted.label_a, wanted.label_b}
    said = _said(wanted).filter(task__in=tasks.order_by().values("pk"), said__in=labels)
    rows = said.exclude(Exists(_later())).order_by()
    by_task: dict[int, Counter[str]] = defaultdict(Counter)
    for task, label in rows.values_list("task", "said")[: 2 * COUNTED_MOST]:
        by_task[task][label] += 1
    first, second = wanted.label_a, wanted.label_b
    if first == second:
        return sum(n[first] * (n[first] - 1) // 2 for n in by_task.values())
    return sum(n[first] * n[second] for n in by_task.values())


def _measured(project: Project, wanted: Wanted) -> QuerySet[Measurement]:
    rows = Measurement.objects.filter(project=project, is_void=False)
    if wanted.annotator:
        rows = rows.filter(person=wanted.annotator)
    if wanted.team:
        rows = rows.filter(person__in=_members(project, wanted))
    if wanted.expected:
        rows = rows.filter(expected=wanted.expected)
    if wanted.measured != "all":
        rows = rows.filter(is_right=wanted.measured == "right")
    return _lately(rows, wanted, "annotation__")


def _members(project: Project, wanted: Wanted) -> QuerySet[Any]:
    """People who labeled for the team."""
    worked = PersonRollup.objects.filter(batch__project=project, team=wanted.team)
    return worked.order_by().values("person").distinct()


def _lately(rows: QuerySet[Any], wanted: Wanted, to: str = "") -> QuerySet[Any]:
    """Figures of people go by the week of each answer, not by that of the item."""
    if wanted.week:
        rows = _between(rows, wanted.week, wanted.week + timedelta(weeks=1), to)
    if wanted.weeks:
        begin = datetime.combine(since(wanted.weeks), time.min, UTC)
        rows = rows.filter(**{f"{to}submitted_at__gte": begin})
    return rows


def _between(rows: QuerySet[Any], first: date, end: date, to: str = "") -> QuerySet[Any]:
    """From the first day to before the last one; days are those of UTC."""
    begin, over = (datetime.combine(day, time.min, UTC) for day in (first, end))
    return rows.filter(**{f"{to}submitted_at__gte": begin, f"{to}submitted_at__lt": over})


def _later() -> QuerySet[Annotation]:
    """A newer answer of the same person to the same task."""
    return Annotation.objects.filter(
        task=OuterRef("task"), author=OuterRef("author"), pk__gt=OuterRef("pk")
    )


def _said(wanted: Wanted) -> QuerySet[Annotation]:
    return Annotation.objects.annotate(said=_label(wanted))


def _label(wanted: Wanted) -> KeyTransform:
    return KeyTransform(wanted.control["name"] if wanted.control else "", "answer")


def _pairs(rows: QuerySet[Annotation], wanted: Wanted) -> QuerySet[Annotation]:
    """Answers of the first class for which somebody else gave the second one."""
    first = rows.annotate(said=_label(wanted)).filter(said=wanted.label_a)
    if not wanted.label_b:
        return first
    second = _said(wanted).filter(task=OuterRef("task"), said=wanted.label_b)
    return first.filter(Exists(second.exclude(author=OuterRef("author"))))
