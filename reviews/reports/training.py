"""What people who label see of lessons and exams: where they stand, one item, the result."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from labelops.accounts.models import User
from reviews.models import (
    ExamAnswer,
    ExamAttempt,
    ExamPlan,
    Lesson,
    LessonItem,
    LessonProgress,
)
from reviews.reports.practice import PracticeStep, practice_step
from reviews.reports.references import label_view
from reviews.services import exams, lessons
from tasks import access
from tasks.blocks import Block
from tasks.blocks.classes import block_classes
from tasks.models import Batch, Project, Qualification
from tasks.reports.guide import BlockView, guide
from tasks.services.instructions import current_version
from tasks.services.markdown import render_markdown


@dataclass(frozen=True)
class LessonRow:
    lesson: Lesson
    practice_count: int
    right_count: int
    is_finished: bool


@dataclass(frozen=True)
class TrainingPage:
    """A project's lessons and exam as one person finds them."""

    project: Project
    lessons: list[LessonRow]
    plan: ExamPlan
    attempts: list[ExamAttempt]
    open_attempt: ExamAttempt | None
    is_passed: bool
    attempts_left: int


@dataclass(frozen=True)
class LessonPage:
    lesson: Lesson
    text: Any
    block: BlockView | None
    worked: list[tuple[LessonItem, str, dict[str, Any]]]
    practice: PracticeStep


@dataclass(frozen=True)
class ReportPage:
    attempt: ExamAttempt
    classes: list[dict[str, Any]]
    missed: list[ExamAnswer]
    read_again: list[BlockView]
    lessons: list[Lesson]
    attempts_left: int


def training_projects(user: User) -> QuerySet[Project]:
    """Projects with a published lesson, an open exam, or an attempt of the person."""
    published = Lesson.objects.filter(project=OuterRef("pk"), state=Lesson.State.PUBLISHED)
    plans = ExamPlan.objects.filter(project=OuterRef("pk"), is_open=True)
    own = ExamAttempt.objects.filter(project=OuterRef("pk"), person=user)
    return (
        access.readable_projects(user)
        .filter(Exists(published) | Exists(plans) | Exists(own))
        .annotate(
            has_exam=Exists(plans),
            is_passed=Exists(own.filter(state=ExamAttempt.State.PASSED)),
            is_begun=Exists(own.filter(state=ExamAttempt.State.OPEN)),
        )
        .order_by("name")
    )


def exams_to_take(user: User) -> QuerySet[Project]:
    """Projects whose exam would raise the person's level; `opens_work` where work waits for it."""
    own = Qualification.objects.filter(person=user, project=OuterRef("project"))
    plans = ExamPlan.objects.filter(
        ~Exists(own.filter(level__gte=OuterRef("level"))), project=OuterRef("pk"), is_open=True
    )
    passed = ExamAttempt.objects.filter(
        project=OuterRef("pk"), person=user, state=ExamAttempt.State.PASSED
    )
    labels = user.memberships.filter(role__in=access.LABELERS, team__is_active=True)
    gated = Batch.objects.filter(
        ~Exists(own.filter(level__gte=OuterRef("min_level"))),
        project=OuterRef("pk"),
        state=Batch.State.RUNNING,
        min_level__gt=0,
        min_level__lte=OuterRef("exam_plan__level"),
        teams__in=labels.values("team"),
    )
    return (
        Project.objects.live()
        .filter(Exists(plans), ~Exists(passed), teams__in=labels.values("team"))
        .annotate(opens_work=Exists(gated))
        .distinct()
        .order_by("name")
    )


def training_page(project: Project, person: User) -> TrainingPage:
    published = project.lessons.filter(state=Lesson.State.PUBLISHED).prefetch_related("items")
    progress = {
        found.lesson_id: found
        for found in LessonProgress.objects.filter(person=person, lesson__project=project)
    }
    attempts = list(project.exam_attempts.filter(person=person))
    plan = exams.plan_of(project)
    states = {attempt.state for attempt in attempts}
    return TrainingPage(
        project=project,
        lessons=[_lesson_row(lesson, progress.get(lesson.pk)) for lesson in published],
        plan=plan,
        attempts=attempts,
        open_attempt=next(
            (found for found in attempts if found.state == ExamAttempt.State.OPEN), None
        ),
        is_passed=ExamAttempt.State.PASSED in states,
        attempts_left=exams.attempts_left(plan, person),
    )


def _lesson_row(lesson: Lesson, progress: LessonProgress | None) -> LessonRow:
    practice = [found for found in lesson.items.all() if found.role == LessonItem.Role.PRACTICE]
    answers = progress.answers if progress else {}
    right = [found for found in practice if answers.get(str(found.pk), {}).get("is_right")]
    return LessonRow(
        lesson, len(practice), len(right), bool(progress and progress.finished_at is not None)
    )


def lesson_page(lesson: Lesson, person: User) -> LessonPage:
    progress = LessonProgress.objects.filter(lesson=lesson, person=person).first()
    return LessonPage(
        lesson=lesson,
        text=render_markdown(lesson.text),
        block=lesson_block(lesson, person.language),
        worked=worked_examples(lesson),
        practice=practice_step(lessons.practice_items(lesson), progress),
    )


def lesson_block(lesson: Lesson, language: str) -> BlockView | None:
    """The part of the published instructions that the lesson teaches, if it is still there."""
    version = current_version(lesson.project)
    found = [block for block in version.blocks if block["id"] == lesson.block_id] if version else []
    if not version or not found:
        return None
    return guide(lesson.project, found, version.label_schema, language)[0]


def worked_examples(lesson: Lesson) -> list[tuple[LessonItem, str, dict[str, Any]]]:
    """Each item with the id its view's data has on the page."""
    rows = lesson.items.filter(role=LessonItem.Role.WORKED).select_related("item", "version")
    return [(entry, f"entry-{entry.pk}", label_view(entry)) for entry in rows]


def report_page(attempt: ExamAttempt) -> ReportPage:
    classes = attempt.report["classes"]
    weak = {(row["control"], row["value"]) for row in classes if row["score"] < 1}
    missed = attempt.answers.filter(score__lt=1).select_related("exam_item")
    return ReportPage(
        attempt=attempt,
        classes=[row | {"percent": int(100 * row["score"] + 1e-9)} for row in classes],
        missed=list(missed),
        read_again=_read_again(attempt, weak),
        lessons=_lessons_about(attempt.project, weak),
        attempts_left=exams.attempts_left(exams.plan_of(attempt.project), attempt.person),
    )


def _read_again(attempt: ExamAttempt, weak: set[tuple[str, str]]) -> list[BlockView]:
    """The class pages of the classes that were not all right."""
    version = current_version(attempt.project)
    if version is None:
        return []
    pages = [
        block
        for block in version.blocks
        if block["kind"] in {"class", "pair"} and weak & set(block_classes(block))
    ]
    return guide(attempt.project, pages, version.label_schema, attempt.person.language)


def _lessons_about(project: Project, weak: set[tuple[str, str]]) -> list[Lesson]:
    version = current_version(project)
    blocks: dict[str, Block] = {block["id"]: block for block in version.blocks} if version else {}
    return [
        lesson
        for lesson in project.lessons.filter(state=Lesson.State.PUBLISHED)
        if lesson.block_id in blocks and weak & set(block_classes(blocks[lesson.block_id]))
    ]
