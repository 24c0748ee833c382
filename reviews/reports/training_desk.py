"""What experts see of the training they write: lessons, the pool by class, and the attempts."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from labelops.accounts.models import User
from reviews.models import ExamAttempt, ExamItem, ExamPlan, Lesson
from reviews.services import exams
from tasks.blocks import Block
from tasks.blocks.classes import schema_classes
from tasks.kinds.answer import summary
from tasks.models import Project, Task
from tasks.reports.guide import KIND_TITLES, Sight, sight
from tasks.services.instructions import current_schema

CANDIDATES = 24
ROTATION = 3
ATTEMPTS_SHOWN = 100


@dataclass(frozen=True)
class ClassRow:
    """`wanted`: as many as the exam draws of a class, with some to rotate."""

    title: str
    count: int
    wanted: int

    @property
    def missing(self) -> int:
        return max(0, self.wanted - self.count)


@dataclass(frozen=True)
class PersonRow:
    """The newest attempt of a person."""

    attempt: ExamAttempt
    can_be_granted: bool


@dataclass(frozen=True)
class Overview:
    lessons: QuerySet[Lesson]
    plan: ExamPlan
    pool_count: int
    classes: list[ClassRow]
    people: list[PersonRow]


@dataclass(frozen=True)
class Candidate:
    """An accepted label that may be picked."""

    task: Task
    sight: Sight
    summary: str


def overview(project: Project) -> Overview:
    lessons = project.lessons.annotate(
        worked_count=Count("items", filter=Q(items__role="worked"), distinct=True),
        practice_count=Count("items", filter=Q(items__role="practice"), distinct=True),
        finished_count=Count(
            "progress", filter=Q(progress__finished_at__isnull=False), distinct=True
        ),
    )
    plan = exams.plan_of(project)
    pool = list(exams.drawable(project).values_list("classes", flat=True))
    return Overview(lessons, plan, len(pool), class_rows(project, plan, pool), _people(plan))


def class_rows(project: Project, plan: ExamPlan, pool: Iterable[list[list[str]]]) -> list[ClassRow]:
    """Each class of the schema with the items of the pool that name it."""
    titles = schema_classes(current_schema(project))
    counts = Counter((control, value) for classes in pool for control, value in classes)
    wanted = -(-plan.size * ROTATION // len(titles)) if titles else 0
    return [ClassRow(title, counts[found], wanted) for found, title in titles.items()]


def _people(plan: ExamPlan) -> list[PersonRow]:
    """Everybody's newest attempt, the newest first."""
    newest: dict[int, ExamAttempt] = {}
    for attempt in plan.project.exam_attempts.select_related("person")[:ATTEMPTS_SHOWN]:
        newest.setdefault(attempt.person_id, attempt)
    granted = Counter(plan.project.exam_grants.values_list("person", flat=True))
    return [
        PersonRow(
            attempt,
            attempt.state == ExamAttempt.State.FAILED
            # Attempts are numbered without gaps, so the number is how many there were.
            and attempt.number >= 1 + plan.retries + granted[person_id],
        )
        for person_id, attempt in newest.items()
    ]


def candidate_views(tasks: Iterable[Task]) -> list[Candidate]:
    return [
        Candidate(
            task,
            sight(task.item, None, alt=task.item.external_id),
            summary(task.result_version.label_schema, task.result_answer),
        )
        for task in tasks
    ]


def block_choices(blocks: Iterable[Block]) -> list[tuple[str, Any]]:
    return [
        (block["id"], f"{KIND_TITLES[block['kind']]}: {block['title'] or _first_words(block)}")
        for block in blocks
    ]


def _first_words(block: Block) -> str:
    return ", ".join(entry["value"] for entry in block.get("classes", [])) or block["id"]


def pool_rows(project: Project) -> QuerySet[ExamItem]:
    return project.exam_items.select_related("item", "version")


def pool_views(entries: Iterable[ExamItem]) -> list[tuple[ExamItem, Sight, str]]:
    return [
        (
            entry,
            sight(entry.item, None, alt=entry.item.external_id),
            summary(entry.version.label_schema, entry.answer),
        )
        for entry in entries
    ]


def people_to_grant(project: Project) -> QuerySet[User]:
    return User.objects.filter(exam_attempts__project=project).distinct()
