"""Items whose right answer is known, as lessons, drills and exams show them."""

from typing import Any

from django.utils.translation import gettext as _

from reviews.models.training import ReferenceItem
from reviews.reports.answer_views import view_config
from tasks.reports.editor import editor_item


def label_view(entry: ReferenceItem) -> dict[str, Any]:
    """The item with its label."""
    return view_config(entry.item, entry.version.label_schema, (_("Label"), entry.answer))


def missed_view(entry: ReferenceItem, given: dict[str, Any]) -> dict[str, Any]:
    """The right answer beside the one that was given."""
    answers = ((_("Right"), entry.answer), (_("You"), given))
    return view_config(entry.item, entry.version.label_schema, *answers)


def editor_config(entry: ReferenceItem, answer: dict[str, Any]) -> dict[str, Any]:
    """What <answer-editor> reads: the item and an answer of the person, never the reference."""
    return {
        "item": editor_item(entry.item),
        "label_schema": entry.version.label_schema,
        "answer": answer,
        "editable": True,
    }
