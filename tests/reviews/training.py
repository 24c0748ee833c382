"""Lessons and exams for tests, made by the services as experts make them."""

from reviews.models import LessonItem
from reviews.services import exams, lessons
from tests.factories import make_task, settle

PLAN = {"size": 4, "pass_percent": 75, "class_percent": 60, "retries": 1, "level": 1}


def make_settled(batch, label, **over):
    task = make_task(batch)
    settle(task, {"species": label}, **over)
    return task


def make_lesson(project, batch, *labels, by, worked=()):
    """A published lesson with practice of these labels."""
    lesson = lessons.add_lesson(project, title="Robins", by=by)
    for label in labels:
        lessons.add_item(lesson, make_settled(batch, label), role="practice", by=by)
    for label in worked:
        lessons.add_item(lesson, make_settled(batch, label), role="worked", by=by)
    LessonItem.objects.filter(lesson=lesson).update(explanation="Its breast is red.")
    return lessons.publish_lesson(lesson, by=by)


def open_exam(project, batch, *labels, by, **plan):
    """An open exam over a pool of these labels."""
    exams.add_to_pool(project, [make_settled(batch, label) for label in labels], by=by)
    return exams.save_plan(project, by=by, **{**PLAN, "is_open": True, **plan})


def sit(attempt, *, by, wrong=0):
    """Answer everything, the first `wrong` places wrongly, and hand in."""
    for entry in attempt.answers.select_related("exam_item"):
        right = entry.exam_item.answer["species"]
        other = "wren" if right == "robin" else "robin"
        label = other if entry.place <= wrong else right
        exams.answer_place(attempt, entry.place, {"species": label}, by=by)
    return exams.finish(attempt, by=by)
