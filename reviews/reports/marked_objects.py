"""What the desk says of the objects that reviewers of crops marked, and what it proposes."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.utils.translation import ngettext

from reviews.models import ObjectCheck
from reviews.reports.reasons import crop_reason
from reviews.services.object_marks import corrected, marked_objects
from tasks.blocks.classes import schema_classes
from tasks.models import Task


@dataclass(frozen=True)
class Marked:
    """`proposal` is the stored label with what was said carried out; None: that is the same."""

    sentences: list[str]
    # Each object with what was said of it, for the picture.
    objects: list[dict[str, Any]]
    proposal: dict[str, Any] | None


def marked(task: Task, schema: dict[str, Any]) -> Marked:
    found = marked_objects(task)
    titles = schema_classes(schema)
    said = [_said(entry.check, titles) for entry in found]
    return Marked(
        sentences=[_sentence(*words, count) for words, count in Counter(said).items()],
        objects=[
            {"object": entry.entry, "said": _sentence(*words, 1)}
            for entry, words in zip(found, said, strict=True)
        ],
        proposal=corrected(schema, task, found),
    )


def _said(check: ObjectCheck, titles: dict[Any, str]) -> tuple[str, str, str]:
    shown_as, should_be = (
        titles.get((check.control, value), value) for value in (check.shown_as, check.should_be)
    )
    return shown_as, should_be, check.reason


def _sentence(shown_as: str, should_be: str, reason: str, count: int) -> str:
    named = {"count": count, "shown": shown_as, "right": should_be, "reason": crop_reason(reason)}
    if should_be:
        words = ngettext(
            "%(shown)s marked as %(right)s", "%(count)d × %(shown)s marked as %(right)s", count
        )
    else:
        words = ngettext(
            "%(shown)s marked: %(reason)s", "%(count)d × %(shown)s marked: %(reason)s", count
        )
    return words % named
