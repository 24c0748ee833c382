"""Rating: a whole number on a scale."""

from typing import Any

from tasks.kinds.checks import ANSWER, SCHEMA, join
from tasks.kinds.items import ITEM_TYPES as ALL_ITEM_TYPES
from tasks.kinds.items import ItemFacts
from tasks.kinds.labels import CONTROL_KEYS, TITLE_LENGTH, validate_frame

ITEM_TYPES = ALL_ITEM_TYPES
LEAST, MOST = -1000, 1000
MAX_STEPS = 100
END_TITLES = ("low_title", "high_title")


def validate_control(control: dict[str, Any], path: str) -> dict[str, Any]:
    """The normalised control; the scale is 1 to 5 and ordinal unless said otherwise.

    `low_title` and `high_title` say what its ends mean.

    >>> control = validate_control({"name": "severity", "type": "rating"}, "controls[0]")
    >>> control["min"], control["max"], control["ordinal"]
    (1, 5, True)
    """
    SCHEMA.keys(control, path, known=(*CONTROL_KEYS, "min", "max", "ordinal", *END_TITLES))
    low = SCHEMA.integer(control.get("min", 1), join(path, "min"), least=LEAST, most=MOST)
    high = SCHEMA.integer(control.get("max", 5), join(path, "max"), least=LEAST, most=MOST)
    if not low < high <= low + MAX_STEPS:
        SCHEMA.fail(
            "number_out_of_range",
            join(path, "max"),
            "The maximum {high} must be above the minimum {low} by at most {steps}.",
            high=high,
            low=low,
            steps=MAX_STEPS,
        )
    ordinal = SCHEMA.boolean(control.get("ordinal", True), join(path, "ordinal"))
    scale = {"min": low, "max": high, "ordinal": ordinal}
    return {**validate_frame(control, path), **scale, **_end_titles(control, path)}


def _end_titles(control: dict[str, Any], path: str) -> dict[str, str]:
    """Those that are given.

    >>> _end_titles({"low_title": "harmless", "high_title": " "}, "controls[0]")
    {'low_title': 'harmless'}
    """
    given = {
        name: SCHEMA.text(control[name], join(path, name), most=TITLE_LENGTH).strip()
        for name in END_TITLES
        if name in control
    }
    return {name: title for name, title in given.items() if title}


def validate_value(control: dict[str, Any], value: Any, item: ItemFacts, path: str) -> int:
    """A whole number on the scale.

    >>> validate_value({"min": 1, "max": 5}, 3, ItemFacts("text"), "severity")
    3
    """
    return ANSWER.integer(value, path, least=control["min"], most=control["max"])


def distance(control: dict[str, Any], a: int, b: int) -> float:
    """Ordinal: ((a - b) / (max - min)) squared; otherwise 0 if equal, else 1.

    >>> distance({"min": 1, "max": 5, "ordinal": True}, 1, 3)
    0.25
    """
    if not control.get("ordinal", True):
        return float(a != b)
    return ((a - b) / (control["max"] - control["min"])) ** 2


def agrees(control: dict[str, Any], a: int, b: int) -> bool:
    """Whether two people gave the same rating.

    >>> agrees({}, 3, 4)
    False
    """
    return a == b


def is_empty(control: dict[str, Any], value: Any) -> bool:
    """A rating is never empty; zero is a rating.

    >>> is_empty({}, 0)
    False
    """
    return value is None


def classes(control: dict[str, Any]) -> list[int]:
    """The steps of the scale.

    >>> classes({"min": 1, "max": 3})
    [1, 2, 3]
    """
    return list(range(control["min"], control["max"] + 1))


def classes_in(value: int) -> list[int]:
    """The step that was chosen.

    >>> classes_in(3)
    [3]
    """
    return [value]


def summary(control: dict[str, Any], value: int) -> str:
    """The rating on its scale; at an end that has a title, with what it means.

    >>> scale = {"min": 1, "max": 5, "high_title": "unusable"}
    >>> summary(scale, 3), summary(scale, 5)
    ('3 / 5', '5 / 5 (unusable)')
    """
    ends = {control["min"]: control.get("low_title"), control["max"]: control.get("high_title")}
    title = ends.get(value)
    return f"{value} / {control['max']}" + (f" ({title})" if title else "")
