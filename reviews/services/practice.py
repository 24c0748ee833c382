"""Practice with the right answer shown: what lessons and drills have in common."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.utils import timezone

from reviews.models import DrillItem, LessonItem, PracticeRecord
from tasks.kinds.answer import agree
from tasks.services.annotations import check_answer

Entry = TypeVar("Entry", LessonItem, DrillItem)


def next_item(items: Sequence[Entry], record: PracticeRecord | None) -> Entry | None:
    """The first item that the person has not got right yet."""
    answers = record.answers if record else {}
    return next((item for item in items if not answers.get(str(item.pk), {}).get("is_right")), None)


def check(entry: LessonItem | DrillItem, answer: Any) -> tuple[dict[str, Any], bool]:
    """The normalised answer, and whether it agrees with the reference. Raises DomainError."""
    schema = entry.version.label_schema
    valid = check_answer(answer, label_schema=schema, item_facts=entry.item.facts)
    return valid, agree(schema, entry.answer, valid)


def note(
    record: PracticeRecord,
    items: Sequence[Entry],
    entry: Entry,
    answer: dict[str, Any],
    *,
    is_right: bool,
) -> bool:
    """Count a try; returns whether it was the last right one, that finishes the practice.

    An item that was right before stays so, and counts no further. The caller saves the record.
    """
    known = record.answers.get(str(entry.pk), {"tries": 0, "is_right": False})
    if known["is_right"]:
        return False
    record.answers[str(entry.pk)] = {
        "tries": known["tries"] + 1,
        "is_right": is_right,
        "answer": answer,
    }
    record.mistakes += not is_right
    if record.finished_at or next_item(items, record):
        return False
    record.finished_at = timezone.now()
    return True
