"""The answer: one value per control of the label schema, or a reason why there is none."""

from typing import Any

from tasks.kinds import kind_of
from tasks.kinds.checks import ANSWER, join
from tasks.kinds.errors import nearest, shown
from tasks.kinds.items import ItemFacts
from tasks.kinds.objects import MAX_OBJECTS

UNDECIDABLE = "_undecidable"
PATH = "_path"
REASON_LENGTH = 1000
PATH_STEPS = 100
# Kinds that take the same answers for each item.
ITEMLESS_KINDS = {"choice", "rating"}


def validate_answer(schema: dict[str, Any], answer: Any, item: ItemFacts) -> dict[str, Any]:
    """The normalised answer under a validated schema; AnswerError names the field.

    >>> schema = {"controls": [{"name": "severity", "type": "rating", "min": 1, "max": 5,
    ...                         "required": True}]}
    >>> validate_answer(schema, {"severity": 3}, ItemFacts("text", text="…"))
    {'severity': 3}
    >>> validate_answer(schema, {"_undecidable": "too dark"}, ItemFacts("text", text="…"))
    {'_undecidable': 'too dark'}
    """
    given = ANSWER.mapping(answer, "")
    _refuse_unknown(schema, given)
    walked = {PATH: _walked(given[PATH])} if PATH in given else {}
    if UNDECIDABLE in given:
        return {**_undecidable(given), **walked}
    valid: dict[str, Any] = {}
    for control in schema["controls"]:
        name, kind = control["name"], kind_of(control)
        if name in given:
            valid[name] = kind.validate_value(control, given[name], item, name)
        missing = name not in given or kind.is_empty(control, valid[name])
        if control.get("required", False) and missing:
            ANSWER.fail(
                "required",
                name,
                "{title} needs an answer.",
                title=shown(control.get("title", name)),
            )
    _refuse_too_many_objects(valid)
    return {**valid, **walked}


def is_same_for_all_items(schema: dict[str, Any]) -> bool:
    """Whether an answer that is right for one item is right for every other.

    >>> is_same_for_all_items({"controls": [{"name": "bird", "type": "choice"}]})
    True
    >>> is_same_for_all_items({"controls": [{"name": "objects", "type": "shapes"}]})
    False
    """
    return all(control["type"] in ITEMLESS_KINDS for control in schema["controls"])


def is_undecidable(answer: dict[str, Any]) -> bool:
    """Whether the author said that the item cannot be decided.

    >>> is_undecidable({"_undecidable": "too dark"})
    True
    """
    return UNDECIDABLE in answer


def value_of(control: dict[str, Any], answer: dict[str, Any]) -> Any:
    """The value of one control; None stands for no answer, however it is written.

    >>> value_of({"name": "objects", "type": "shapes"}, {"objects": []}) is None
    True
    """
    value = answer.get(control["name"])
    return None if value is None or kind_of(control).is_empty(control, value) else value


def distance(schema: dict[str, Any], a: dict[str, Any], b: dict[str, Any]) -> float:
    """The mean over the controls of their distances, in [0, 1].

    Nothing and nothing are 0 apart, nothing and something 1; so are "undecidable" and an answer.

    >>> bird, note = {"name": "bird", "type": "choice"}, {"name": "note", "type": "text"}
    >>> schema = {"controls": [bird, note]}
    >>> distance(schema, {"bird": "robin", "note": "ab"}, {"bird": "crow", "note": "ab"})
    0.5
    """
    if is_undecidable(a) or is_undecidable(b):
        return float(is_undecidable(a) != is_undecidable(b))
    controls = schema["controls"]
    return sum(control_distance(control, a, b) for control in controls) / len(controls)


def control_distance(control: dict[str, Any], a: dict[str, Any], b: dict[str, Any]) -> float:
    """How far apart two answers are in one control.

    >>> control_distance({"name": "bird", "type": "choice"}, {"bird": "robin"}, {})
    1.0
    """
    first, second = value_of(control, a), value_of(control, b)
    if first is None or second is None:
        return float((first is None) != (second is None))
    return kind_of(control).distance(control, first, second)


