"""Choice: one option, or several, of a flat list or a taxonomy."""

from typing import Any

from tasks.kinds.checks import ANSWER, SCHEMA, join
from tasks.kinds.errors import shown
from tasks.kinds.items import ITEM_TYPES as ALL_ITEM_TYPES
from tasks.kinds.items import ItemFacts
from tasks.kinds.labels import (
    CONTROL_KEYS,
    MAX_OPTIONS,
    flatten,
    known_value,
    validate_frame,
    validate_labels,
)

ITEM_TYPES = ALL_ITEM_TYPES


def validate_control(control: dict[str, Any], path: str) -> dict[str, Any]:
    """The normalised control.

    >>> control = {"name": "bird", "type": "choice", "options": [{"value": "robin"}]}
    >>> validate_control(control, "controls[0]")["options"]
    [{'value': 'robin', 'title': 'robin'}]
    """
    SCHEMA.keys(control, path, known=(*CONTROL_KEYS, "multiple", "options"))
    options = SCHEMA.needed(control, "options", path)
    return {
        **validate_frame(control, path),
        "multiple": SCHEMA.boolean(control.get("multiple", False), join(path, "multiple")),
        "options": validate_labels(options, join(path, "options"), children=True),
    }


def validate_value(control: dict[str, Any], value: Any, item: ItemFacts, path: str) -> Any:
    """One value, or for a multiple choice a list of values, put into schema order.

    >>> control = {"multiple": True, "options": [{"value": "a"}, {"value": "b"}]}
    >>> validate_value(control, ["b", "a"], ItemFacts("text"), "letters")
    ['a', 'b']
    """
    options = control["options"]
    if not control.get("multiple", False):
        return known_value(options, value, path, code="unknown_option")
    entries = ANSWER.sequence(value, path, most=MAX_OPTIONS)
    chosen = set()
    for index, entry in enumerate(entries):
        where = f"{path}[{index}]"
        if known_value(options, entry, where, code="unknown_option") in chosen:
            ANSWER.fail("duplicate_value", where, "{value} is chosen twice.", value=shown(entry))
        chosen.add(entry)
    return [known for known in classes(control) if known in chosen]


def distance(control: dict[str, Any], a: Any, b: Any) -> float:
    """Single: 0 if equal, else 1. Multiple: 1 - Jaccard, |A and B| / |A or B|.

    >>> distance({"multiple": False}, "robin", "crow")
    1.0
    >>> distance({"multiple": True}, ["a", "b"], ["b"])
    0.5
    """
    if not control.get("multiple", False):
        return float(a != b)
    first, second = set(a), set(b)
    union = first | second
    return 1 - len(first & second) / len(union) if union else 0.0


def agrees(control: dict[str, Any], a: Any, b: Any) -> bool:
    """Whether two people gave the same answer.

    >>> agrees({"multiple": True}, ["a", "b"], ["b", "a"])
    True
    """
    return distance(control, a, b) == 0


def is_empty(control: dict[str, Any], value: Any) -> bool:
    """Whether nothing is chosen.

    >>> is_empty({"multiple": True}, []), is_empty({}, "robin")
    (True, False)
    """
    return not value


def classes(control: dict[str, Any]) -> list[str]:
    """The values of all options, parents before children.

    >>> classes({"options": [{"value": "bird", "children": [{"value": "robin"}]}]})
    ['bird', 'robin']
    """
    return [option["value"] for option in flatten(control["options"])]


def classes_in(value: Any) -> list[str]:
    """The options that were chosen.

    >>> classes_in("robin"), classes_in(["a", "b"])
    (['robin'], ['a', 'b'])
    """
    return list(value) if isinstance(value, list) else [value]


def summary(control: dict[str, Any], value: Any) -> str:
    """The titles of what was chosen.

    >>> summary({"options": [{"value": "robin", "title": "Robin"}]}, "robin")
    'Robin'
    """
    chosen = value if isinstance(value, list) else [value]
    titles = {option["value"]: option["title"] for option in flatten(control["options"])}
    return ", ".join(titles.get(entry, entry) for entry in chosen)
