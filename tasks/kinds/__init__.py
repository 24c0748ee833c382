"""The kinds of control: each is one module with the same functions, listed here.

A new kind is one file, one line in KINDS, and its editor tool.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from tasks.kinds import choice, rating, shapes, spans, text
from tasks.kinds.errors import AnswerError, KindError, SchemaError
from tasks.kinds.items import ItemFacts

__all__ = ["KINDS", "AnswerError", "ItemFacts", "Kind", "KindError", "SchemaError", "kind_of"]


class Kind(Protocol):
    """What every kind offers; values passed to the last six have been validated."""

    ITEM_TYPES: Sequence[str]

    def validate_control(self, control: dict[str, Any], path: str) -> dict[str, Any]: ...

    def validate_value(
        self, control: dict[str, Any], value: Any, item: ItemFacts, path: str
    ) -> Any: ...

    def distance(self, control: dict[str, Any], a: Any, b: Any) -> float: ...

    def agrees(self, control: dict[str, Any], a: Any, b: Any) -> bool: ...

    def is_empty(self, control: dict[str, Any], value: Any) -> bool: ...

    def classes(self, control: dict[str, Any]) -> list[Any]: ...

    def classes_in(self, value: Any) -> list[Any]: ...

    def summary(self, control: dict[str, Any], value: Any) -> str: ...


KINDS: dict[str, Kind] = {
    "choice": choice,
    "shapes": shapes,
    "spans": spans,
    "text": text,
    "rating": rating,
}


def kind_of(control: dict[str, Any]) -> Kind:
    """The kind of a validated control.

    >>> kind_of({"type": "rating"}) is rating
    True
    """
    return KINDS[control["type"]]
