"""Options and labels: the parts of a control that name classes, with keys, colours, attributes."""

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from labelops.hints import Hint
from tasks.kinds.checks import ANSWER, COLOR, SCHEMA, join
from tasks.kinds.errors import nearest, shown

DIGITS = "1234567890"
MAX_OPTIONS = 1000
MAX_DEPTH = 8
MAX_ATTRIBUTES = 50
TITLE_LENGTH = 300
ATTRIBUTE_TEXT_LENGTH = 1000
ATTRIBUTE_KEYS = {
    "boolean": (),
    "choice": ("options",),
    "text": (),
    "number": ("min", "max"),
}
CONTROL_KEYS = ("name", "type", "title", "required")


def validate_frame(control: dict[str, Any], path: str) -> dict[str, Any]:
    """The part that all controls share: name, type, title, required.

    >>> validate_frame({"name": "species", "type": "choice"}, "controls[0]")
    {'name': 'species', 'type': 'choice', 'title': 'species', 'required': False}
    """
    name = SCHEMA.name(SCHEMA.needed(control, "name", path), join(path, "name"))
    return {
        "name": name,
        "type": control["type"],
        "title": _title(control, name, path),
        "required": SCHEMA.boolean(control.get("required", False), join(path, "required")),
    }


def validate_labels(
    raw: Any, path: str, *, children: bool = False, attributes: bool = False
) -> list[dict[str, Any]]:
    """Normalised options or labels; values and keys are unique in the whole control.

    >>> validate_labels([{"value": "car", "color": "#1971C2"}], "labels")
    [{'value': 'car', 'title': 'car', 'color': '#1971c2'}]
    """
    labels = _level(raw, path, children=children, attributes=attributes, depth=1)
    paths = list(_walk(labels, path))
    if len(paths) > MAX_OPTIONS:
        SCHEMA.fail(
            "too_many",
            path,
            "There are {count} classes; at most {most} are allowed.",
            count=len(paths),
            most=MAX_OPTIONS,
        )
    _refuse_twice(paths, "value", "duplicate_value", "The value {value} is used twice.")
    _refuse_twice(paths, "key", "duplicate_hotkey", "The keyboard key {value} is used twice.")
    return labels


