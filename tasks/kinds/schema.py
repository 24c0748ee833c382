"""The label schema: the controls that a person answers for one item."""

from typing import Any

from labelops.hints import Hint
from tasks.kinds import KINDS
from tasks.kinds.checks import SCHEMA, join
from tasks.kinds.errors import nearest, shown
from tasks.kinds.items import ITEM_TYPES
from tasks.kinds.rules import validate_rules

MAX_CONTROLS = 50


def validate_schema(raw: Any, item_type: str) -> dict[str, Any]:
    """The normalised schema: defaults filled in, anything unknown refused.

    >>> raw = {"controls": [{"name": "severity", "type": "rating"}]}
    >>> validate_schema(raw, "text")["controls"][0]["title"]
    'severity'
    """
    if item_type not in ITEM_TYPES:
        SCHEMA.fail(
            "unknown_item_type",
            "",
            "The item type {type} is not known.",
            hint=Hint("Item types: {types}.", types=", ".join(ITEM_TYPES)),
            type=shown(item_type),
        )
    schema = SCHEMA.mapping(raw, "")
    SCHEMA.keys(schema, "", known=("controls", "rules"))
    entries = SCHEMA.sequence(
        SCHEMA.needed(schema, "controls", ""), "controls", least=1, most=MAX_CONTROLS
    )
    controls: list[dict[str, Any]] = []
    for index, entry in enumerate(entries):
        path = f"controls[{index}]"
        control = _control(entry, item_type, path)
        if any(control["name"] == earlier["name"] for earlier in controls):
            SCHEMA.fail(
                "duplicate_name",
                join(path, "name"),
                "Two controls are named {name}.",
                name=shown(control["name"]),
            )
        controls.append(control)
    rules = validate_rules(schema.get("rules", []), controls)
    return {"controls": controls, **({"rules": rules} if rules else {})}


def control_named(schema: dict[str, Any], name: str) -> dict[str, Any] | None:
    """The control of that name, or None.

    >>> control_named({"controls": [{"name": "severity", "type": "rating"}]}, "severity")
    {'name': 'severity', 'type': 'rating'}
    """
    return next((control for control in schema["controls"] if control["name"] == name), None)


def single_choice(schema: dict[str, Any]) -> dict[str, Any] | None:
    """The project's one single choice control, which CSV labels mean; None unless exactly one.

    >>> single_choice({"controls": [{"name": "bird", "type": "choice", "multiple": False}]})["name"]
    'bird'
    """
    found = [
        control
        for control in schema["controls"]
        if control["type"] == "choice" and not control.get("multiple", False)
    ]
    return found[0] if len(found) == 1 else None


def _control(raw: Any, item_type: str, path: str) -> dict[str, Any]:
    control = SCHEMA.mapping(raw, path)
    type_ = SCHEMA.needed(control, "type", path)
    if not isinstance(type_, str) or type_ not in KINDS:
        SCHEMA.fail(
            "unknown_type",
            join(path, "type"),
            "The control type {type} is not available.",
            hint=nearest(type_, KINDS) or Hint("Available: {names}.", names=", ".join(KINDS)),
            type=shown(type_),
        )
    kind = KINDS[type_]
    if item_type not in kind.ITEM_TYPES:
        SCHEMA.fail(
            "wrong_item_type",
            join(path, "type"),
            "The control type {type} works on {works_on} items, not on {item_type} items.",
            type=shown(type_),
            works_on=" and ".join(kind.ITEM_TYPES),
            item_type=item_type,
        )
    return kind.validate_control(control, path)
