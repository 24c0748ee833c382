"""What the pages of questions and rulings show."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone

from labelops.lists import Page, keyset_page
from tasks.blocks.classes import schema_classes
from tasks.blocks.similarity import nearest
from tasks.models import Item, Project, Question, Ruling, Task
from tasks.reports.guide import Sight, sight
from tasks.reports.label_guide import COMPARED, similar_rulings
from tasks.services import rulings
from tasks.services.instructions import newest_version
from tasks.services.media import PREVIEW

# An answer within half a working day: what a vendor on the other side of the world can wait.
ANSWER_TIME = timedelta(hours=4)
# Counting goes on only so far: beyond it the exact figure decides nothing.
COUNTED = 1_000
WORKLIST = 25
OTHERS_SHOWN = 20


@dataclass(frozen=True)
class QuestionLine:
    """A question as experts see it: without the name of who asked."""

    question: Question
    asker: str
    classes: list[str]
    age: timedelta
    is_late: bool


def question_page(project: Project, cursor: str, *, show_all: bool, sees_names: bool) -> Page:
    """The open questions of a project, oldest first; with `show_all` every one, newest first."""
    rows = project.questions.select_related("item", "routed_to", "asker", "ruling")
    if not show_all:
        rows = rows.filter(state=Question.State.ASKED)
    page = keyset_page(rows, cursor, newest_first=show_all)
    titles = _titles(project)
    lines = [line(question, titles, sees_names=sees_names) for question in page.rows]
    return Page(lines, page.next_cursor, page.is_first)


def line(
    question: Question, titles: dict[tuple[str, str], str], *, sees_names: bool
) -> QuestionLine:
    age = (question.answered_at or question.closed_at or timezone.now()) - question.asked_at
    return QuestionLine(
        question,
        str(question.asker) if sees_names else question.asker.pseudonym,
        class_titles(question.classes, titles),
        age,
        age > ANSWER_TIME,
    )


def _titles(project: Project) -> dict[tuple[str, str], str]:
    newest = newest_version(project)
    return schema_classes(newest.label_schema) if newest else {}


def class_titles(classes: list[dict[str, str]], titles: dict[tuple[str, str], str]) -> list[str]:
    return [titles.get((entry["control"], entry["value"]), entry["value"]) for entry in classes]


@dataclass(frozen=True)
class QuestionDetail:
    line: QuestionLine
    sight: Sight
    similar: list[Ruling]
    other_open: list[Question]
    others: list[Item]
    other_count: int


def question_detail(question: Question, *, sees_names: bool) -> QuestionDetail:
    titles = schema_classes(question.instruction_version.label_schema)
    others = Question.objects.filter(task=question.task_id, state=Question.State.ASKED)
    return QuestionDetail(
        line(question, titles, sees_names=sees_names),
        sight(question.item, question.region, alt=question.item.external_id, variant=PREVIEW),
        similar_rulings(question.project, question.text),
        list(others.exclude(pk=question.pk)),
        list(question.others.order_by("pk")[:OTHERS_SHOWN]),
        question.others.count(),
    )


def ruling_library(
    project: Project, *, words: str, classes: list[dict[str, str]], state: str
) -> list[Ruling]:
    """The newest rulings that name all the classes; with words the nearest first."""
    rows = project.rulings.select_related("author", "publisher", "merged_into")
    if state:
        rows = rows.filter(state=state)
    found = [
        ruling
        for ruling in rows.annotate(item_count=Count("items"))[:COMPARED]
        if all(entry in ruling.classes for entry in classes)
    ]
    if not words:
        return found
    texts = [f"{ruling.verdict} {ruling.text}" for ruling in found]
    return [found[place] for place in nearest(words, texts, most=len(found))]


@dataclass(frozen=True)
class RulingDetail:
    """`waiting_count` labels contradict it still, `is_more` when counting stopped there."""

    ruling: Ruling
    classes: list[str]
    from_title: str
    to_title: str
    items: list[Any]
    worklist: list[Task]
    waiting_count: int
    is_more: bool
    newer: QuerySet[Ruling]


def ruling_detail(ruling: Ruling) -> RulingDetail:
    titles = _titles(ruling.project)
    contradicting = rulings.contradicting(ruling).order_by("task")
    counted = len(contradicting.values_list("pk")[: COUNTED + 1])
    shown = contradicting.values_list("task", flat=True)[:WORKLIST]
    tasks = Task.objects.filter(pk__in=list(shown)).select_related("item", "batch")
    in_force = ruling.project.rulings.filter(state__in=Ruling.IN_FORCE).exclude(pk=ruling.pk)
    return RulingDetail(
        ruling,
        class_titles(ruling.classes, titles),
        "".join(class_titles([ruling.from_class] if ruling.from_class else [], titles)),
        "".join(class_titles([ruling.to_class] if ruling.to_class else [], titles)),
        [(item, sight(item, None, alt=item.external_id)) for item in ruling.items.all()],
        list(tasks.order_by("pk")),
        min(counted, COUNTED),
        counted > COUNTED,
        in_force[:COMPARED],
    )