def flatten(labels: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All labels of a tree, parents before their children.

    >>> tree = [{"value": "bird", "children": [{"value": "robin"}]}, {"value": "cat"}]
    >>> [label["value"] for label in flatten(tree)]
    ['bird', 'robin', 'cat']
    """
    flat = []
    for label in labels:
        flat.append(label)
        if "children" in label:
            flat += flatten(label["children"])
    return flat


def digit_keys(labels: Iterable[dict[str, Any]]) -> dict[str, str]:
    """A digit for each class: that of the schema, else the next free one; "" when none is left.

    For pages where letters mean something else.

    >>> digit_keys([{"value": "owl", "key": "o"}, {"value": "robin", "key": "1"}])
    {'owl': '2', 'robin': '1'}
    """
    listed = list(labels)
    asked = {label["value"]: label.get("key", "") for label in listed}
    keys = {value: key for value, key in asked.items() if key and key in DIGITS}
    free = iter([digit for digit in DIGITS if digit not in keys.values()])
    return {value: keys.get(value) or next(free, "") for value in asked}


def validate_attributes(label: dict[str, Any], raw: Any, path: str) -> dict[str, Any]:
    """The attributes of one object against those its label allows.

    >>> label = {"attributes": [{"name": "occluded", "type": "boolean"}]}
    >>> validate_attributes(label, {"occluded": True}, "objects[0].attributes")
    {'occluded': True}
    """
    given = ANSWER.mapping(raw, path)
    if not given:
        return {}
    specs = {spec["name"]: spec for spec in label.get("attributes", [])}
    for name in given:
        if name not in specs:
            ANSWER.fail(
                "unknown_attribute",
                join(path, name),
                "The attribute {name} is not known.",
                hint=nearest(name, specs),
                name=shown(name),
            )
    return {
        name: _attribute_value(spec, given[name], join(path, name))
        for name, spec in specs.items()
        if name in given
    }


def _level(
    raw: Any, path: str, *, children: bool, attributes: bool, depth: int
) -> list[dict[str, Any]]:
    if depth > MAX_DEPTH:
        SCHEMA.fail("too_deep", path, "Options nest at most {most} deep.", most=MAX_DEPTH)
    entries = SCHEMA.sequence(raw, path, least=1, most=MAX_OPTIONS)
    labels = []
    for index, entry in enumerate(entries):
        where = f"{path}[{index}]"
        label = _label(entry, where, children=children, attributes=attributes)
        if "children" in entry:
            label["children"] = _level(
                entry["children"],
                join(where, "children"),
                children=True,
                attributes=attributes,
                depth=depth + 1,
            )
        labels.append(label)
    return labels


def _label(raw: Any, path: str, *, children: bool, attributes: bool) -> dict[str, Any]:
    known = ["value", "title", "key", "color"]
    known += ["children"] * children + ["attributes"] * attributes
    entry = SCHEMA.mapping(raw, path)
    SCHEMA.keys(entry, path, known=known)
    value = SCHEMA.word(SCHEMA.needed(entry, "value", path), join(path, "value"))
    label: dict[str, Any] = {"value": value, "title": _title(entry, value, path)}
    if "key" in entry:
        label["key"] = _hotkey(entry["key"], join(path, "key"))
    if "color" in entry:
        label["color"] = _color(entry["color"], join(path, "color"))
    if "attributes" in entry:
        label["attributes"] = _attributes(entry["attributes"], join(path, "attributes"))
    return label


def _title(entry: dict[str, Any], default: str, path: str) -> str:
    return SCHEMA.text(entry.get("title", default), join(path, "title"), least=1, most=TITLE_LENGTH)


def _hotkey(raw: Any, path: str) -> str:
    key = SCHEMA.text(raw, path, most=TITLE_LENGTH)
    if len(key) != 1 or not key.isprintable() or key.isspace():
        SCHEMA.fail("bad_hotkey", path, "{value} is not one visible character.", value=shown(key))
    return key


def _color(raw: Any, path: str) -> str:
    color = SCHEMA.text(raw, path, most=TITLE_LENGTH)
    if not COLOR.fullmatch(color):
        SCHEMA.fail(
            "bad_color",
            path,
            "{value} is not a colour.",
            hint=Hint('Write it like "#2f9e44".'),
            value=shown(color),
        )
    return color.lower()


def _attributes(raw: Any, path: str) -> list[dict[str, Any]]:
    entries = SCHEMA.sequence(raw, path, most=MAX_ATTRIBUTES)
    specs = [_attribute(entry, f"{path}[{index}]") for index, entry in enumerate(entries)]
    named = [(spec, f"{path}[{index}]") for index, spec in enumerate(specs)]
    _refuse_twice(named, "name", "duplicate_name", "The name {value} is used twice.")
    return specs


def _attribute(raw: Any, path: str) -> dict[str, Any]:
    entry = SCHEMA.mapping(raw, path)
    name = SCHEMA.name(SCHEMA.needed(entry, "name", path), join(path, "name"))
    type_ = SCHEMA.needed(entry, "type", path)
    if not isinstance(type_, str) or type_ not in ATTRIBUTE_KEYS:
        SCHEMA.fail(
            "unknown_type",
            join(path, "type"),
            "The attribute type {type} is not known.",
            hint=Hint("Attribute types: {types}.", types=", ".join(ATTRIBUTE_KEYS)),
            type=shown(type_),
        )
    SCHEMA.keys(entry, path, known=("name", "type", "title", *ATTRIBUTE_KEYS[type_]))
    spec: dict[str, Any] = {"name": name, "type": type_, "title": _title(entry, name, path)}
    if type_ == "choice":
        options = SCHEMA.needed(entry, "options", path)
        spec["options"] = validate_labels(options, join(path, "options"))
    if type_ == "number":
        spec |= _number_range(entry, path)
    return spec


def _number_range(entry: dict[str, Any], path: str) -> dict[str, int | float]:
    ends = {
        end: SCHEMA.number(entry[end], join(path, end)) for end in ("min", "max") if end in entry
    }
    if len(ends) == 2 and not ends["min"] < ends["max"]:
        SCHEMA.fail(
            "number_out_of_range",
            join(path, "max"),
            "The maximum {max} is not above {min}.",
            **ends,
        )
    return ends


def _attribute_value(spec: dict[str, Any], raw: Any, path: str) -> Any:
    if spec["type"] == "boolean":
        return ANSWER.boolean(raw, path)
    if spec["type"] == "text":
        return ANSWER.text(raw, path, most=ATTRIBUTE_TEXT_LENGTH)
    if spec["type"] == "number":
        number = ANSWER.number(raw, path)
        least, most = spec.get("min", number), spec.get("max", number)
        if not least <= number <= most:
            ANSWER.fail(
                "number_out_of_range",
                path,
                "{value} is outside the allowed {least} to {most}.",
                value=number,
                least=spec.get("min", "…"),
                most=spec.get("max", "…"),
            )
        return number
    return known_value(spec["options"], raw, path, code="unknown_option")


def known_value(labels: list[dict[str, Any]], raw: Any, path: str, *, code: str) -> str:
    """The value, if it is one of the labels; the error names the nearest one.

    >>> known_value([{"value": "car"}], "car", "objects[0].label", code="unknown_label")
    'car'
    """
    if not isinstance(raw, str):
        ANSWER.fail("wrong_type", path, "Expected a text, not {value}.", value=shown(raw))
    values = [label["value"] for label in flatten(labels)]
    if raw not in values:
        ANSWER.fail(
            code,
            path,
            "{value} is not in the label schema.",
            hint=nearest(raw, values),
            value=shown(raw),
        )
    return raw


def _walk(labels: list[dict[str, Any]], path: str) -> Iterator[tuple[dict[str, Any], str]]:
    for index, label in enumerate(labels):
        where = f"{path}[{index}]"
        yield label, where
        yield from _walk(label.get("children", []), join(where, "children"))


def _refuse_twice(
    entries: list[tuple[dict[str, Any], str]], key: str, code: str, template: str
) -> None:
    seen: set[str] = set()
    for entry, path in entries:
        if key not in entry:
            continue
        # Two spellings that look the same to a person would be two classes.
        folded = unicodedata.normalize("NFC", entry[key])
        if folded in seen:
            SCHEMA.fail(code, join(path, key), template, value=shown(entry[key]))
        seen.add(folded)
