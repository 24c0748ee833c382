"""The classes of a label schema, and which of them a block is about."""

from collections.abc import Iterable
from typing import Any

from tasks.blocks import Block
from tasks.blocks.trees import ends
from tasks.kinds import kind_of
from tasks.kinds.labels import flatten

Class = tuple[str, str]


def schema_classes(schema: dict[str, Any]) -> dict[Class, str]:
    """The title of each class of a schema, by (control, value), in schema order.

    >>> schema_classes({"controls": [{"name": "bird", "type": "choice",
    ...                               "options": [{"value": "robin", "title": "Robin"}]}]})
    {('bird', 'robin'): 'Robin'}
    """
    return {
        (control["name"], str(value)): title
        for control in schema["controls"]
        for value, title in _titles(control)
    }


def _titles(control: dict[str, Any]) -> list[tuple[Any, str]]:
    labels = control.get("options") or control.get("labels")
    if labels:
        return [(label["value"], label["title"]) for label in flatten(labels)]
    return [(value, str(value)) for value in kind_of(control).classes(control)]


def block_classes(block: Block) -> list[Class]:
    """The classes that a block speaks of; none stands for all."""
    if block["kind"] == "tree":
        return [(block["control"], value) for value in ends(block)]
    return [(entry["control"], entry["value"]) for entry in block["classes"]]


def with_children(classes: Iterable[Class], schema: dict[str, Any]) -> set[Class]:
    """The classes and all that stand below them in a taxonomy.

    >>> schema = {"controls": [{"name": "bird", "type": "choice", "options": [
    ...     {"value": "wader", "children": [{"value": "snipe"}]}]}]}
    >>> sorted(with_children([("bird", "wader")], schema))
    [('bird', 'snipe'), ('bird', 'wader')]
    """
    found = set(classes)
    for control in schema["controls"]:
        for label in flatten(control.get("options") or control.get("labels") or []):
            if (control["name"], label["value"]) in found:
                found |= {
                    (control["name"], child["value"])
                    for child in flatten(label.get("children", []))
                }
    return found
