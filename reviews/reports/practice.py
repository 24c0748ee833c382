"""Practice as the person at it sees it: one item at a time, a mistake with the right answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reviews.models import DrillItem, LessonItem, PracticeRecord
from reviews.reports.references import editor_config, missed_view
from reviews.services import practice


@dataclass(frozen=True)
class PracticeStep:
    """The item to answer now, none when all were right; `missed` is the last try beside it."""

    current: LessonItem | DrillItem | None
    place: int
    count: int
    editor: dict[str, Any] | None
    missed: dict[str, Any] | None
    is_begun: bool
    is_finished: bool


def practice_step(
    items: Sequence[LessonItem] | Sequence[DrillItem], record: PracticeRecord | None
) -> PracticeStep:
    current = practice.next_item(items, record)
    last = record.answers.get(str(current.pk)) if record and current else None
    return PracticeStep(
        current=current,
        place=items.index(current) + 1 if current else len(items),
        count=len(items),
        editor=editor_config(current, {}) if current else None,
        missed=missed_view(current, last["answer"]) if current and last else None,
        is_begun=bool(record and record.answers),
        is_finished=bool(record and record.finished_at),
    )
