"""Items whose right answer is known, as lessons, drills and exams show them."""

from typing import Any

from django.utils.translation import gettext as _

from reviews.models.training import ReferenceItem
from tasks.reports.editor import editor_item
from tasks.reports.editor_strings import editor_strings


def label_view(entry: ReferenceItem) -> dict[str, Any]:
    """The item with its label."""
    return _view_config(entry, [(_("Label"), entry.answer)])


def missed_view(entry: ReferenceItem, given: dict[str, Any]) -> dict[str, Any]:
    """The right answer beside the one that was given."""
    return _view_config(entry, [(_("Right"), entry.answer), (_("You"), given)])


def _view_config(entry: ReferenceItem, answers: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """What <answer-view> reads."""
    return {
        "item": editor_item(entry.item),
        "label_schema": entry.version.label_schema,
        "answers": [{"name": name, "answer": answer} for name, answer in answers],
        "strings": editor_strings(),
    }


def editor_config(entry: ReferenceItem, answer: dict[str, Any]) -> dict[str, Any]:
    """What <answer-editor> reads: the item and an answer of the person, never the reference."""
    return {
        "item": editor_item(entry.item),
        "label_schema": entry.version.label_schema,
        "answer": answer,
        "editable": True,
        "strings": editor_strings(),
    }
