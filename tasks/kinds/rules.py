"""Rules that an expert adds to a label schema: what every new answer is checked for."""

from typing import Any

from labelops.hints import Hint
from tasks.kinds import kind_of
from tasks.kinds.checks import SCHEMA, join
from tasks.kinds.errors import nearest, shown
from tasks.kinds.labels import flatten
from tasks.kinds.objects import MAX_OBJECTS
from tasks.kinds.text import DEFAULT_LENGTH, MAX_LENGTH

MAX_RULES = 100
MESSAGE_LENGTH = 300
BLOCK, WARN = "block", "warn"
SEVERITIES = (BLOCK, WARN)
MEASURES = ("side", "area")
UNITS = ("pixels", "share")
LARGEST_SIZE = 1e12
USUAL_SHARE = 0.95
OBJECTS = ("shapes", "spans")
# Which controls a type of rule speaks of, and its own keys.
RULE_TYPES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "count": (OBJECTS, ("label", "min", "max")),
    "size": (("shapes",), ("label", "measure", "unit", "min", "max")),
    "overlap": (OBJECTS, ("labels", "same_label", "max")),
    "inside": (OBJECTS, ("label", "within", "share")),
    "attribute": (("shapes",), ("label", "attribute")),
    "length": (("text",), ("min", "max")),
    "chosen": (("choice",), ("min", "max")),
    "required_when": ((*OBJECTS, "choice", "text", "rating"), ("when",)),
}
SHARED_KEYS = ("id", "type", "control", "severity", "message")
Rule = dict[str, Any]
Control = dict[str, Any]


def validate_rules(raw: Any, controls: list[Control]) -> list[Rule]:
    """The normalised rules over validated controls; SchemaError names the place.

    >>> controls = [{"name": "note", "type": "text", "title": "Note", "max_length": 9}]
    >>> validate_rules([{"id": "r1", "type": "length", "control": "note", "min": 2}], controls)
    [{'id': 'r1', 'type': 'length', 'control': 'note', 'severity': 'block', 'min': 2}]
    """
    entries = SCHEMA.sequence(raw, "rules", most=MAX_RULES)
    rules: list[Rule] = []
    for index, entry in enumerate(entries):
        path = f"rules[{index}]"
        rule = _rule(entry, controls, path)
        if any(rule["id"] == earlier["id"] for earlier in rules):
            SCHEMA.fail(
                "duplicate_id",
                join(path, "id"),
                "The id {id} is used twice.",
                id=shown(rule["id"]),
            )
        rules.append(rule)
    return rules


def can_be_chosen(control: Control, type_: str) -> bool:
    """Whether a rule of that type can speak of the control.

    >>> can_be_chosen({"type": "choice", "multiple": False}, "chosen")
    False
    """
    kinds, _keys = RULE_TYPES[type_]
    is_single = type_ == "chosen" and not control.get("multiple", False)
    return control["type"] in kinds and not is_single


def values_of_condition(control: Control) -> list[Any]:
    """What a condition may ask for: options, labels or the steps of a scale; free text has none.

    >>> values_of_condition({"type": "rating", "min": 1, "max": 3})
    [1, 2, 3]
    """
    if control["type"] == "rating":
        return list(range(control["min"], control["max"] + 1))
    return kind_of(control).classes(control)


def _rule(raw: Any, controls: list[Control], path: str) -> Rule:
    entry = SCHEMA.mapping(raw, path)
    type_ = _one_of(SCHEMA.needed(entry, "type", path), RULE_TYPES, join(path, "type"))
    SCHEMA.keys(entry, path, known=(*SHARED_KEYS, *RULE_TYPES[type_][1]))
    control = _control(SCHEMA.needed(entry, "control", path), controls, join(path, "control"))
    if not can_be_chosen(control, type_):
        SCHEMA.fail(
            "wrong_control",
            join(path, "control"),
            "A rule of the type {type} cannot speak of {control}.",
            type=shown(type_),
            control=shown(control["name"]),
        )
    severity = entry.get("severity", BLOCK)
    rule: Rule = {
        "id": SCHEMA.name(SCHEMA.needed(entry, "id", path), join(path, "id")),
        "type": type_,
        "control": control["name"],
        "severity": _one_of(severity, SEVERITIES, join(path, "severity")),
    }
    if "message" in entry:
        where = join(path, "message")
        rule["message"] = SCHEMA.text(entry["message"], where, least=1, most=MESSAGE_LENGTH)
    return rule | _OWN_KEYS[type_](entry, control, controls, path)


def _one_of(value: Any, known: Any, path: str) -> str:
    if not isinstance(value, str) or value not in known:
        SCHEMA.fail(
            "unknown_value",
            path,
            "{value} is not known here.",
            hint=nearest(value, known) or Hint("One of: {words}.", words=", ".join(known)),
            value=shown(value),
        )
    return value


def _control(name: Any, controls: list[Control], path: str) -> Control:
    known = {control["name"]: control for control in controls}
    return known[_one_of(name, known, path)]


def _label(entry: Rule, key: str, control: Control, path: str) -> str:
    known = kind_of(control).classes(control)
    return _one_of(SCHEMA.needed(entry, key, path), known, join(path, key))


def _label_if_any(entry: Rule, control: Control, path: str) -> Rule:
    return {"label": _label(entry, "label", control, path)} if "label" in entry else {}


