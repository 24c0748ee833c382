"""The classes of a question as lines of text, and back: one class a line, keys and colours added.

A line is a title, or `value | title` where the value is not what the title would become.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

Label = dict[str, Any]
SEPARATOR = "|"
# Without the letters that the labeling page itself listens to; those that draw come last.
KEYS = "123456789qwertyuadjkxcziohlvnmp"
# Told apart by people with any colour vision, on white and on black.
PALETTE = (
    "#1971c2", "#e8590c", "#2f9e44", "#c2255c", "#6741d9", "#e0a800",
    "#0c8599", "#a61e4d", "#5c940d", "#495057", "#9c36b5", "#8d5524",
)  # fmt: skip


class LinesError(ValueError):
    """A sentence that names the line."""


def to_lines(labels: Iterable[Label]) -> str:
    return "\n".join(to_line(label) for label in labels)


def to_line(label: Label) -> str:
    title = " ".join(label.get("title", label["value"]).split())
    if to_value(title) == label["value"] and SEPARATOR not in title:
        return title
    return f"{label['value']} {SEPARATOR} {title}"


def to_value(title: str) -> str:
    """What a title becomes in answers and exports.

    >>> to_value("Traffic light"), to_value("知更鸟")
    ('traffic-light', '知更鸟')
    """
    return slugify(title, allow_unicode=True)


def from_lines(text: str, known: Iterable[Label] = ()) -> list[Label]:
    """The classes of the lines; a line or a value that is known keeps all that it had.

    Raises LinesError that names the line.
    """
    unchanged: dict[str, list[Label]] = {}
    by_value = {}
    for label in known:
        unchanged.setdefault(to_line(label), []).append(label)
        by_value[label["value"]] = label
    labels: list[Label] = []
    lines: dict[str, int] = {}
    for number, line in _filled(text):
        same = unchanged.get(line)
        label = same.pop(0) if same else _read(line, number, by_value)
        first = lines.setdefault(label["value"], number)
        if first != number:
            raise LinesError(_twice(label["value"], line, first, number))
        labels.append(label)
    return labels


def _filled(text: str) -> Iterator[tuple[int, str]]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield number, line.strip()


def _read(line: str, number: int, by_value: dict[str, Label]) -> Label:
    value, separator, title = (part.strip() for part in line.partition(SEPARATOR))
    if not separator:
        title, value = value, to_value(value)
    if not value or not title:
        raise LinesError(
            _("Line %(line)d: “%(text)s” has no letters. Write a value before it: value | %(text)s")
            % {"line": number, "text": line[:80]}
        )
    return {**by_value.get(value, {}), "value": value, "title": title}


def _twice(value: str, line: str, first: int, number: int) -> str:
    return _(
        "Line %(line)d: “%(text)s” is the class “%(value)s” of line %(first)d again. "
        "Delete one, or write another value before it: value | title"
    ) % {"line": number, "text": line[:80], "value": value, "first": first}


def with_keys_and_colors(controls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The controls with a key and a colour for each class that has none, as far as they last."""
    taken = set(_taken_keys(controls))
    free = iter([key for key in KEYS if key not in taken])
    return [_filled_in(control, free) for control in controls]


def class_field(control: dict[str, Any]) -> str:
    """Where a control keeps its classes; empty for controls without any."""
    return {"choice": "options", "shapes": "labels", "spans": "labels"}.get(control["type"], "")


def _taken_keys(controls: list[dict[str, Any]]) -> Iterator[str]:
    for control in controls:
        if control["type"] == "rating":
            # The steps of a scale are picked by their own digits.
            yield from map(str, range(max(0, control["min"]), min(9, control["max"]) + 1))
        for label in control.get(class_field(control), []):
            yield from _keys_of(label)


def _keys_of(label: Label) -> Iterator[str]:
    if "key" in label:
        yield label["key"].lower()
    for child in label.get("children", []):
        yield from _keys_of(child)


def _filled_in(control: dict[str, Any], free_keys: Iterator[str]) -> dict[str, Any]:
    field = class_field(control)
    if not field:
        return control
    used = [label["color"] for label in control[field] if "color" in label]
    unused = [color for color in PALETTE if color not in used] or list(PALETTE)
    labels, added = [], 0
    for label in control[field]:
        extra: Label = {}
        if "key" not in label and (key := next(free_keys, None)):
            extra["key"] = key
        if "color" not in label:
            extra["color"] = unused[added % len(unused)]
            added += 1
        labels.append({**label, **extra})
    return {**control, field: labels}
