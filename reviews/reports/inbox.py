"""What the inbox shows: decisions on the person's own answers, never who else answered."""

from dataclasses import dataclass
from typing import Any

from labelops.accounts.models import User
from labelops.lists import Page, keyset_page
from reviews import access
from reviews.models import Feedback
from tasks.kinds.answer import summary
from tasks.reports.editor import editor_item
from tasks.reports.editor_strings import editor_strings


@dataclass(frozen=True)
class InboxPage:
    """Unread entries, or all of them, newest first."""

    entries: Page
    show_all: bool


@dataclass(frozen=True)
class FeedbackPage:
    """One decision: before and after, and why."""

    entry: Feedback
    before: str
    after: str
    before_view: dict[str, Any]
    after_view: dict[str, Any] | None


def inbox_page(user: User, cursor: str, *, show_all: bool) -> InboxPage:
    entries = access.own_feedback(user)
    if not show_all:
        entries = entries.filter(read_at=None)
    return InboxPage(keyset_page(entries, cursor, newest_first=True), show_all)


def feedback_page(entry: Feedback) -> FeedbackPage:
    annotation, review = entry.annotation, entry.review
    schema = annotation.instruction_version.label_schema
    return FeedbackPage(
        entry=entry,
        before=summary(schema, annotation.answer),
        after=summary(schema, review.answer) if review.answer else "",
        before_view=_view(entry, annotation.answer),
        after_view=_view(entry, review.answer) if review.answer else None,
    )


def _view(entry: Feedback, answer: dict[str, Any]) -> dict[str, Any]:
    return {
        "item": editor_item(entry.annotation.task.item),
        "label_schema": entry.annotation.instruction_version.label_schema,
        "answers": [{"name": "", "answer": answer}],
        "strings": editor_strings(),
    }