def _limits(entry: Rule, path: str, read: Any) -> Rule:
    """The `min` and `max` that are given: at least one, and in order."""
    limits = {end: read(entry[end], join(path, end)) for end in ("min", "max") if end in entry}
    if not limits:
        SCHEMA.fail(
            "missing_key", join(path, "min"), "Give a least value, a largest value, or both."
        )
    if len(limits) == 2 and limits["min"] > limits["max"]:
        SCHEMA.fail(
            "number_out_of_range",
            join(path, "max"),
            "The maximum {max} is below the minimum {min}.",
            **limits,
        )
    return limits


def _whole(most: int) -> Any:
    return lambda value, path: SCHEMA.integer(value, path, least=0, most=most)


def _number(value: Any, path: str, *, most: float) -> int | float:
    number = SCHEMA.number(value, path)
    if not 0 <= number <= most:
        SCHEMA.fail(
            "number_out_of_range",
            path,
            "{value} is not between {least} and {most}.",
            value=number,
            least=0,
            most=most,
        )
    return number


def _refuse_unreachable(limits: Rule, most: int, path: str) -> None:
    if limits.get("min", 0) > most:
        SCHEMA.fail(
            "number_out_of_range",
            join(path, "min"),
            "Nobody could keep this rule: at most {most} are possible.",
            most=most,
        )


def _count(entry: Rule, control: Control, controls: list[Control], path: str) -> Rule:
    return _label_if_any(entry, control, path) | _limits(entry, path, _whole(MAX_OBJECTS))


def _size(entry: Rule, control: Control, controls: list[Control], path: str) -> Rule:
    measure = _one_of(entry.get("measure", "side"), MEASURES, join(path, "measure"))
    unit = _one_of(entry.get("unit", "pixels"), UNITS, join(path, "unit"))
    most = 1 if unit == "share" else LARGEST_SIZE
    limits = _limits(entry, path, lambda value, where: _number(value, where, most=most))
    return _label_if_any(entry, control, path) | {"measure": measure, "unit": unit, **limits}


def _overlap(entry: Rule, control: Control, controls: list[Control], path: str) -> Rule:
    own: Rule = {}
    if "labels" in entry:
        where = join(path, "labels")
        known = kind_of(control).classes(control)
        given = SCHEMA.sequence(entry["labels"], where, least=1, most=len(known))
        chosen = {_one_of(value, known, f"{where}[{i}]") for i, value in enumerate(given)}
        own["labels"] = [value for value in known if value in chosen]
    own["same_label"] = SCHEMA.boolean(entry.get("same_label", False), join(path, "same_label"))
    own["max"] = _number(SCHEMA.needed(entry, "max", path), join(path, "max"), most=1)
    return own


def _inside(entry: Rule, control: Control, controls: list[Control], path: str) -> Rule:
    label, within = (_label(entry, key, control, path) for key in ("label", "within"))
    if label == within:
        SCHEMA.fail(
            "same_label",
            join(path, "within"),
            "{label} cannot have to lie inside itself.",
            label=shown(label),
        )
    share = _number(entry.get("share", USUAL_SHARE), join(path, "share"), most=1)
    return {"label": label, "within": within, "share": share}


def _attribute(entry: Rule, control: Control, controls: list[Control], path: str) -> Rule:
    label = _label(entry, "label", control, path)
    spec = next(known for known in control["labels"] if known["value"] == label)
    attributes = {attribute["name"]: attribute for attribute in spec.get("attributes", [])}
    where = join(path, "attribute")
    name = _one_of(SCHEMA.needed(entry, "attribute", path), attributes, where)
    if attributes[name]["type"] == "boolean":
        SCHEMA.fail(
            "wrong_control",
            where,
            "{name} is answered by a tick or none, so it cannot be required.",
            name=shown(name),
        )
    return {"label": label, "attribute": name}


def _length(entry: Rule, control: Control, controls: list[Control], path: str) -> Rule:
    limits = _limits(entry, path, _whole(MAX_LENGTH))
    _refuse_unreachable(limits, control.get("max_length", DEFAULT_LENGTH), path)
    return limits


def _chosen(entry: Rule, control: Control, controls: list[Control], path: str) -> Rule:
    option_count = len(flatten(control["options"]))
    limits = _limits(entry, path, _whole(MAX_OBJECTS))
    _refuse_unreachable(limits, option_count, path)
    return limits


def _required_when(entry: Rule, control: Control, controls: list[Control], path: str) -> Rule:
    where = join(path, "when")
    when = SCHEMA.mapping(SCHEMA.needed(entry, "when", path), where)
    SCHEMA.keys(when, where, known=("control", "value"))
    others = [other for other in controls if other["name"] != control["name"]]
    other = _control(SCHEMA.needed(when, "control", where), others, join(where, "control"))
    value = SCHEMA.needed(when, "value", where)
    known = values_of_condition(other)
    if isinstance(value, bool) or not isinstance(value, str | int) or value not in known:
        SCHEMA.fail(
            "unknown_value",
            join(where, "value"),
            "{value} is not an answer to {control}.",
            hint=nearest(value, [entry for entry in known if isinstance(entry, str)]),
            value=shown(value),
            control=shown(other["name"]),
        )
    return {"when": {"control": other["name"], "value": value}}


_OWN_KEYS = {
    "count": _count,
    "size": _size,
    "overlap": _overlap,
    "inside": _inside,
    "attribute": _attribute,
    "length": _length,
    "chosen": _chosen,
    "required_when": _required_when,
}