def equal(schema: dict[str, Any], a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Whether two answers say exactly the same: distance 0.

    >>> equal({"controls": [{"name": "bird", "type": "choice"}]}, {"bird": "a"}, {"bird": "a"})
    True
    """
    return distance(schema, a, b) == 0


def agree(schema: dict[str, Any], a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Whether two answers say the same for all purposes: boxes need not meet to the pixel.

    >>> schema = {"controls": [{"name": "objects", "type": "shapes"}]}
    >>> one, near = {"label": "car", "box": [0, 0, 9, 9]}, {"label": "car", "box": [0, 0, 9, 8]}
    >>> agree(schema, {"objects": [one]}, {"objects": [near]})
    True
    """
    if is_undecidable(a) or is_undecidable(b):
        return is_undecidable(a) == is_undecidable(b)
    return all(control_agrees(control, a, b) for control in schema["controls"])


def control_agrees(control: dict[str, Any], a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Whether two answers agree in one control.

    >>> control_agrees({"name": "bird", "type": "choice"}, {"bird": "robin"}, {})
    False
    """
    first, second = value_of(control, a), value_of(control, b)
    if first is None or second is None:
        return first is second
    return kind_of(control).agrees(control, first, second)


def summary(schema: dict[str, Any], answer: dict[str, Any]) -> str:
    """The answer on one line, in the words of the schema.

    >>> schema = {"controls": [{"name": "severity", "type": "rating", "min": 1, "max": 5}]}
    >>> summary(schema, {"severity": 3})
    '3 / 5'
    """
    if is_undecidable(answer):
        return str(answer[UNDECIDABLE])
    parts = (
        kind_of(control).summary(control, value)
        for control in schema["controls"]
        if (value := value_of(control, answer)) is not None
    )
    return "; ".join(parts)


def classes_in(schema: dict[str, Any], answer: dict[str, Any]) -> list[tuple[str, str]]:
    """The classes that an answer names, each once, as (control, value).

    >>> schema = {"controls": [{"name": "birds", "type": "choice", "multiple": True}]}
    >>> classes_in(schema, {"birds": ["robin", "crow"]})
    [('birds', 'robin'), ('birds', 'crow')]
    """
    named = [
        (control["name"], str(value))
        for control in schema["controls"]
        if (given := value_of(control, answer)) is not None
        for value in kind_of(control).classes_in(given)
    ]
    return list(dict.fromkeys(named))


def _refuse_unknown(schema: dict[str, Any], given: dict[str, Any]) -> None:
    names = [control["name"] for control in schema["controls"]]
    for key in given:
        if key not in names and key not in (UNDECIDABLE, PATH):
            ANSWER.fail(
                "unknown_control",
                join("", key),
                "The label schema has no control {name}.",
                hint=nearest(key, names),
                name=shown(key),
            )


def _undecidable(given: dict[str, Any]) -> dict[str, Any]:
    others = [key for key in given if key not in (UNDECIDABLE, PATH)]
    if others:
        ANSWER.fail(
            "undecidable_with_values",
            UNDECIDABLE,
            "An item that cannot be decided has no answer to {name}.",
            name=shown(others[0]),
        )
    reason = ANSWER.text(given[UNDECIDABLE], UNDECIDABLE, least=1, most=REASON_LENGTH)
    return {UNDECIDABLE: reason}


def _walked(raw: Any) -> dict[str, Any]:
    """The walk of a decision tree; whether the tree leads there is checked with the tree."""
    walk = ANSWER.mapping(raw, PATH)
    ANSWER.keys(walk, PATH, known=("tree", "steps"))
    where = join(PATH, "steps")
    steps = ANSWER.sequence(ANSWER.needed(walk, "steps", PATH), where, least=1, most=PATH_STEPS)
    return {
        "tree": ANSWER.word(ANSWER.needed(walk, "tree", PATH), join(PATH, "tree")),
        "steps": [_step(step, f"{where}[{index}]") for index, step in enumerate(steps)],
    }


def _step(raw: Any, path: str) -> list[str]:
    node, given = ANSWER.sequence(raw, path, least=2, most=2)
    if given not in ("yes", "no"):
        ANSWER.fail("unknown_value", path, "A step is answered with yes or no.")
    return [ANSWER.word(node, path), given]


def _refuse_too_many_objects(valid: dict[str, Any]) -> None:
    objects = [
        entry
        for value in valid.values()
        if isinstance(value, list)
        for entry in value
        if isinstance(entry, dict)
    ]
    if len(objects) > MAX_OBJECTS:
        ANSWER.fail(
            "too_many",
            "",
            "The answer has {count} objects; at most {most} are allowed.",
            count=len(objects),
            most=MAX_OBJECTS,
        )
