"""Lessons: written by experts from accepted labels, gone through by people who label."""

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError, NotAllowed
from reviews.models import Lesson, LessonItem, LessonProgress
from reviews.services import practice
from reviews.services.references import SECRET, Purpose, candidates, reference_of
from tasks.models import Project, Task
from tasks.services.checks import check_fields
from tasks.services.instruction_blocks import find_block
from tasks.services.reservations import reserve

State = Lesson.State
ITEMS_MAX = 40


def add_lesson(project: Project, *, title: str, by: User) -> Lesson:
    """A new lesson at the end, not shown to anybody yet."""
    with transaction.atomic():
        last = project.lessons.aggregate(last=Max("position"))["last"] or 0
        lesson = Lesson(project=project, position=last + 1, title=title.strip())
        check_fields(lesson, "title")
        lesson.save()
        record(by, "lesson.added", lesson, after={"title": lesson.title})
    return lesson


def edit_lesson(lesson: Lesson, *, title: str, text: str, block_id: str, by: User) -> Lesson:
    """Change the words. Raises DomainError with the field."""
    if block_id and find_block(lesson.project, block_id) is None:
        raise DomainError(
            _("The instructions have no such part any more."),
            code="no_such_block",
            field="block_id",
        )
    lesson.title, lesson.text, lesson.block_id = title.strip(), text, block_id
    check_fields(lesson, "title", "text", "block_id")
    with transaction.atomic():
        lesson.save(update_fields=["title", "text", "block_id"])
        record(by, "lesson.edited", lesson, after={"title": lesson.title, "block": block_id})
    return lesson


def publish_lesson(lesson: Lesson, *, by: User) -> Lesson:
    """Show a lesson to everybody who labels in the project; it needs something to practice."""
    return _move_to(lesson, State.PUBLISHED, by=by)


def retire_lesson(lesson: Lesson, *, by: User) -> Lesson:
    """Take a lesson out of sight; what people did in it is kept."""
    return _move_to(lesson, State.RETIRED, by=by)


def _move_to(lesson: Lesson, state: State, *, by: User) -> Lesson:
    with transaction.atomic():
        lesson = Lesson.objects.select_for_update().get(pk=lesson.pk)
        practised = lesson.items.filter(role=LessonItem.Role.PRACTICE)
        if state == State.PUBLISHED and not practised.exists():
            raise _without_practice()
        before, lesson.state = lesson.state, state
        if before != state:
            lesson.save(update_fields=["state"])
            record(by, f"lesson.{state}", lesson, before={"state": before})
    return lesson


def move_lesson(lesson: Lesson, *, up: bool, by: User) -> None:
    """Change places with the lesson before or after."""
    with transaction.atomic():
        lessons = list(lesson.project.lessons.select_for_update())
        place = lessons.index(lesson)
        there = place - 1 if up else place + 1
        if not 0 <= there < len(lessons):
            return
        lessons[place], lessons[there] = lessons[there], lessons[place]
        for position, found in enumerate(lessons, start=1):
            found.position = position
        Lesson.objects.bulk_update(lessons, ["position"])
        record(by, "lesson.moved", lesson, after={"position": there + 1})


def add_item(lesson: Lesson, task: Task, *, role: str, by: User) -> LessonItem:
    """Make an accepted label part of a lesson; its item is never handed out as work again."""
    if role not in LessonItem.Role.values:
        raise DomainError(_("An item is a worked example or practice."), field="role")
    with transaction.atomic():
        Lesson.objects.select_for_update().get(pk=lesson.pk)
        # What instructions and other lessons show may be shown here, too.
        offered = candidates(lesson.project, purposes=SECRET, by_experts=False)
        found = offered.filter(pk=task.pk).first()
        if found is None or lesson.items.filter(item=found.item_id).exists():
            raise Conflict(_("This item is used already, or its label has changed."))
        if lesson.items.count() >= ITEMS_MAX:
            raise Conflict(_("A lesson has at most %(most)d items.") % {"most": ITEMS_MAX})
        added = LessonItem.objects.create(lesson=lesson, role=role, **reference_of(found))
        reserve([found.item], Purpose.LESSON, by=by)
        record(by, "lesson.item_added", lesson, after={"item": added.item_id, "role": role})
    return added


def edit_item(entry: LessonItem, *, role: str, explanation: str, by: User) -> LessonItem:
    """Change what an item is for and why its label is right. Raises DomainError with the field."""
    entry.role, entry.explanation = role, explanation.strip()
    check_fields(entry, "role", "explanation")
    with transaction.atomic():
        if role != LessonItem.Role.PRACTICE:
            _lock_for_loss(entry)
        entry.save(update_fields=["role", "explanation"])
        record(by, "lesson.item_edited", entry.lesson, after={"item": entry.item_id, "role": role})
    return entry


def remove_item(entry: LessonItem, *, by: User) -> None:
    """Take an item out of a lesson. People have seen its label, so it does not return to work."""
    with transaction.atomic():
        lesson = _lock_for_loss(entry)
        record(by, "lesson.item_removed", lesson, before={"item": entry.item_id})
        entry.delete()


def _lock_for_loss(entry: LessonItem) -> Lesson:
    """The lesson under a lock; raises Conflict when it cannot do without the item."""
    lesson = Lesson.objects.select_for_update().get(pk=entry.lesson_id)
    others = lesson.items.filter(role=LessonItem.Role.PRACTICE).exclude(pk=entry.pk)
    if lesson.state == State.PUBLISHED and not others.exists():
        raise _without_practice()
    return lesson


def _without_practice() -> Conflict:
    return Conflict(
        _("A lesson needs at least one item to practice on."), code="lesson_without_practice"
    )


def practice_items(lesson: Lesson) -> list[LessonItem]:
    rows = lesson.items.filter(role=LessonItem.Role.PRACTICE)
    return list(rows.select_related("item", "version"))


def answer_practice(entry: LessonItem, answer: Any, *, by: User) -> bool:
    """Whether the answer agrees with the reference; the last right one finishes the lesson."""
    if entry.role != LessonItem.Role.PRACTICE or entry.lesson.state != State.PUBLISHED:
        raise NotAllowed(_("This item is not there to practice on."))
    valid, is_right = practice.check(entry, answer)
    with transaction.atomic():
        progress = _locked_progress(entry.lesson, by)
        if practice.note(progress, practice_items(entry.lesson), entry, valid, is_right=is_right):
            record(by, "lesson.finished", entry.lesson, after={"mistakes": progress.mistakes})
        progress.save()
    return is_right


def _locked_progress(lesson: Lesson, person: User) -> LessonProgress:
    LessonProgress.objects.get_or_create(lesson=lesson, person=person)
    return LessonProgress.objects.select_for_update().get(lesson=lesson, person=person)
