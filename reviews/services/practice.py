"""Practice with the right answer shown: what lessons and drills have in common."""

from collections.abc import Sequence
from typing import Any, TypeVar

from reviews.models import Drill, DrillItem, LessonItem, LessonProgress
from tasks.kinds.answer import agree
from tasks.services.annotations import check_answer

Progress = LessonProgress | Drill
Entry = TypeVar("Entry", LessonItem, DrillItem)


def next_item(items: Sequence[Entry], progress: Progress | None) -> Entry | None:
    """The first item that the person has not got right yet."""
    answers = progress.answers if progress else {}
    return next((item for item in items if not answers.get(str(item.pk), {}).get("is_right")), None)


def check(entry: LessonItem | DrillItem, answer: Any) -> tuple[dict[str, Any], bool]:
    """The normalised answer, and whether it agrees with the reference. Raises DomainError."""
    schema = entry.version.label_schema
    valid = check_answer(answer, label_schema=schema, item_facts=entry.item.facts)
    return valid, agree(schema, entry.answer, valid)


def note(
    progress: Progress, entry: LessonItem | DrillItem, answer: dict[str, Any], *, is_right: bool
) -> bool:
    """Count a try; False when the item was right before: it stays so, and counts no further."""
    known = progress.answers.get(str(entry.pk), {"tries": 0, "is_right": False})
    if known["is_right"]:
        return False
    progress.answers[str(entry.pk)] = {
        "tries": known["tries"] + 1,
        "is_right": is_right,
        "answer": answer,
    }
    progress.mistakes += not is_right
    return True
