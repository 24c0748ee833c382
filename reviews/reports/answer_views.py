"""What <answer-view> reads. Its sentences stand once on the page: {% editor_strings %}."""

from typing import Any

from tasks.models import Item
from tasks.reports.editor import editor_item

Answer = dict[str, Any]


def view_config(
    item: Item, label_schema: dict[str, Any], *answers: tuple[str, Answer]
) -> dict[str, Any]:
    """An item with answers to it, each with its name."""
    return {
        "item": editor_item(item),
        "label_schema": label_schema,
        "answers": [{"name": name, "answer": answer} for name, answer in answers],
    }
