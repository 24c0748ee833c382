"""Conditions on items: what live segments are made of and what the slice finder finds.

A condition names a field, an operator and values. A field is a fact that is known of each item,
as its width, or `data.NAME`, a field of the items' own data. Several conditions hold together.
"""

import json
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

IS = "is"
BELOW = "below"
AT_LEAST = "at_least"
MISSING = "missing"
OPERATORS = (IS, BELOW, AT_LEAST, MISSING)

DATA = "data."
CONDITIONS_MOST = 12
VALUES_MOST = 50
TEXT_MOST = 200
# As databases read it, too: in CSV all values are texts, and those that are numbers compare so.
NUMBER = r"^[+-]?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?$"
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


class BadCondition(ValueError):
    """`code` says what is wrong, `place` with which condition, counted from 0."""

    def __init__(self, code: str, place: int = 0) -> None:
        super().__init__(code)
        self.code, self.place = code, place


@dataclass(frozen=True)
class Condition:
    """`values`: one or more texts for `is`; a number or a day as 2026-05-31 for `below` and
    `at_least`; nothing for `missing`.

    >>> Condition("data.weather", IS, ("night",)).as_json()
    {'field': 'data.weather', 'operator': 'is', 'values': ['night']}
    """

    field: str
    operator: str
    values: tuple[str | float, ...] = ()

    @property
    def data_name(self) -> str:
        """Which field of the items' data is meant; empty when a fact is."""
        return self.field.removeprefix(DATA) if self.field.startswith(DATA) else ""

    def as_json(self) -> dict[str, Any]:
        return {"field": self.field, "operator": self.operator, "values": list(self.values)}

    def holds(self, value: Any) -> bool:
        """Whether an item with this value of the field is meant.

        >>> Condition("width", BELOW, (400,)).holds("399"), Condition("width", IS, ("1",)).holds(1)
        (True, True)
        >>> Condition("data.day", AT_LEAST, ("2026-05-01",)).holds("2026-05-01T09:30")
        True
        """
        if self.operator == MISSING:
            return value is None
        if value is None:
            return False
        if self.operator == IS:
            return text_of(value) in self.values
        (edge,) = self.values
        # Of one type with the edge.
        own: Any = text_of(value) if isinstance(edge, str) else number_of(value)
        if own is None:
            return False
        return bool(own < edge if self.operator == BELOW else own >= edge)


def text_of(value: Any) -> str | None:
    """A value as a text, so that 1 and "1", and true and "true", are the same; None: is none.

    >>> text_of("night"), text_of(True), text_of(2.5), text_of([1])
    ('night', 'true', '2.5', None)
    """
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, bool | int | float) else None


def number_of(value: Any) -> float | None:
    """A number, or the number that a text is.

    >>> number_of(7), number_of("7.5"), number_of(True), number_of("7 km")
    (7.0, 7.5, None, None)
    """
    text = text_of(value) if not isinstance(value, bool) else None
    return float(text) if text is not None and re.match(NUMBER, text) else None


def all_hold(conditions: Iterable[Condition], values: Mapping[str, Any]) -> bool:
    """Whether an item with these values by field meets each condition.

    >>> both = [Condition("data.a", IS, ("1", "2")), Condition("width", AT_LEAST, (10,))]
    >>> all_hold(both, {"data.a": 2, "width": 10}), all_hold(both, {"data.a": 2})
    (True, False)
    """
    return all(condition.holds(values.get(condition.field)) for condition in conditions)


def read_conditions(given: Any, *, facts: Container[str]) -> tuple[Condition, ...]:
    """Conditions of what as_json() wrote, or of what anybody sent. Raises BadCondition.

    >>> read_conditions([{"field": "width", "operator": "below", "values": [9]}], facts={"width"})
    (Condition(field='width', operator='below', values=(9,)),)
    >>> read_conditions([{"field": "height", "operator": "missing"}], facts={"width"})
    Traceback (most recent call last):
    datasets.analysis.conditions.BadCondition: unknown_field
    """
    if not isinstance(given, list) or not given:
        raise BadCondition("no_conditions")
    if len(given) > CONDITIONS_MOST:
        raise BadCondition("too_many_conditions", CONDITIONS_MOST)
    return tuple(_read(row, place, facts) for place, row in enumerate(given))


def _read(row: Any, place: int, facts: Container[str]) -> Condition:
    if not isinstance(row, dict) or set(row) - {"field", "operator", "values"}:
        raise BadCondition("not_a_condition", place)
    field, operator, values = row.get("field"), row.get("operator"), row.get("values", [])
    if not isinstance(field, str) or not _is_field(field, facts):
        raise BadCondition("unknown_field", place)
    if operator not in OPERATORS:
        raise BadCondition("unknown_operator", place)
    if not isinstance(values, list):
        raise BadCondition("bad_value", place)
    least, most = {IS: (1, VALUES_MOST), MISSING: (0, 0)}.get(operator, (1, 1))
    if not least <= len(values) <= most:
        raise BadCondition("bad_number_of_values", place)
    is_value = _is_text if operator == IS else _is_edge
    if not all(is_value(value) for value in values):
        raise BadCondition("bad_value", place)
    return Condition(field, operator, tuple(values))


def _is_field(field: str, facts: Container[str]) -> bool:
    name = field.removeprefix(DATA)
    if not field.startswith(DATA):
        return field in facts
    # In the path of SQLite's JSON functions these two cannot be written.
    return 0 < len(name) <= TEXT_MOST and name.isprintable() and not set(name) & {'"', "\\"}


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= TEXT_MOST and "\x00" not in value


def _is_edge(value: Any) -> bool:
    if isinstance(value, str):
        return re.fullmatch(DAY, value) is not None
    return number_of(value) is not None
