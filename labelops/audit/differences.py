"""What an event changed, key by key, instead of two pieces of JSON."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

DEPTH = 3
TEXT_LENGTH = 160
KEYS = 40


@dataclass(frozen=True)
class Difference:
    """One key; `before` or `after` is None where the event says nothing of it."""

    key: str
    before: str | None
    after: str | None


def differences(
    before: dict[str, Any] | None, after: dict[str, Any] | None
) -> tuple[list[Difference], int]:
    """What differs, and how many keys more there would be. Of both, what is equal is left out."""
    old, new = dict(_flat(before or {})), dict(_flat(after or {}))
    keys = [key for key in dict.fromkeys([*old, *new]) if not _is_same(key, old, new)]
    shown = [Difference(key, _told(key, old), _told(key, new)) for key in keys[:KEYS]]
    return shown, len(keys) - len(shown)


def _flat(values: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Objects within objects are keys of several words."""
    if isinstance(values, dict) and values and len(path) < DEPTH:
        for key, value in values.items():
            yield from _flat(value, (*path, str(key)))
    elif path:
        yield " · ".join(_readable(part) for part in path), values


def _readable(key: str) -> str:
    return _shown(key.replace("_", " "))


def _is_same(key: str, old: dict[str, Any], new: dict[str, Any]) -> bool:
    return key in old and key in new and old[key] == new[key]


def _told(key: str, values: dict[str, Any]) -> str | None:
    return _text(values[key]) if key in values else None


def _text(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return _("nothing")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list) and not any(isinstance(one, list | dict) for one in value):
        return _shown(", ".join(_text(one) for one in value))
    if isinstance(value, list | dict):
        return _shown(json.dumps(value, ensure_ascii=False))
    return _shown(str(value))


def _shown(text: str) -> str:
    """Short enough for a line, and without halves of characters, which no page can hold."""
    whole = text.encode(errors="replace").decode()
    return whole if len(whole) <= TEXT_LENGTH else f"{whole[:TEXT_LENGTH]}…"
