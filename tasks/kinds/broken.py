"""Which rules of a schema an answer breaks; frontend/editor/core/rules.ts finds the same."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np

from tasks.kinds.answer import UNDECIDABLE
from tasks.kinds.items import ItemFacts
from tasks.kinds.labels import flatten
from tasks.kinds.regions import (
    Region,
    area,
    may_meet,
    overlap,
    overlap_bounds,
    region_of,
    share_inside,
    sides,
)
from tasks.kinds.rules import BLOCK, Rule

# A rule that is broken at more places is told of at the first ones.
MOST_PLACES = 20
# Outlines are cut with each other pair by pair: of a crowded answer the first pairs are judged.
MOST_PAIRS = 2_000
GEOMETRY = {
    "shapes": ("box", "polygon", "polyline", "keypoints", "mask"),
    "spans": ("start",),
}
TEMPLATES = {
    "message": "{message}",
    "count_low": "“{label}”: {count} marked, at least {least} needed.",
    "count_high": "“{label}”: {count} marked, at most {most} allowed.",
    "side_low": "“{label}”: its shorter side is {size} {unit}, at least {least} {unit} needed.",
    "side_high": "“{label}”: its longer side is {size} {unit}, at most {most} {unit} allowed.",
    "area_low": "“{label}”: its area is {size} {unit}, at least {least} {unit} needed.",
    "area_high": "“{label}”: its area is {size} {unit}, at most {most} {unit} allowed.",
    "overlap": "“{label}” and “{other}” overlap by {share} %, at most {most} % allowed.",
    "inside": "“{label}” must lie inside “{other}”.",
    "attribute": "“{label}” needs the attribute “{attribute}”.",
    "length_low": "“{label}” has {count} characters, at least {least} needed.",
    "length_high": "“{label}” has {count} characters, at most {most} allowed.",
    "chosen_low": "“{label}”: {count} chosen, at least {least} needed.",
    "chosen_high": "“{label}”: {count} chosen, at most {most} allowed.",
    "required_when": "“{label}” needs an answer when “{other}” is “{value}”.",
}
Object = dict[str, Any]
Control = dict[str, Any]
# The path, the label and the region of an object.
Entry = tuple[str, str, Region]


@dataclass(frozen=True)
class Broken:
    """A rule that an answer breaks at one place; the sentence is `template` with `params`."""

    rule: str
    path: str
    code: str
    severity: str
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def template(self) -> str:
        return TEMPLATES[self.code]

    @property
    def is_blocking(self) -> bool:
        return self.severity == BLOCK


@dataclass(frozen=True)
class Finding:
    """What a check found, before it is known under which rule."""

    path: str
    code: str
    params: dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One rule and the answer that it is held against."""

    rule: Rule
    control: Control
    controls: dict[str, Control]
    answer: dict[str, Any]
    item: ItemFacts

    @property
    def path(self) -> str:
        name: str = self.control["name"]
        return name

    @property
    def title(self) -> str:
        return _title(self.control)

    def label_title(self, value: Any) -> str:
        return _option_title(self.control, value)


def broken(schema: dict[str, Any], answer: dict[str, Any], item: ItemFacts) -> list[Broken]:
    """The rules that a valid answer breaks, in their order; none when it cannot be decided.

    An answer made under an older schema is judged as far as it still fits.

    >>> schema = {"controls": [{"name": "note", "type": "text", "title": "Note"}], "rules": [
    ...     {"id": "r1", "type": "length", "control": "note", "severity": "warn", "min": 5}]}
    >>> [found] = broken(schema, {"note": "abc"}, ItemFacts("text"))
    >>> found.path, found.template.format(**found.params)
    ('note', '“Note” has 3 characters, at least 5 needed.')
    """
    if UNDECIDABLE in answer:
        return []
    controls = {control["name"]: control for control in schema["controls"]}
    return [
        found
        for rule in schema.get("rules", [])
        for found in _broken_places(
            Case(rule, controls[rule["control"]], controls, answer, item),
        )
    ]


def _broken_places(case: Case) -> list[Broken]:
    rule = case.rule
    own_words = {"message": rule["message"]} if "message" in rule else {}
    return [
        Broken(
            rule["id"],
            finding.path,
            "message" if own_words else finding.code,
            rule["severity"],
            own_words or finding.params,
        )
        for finding in islice(_CHECKS[rule["type"]](case), MOST_PLACES)
    ]


def _count(case: Case) -> Iterator[Finding]:
    rule = case.rule
    label = rule.get("label")
    count = sum(label in (None, entry["label"]) for _, entry in _objects(case))
    title = case.title if label is None else case.label_title(label)
    yield from _outside_limits(case, "count", count, title)


def _size(case: Case) -> Iterator[Finding]:
    rule = case.rule
    for path, entry in _objects(case):
        if rule.get("label", entry["label"]) != entry["label"]:
            continue
        measured = _measured(rule, entry, case.item)
        if measured is None:
            continue
        smallest, largest, show, unit = measured
        params = {"label": case.label_title(entry["label"]), "unit": unit}
        if smallest < rule.get("min", 0):
            low = {**params, "size": show(smallest), "least": show(rule["min"])}
            yield Finding(path, f"{rule['measure']}_low", low)
        if largest > rule.get("max", math.inf):
            high = {**params, "size": show(largest), "most": show(rule["max"])}
            yield Finding(path, f"{rule['measure']}_high", high)


def _measured(rule: Rule, entry: Object, item: ItemFacts) -> tuple[float, float, Any, str] | None:
    """The shorter and the longer side, or the area twice; None for what has no size."""
    lengths, extent = sides(entry), area(entry)
    if lengths is None or extent is None:
        return None
    if rule["unit"] == "share":
        if not item.width or not item.height:
            return None
        lengths = lengths[0] / item.width, lengths[1] / item.height
        extent = extent / (item.width * item.height)
    show, unit = (_percent, "%") if rule["unit"] == "share" else (_rounded, "px")
    if rule["measure"] == "side":
        return min(lengths), max(lengths), show, unit
    return extent, extent, show, unit if unit == "%" else "px²"


def _overlap(case: Case) -> Iterator[Finding]:
    rule = case.rule
    entries = [
        (path, entry["label"], region_of(entry))
        for path, entry in _objects(case)
        if entry["label"] in rule.get("labels", [entry["label"]])
    ]
    for earlier, later in _suspects(entries, rule):
        share = overlap(earlier[2], later[2])
        if share > rule["max"]:
            params = {
                "label": case.label_title(later[1]),
                "other": case.label_title(earlier[1]),
                "share": _percent(share),
                "most": _percent(rule["max"]),
            }
            yield Finding(later[0], "overlap", params)


def _suspects(entries: list[Entry], rule: Rule) -> Iterator[tuple[Entry, Entry]]:
    """The first pairs whose frames let them overlap by too much, the later object second."""
    is_suspect = overlap_bounds([region for _, _, region in entries]) > rule["max"]
    if rule["same_label"]:
        labels = np.array([label for _, label, _ in entries])
        is_suspect &= labels[:, None] == labels[None, :]
    for later, earlier in np.argwhere(np.tril(is_suspect, -1))[:MOST_PAIRS]:
        yield entries[earlier], entries[later]


def _inside(case: Case) -> Iterator[Finding]:
    rule = case.rule
    entries = [(path, entry["label"], region_of(entry)) for path, entry in _objects(case)]
    around = [region for _, label, region in entries if label == rule["within"]]
    left = MOST_PAIRS
    for path, label, region in entries:
        if label != rule["label"] or left <= 0:
            continue
        near = [other for other in around if may_meet(region, other)]
        left -= len(near)
        if not any(share_inside(region, other) >= rule["share"] for other in near):
            titles = case.label_title(rule["label"]), case.label_title(rule["within"])
            yield Finding(path, "inside", {"label": titles[0], "other": titles[1]})


def _attribute(case: Case) -> Iterator[Finding]:
    rule = case.rule
    label = next(entry for entry in case.control["labels"] if entry["value"] == rule["label"])
    spec = next(entry for entry in label["attributes"] if entry["name"] == rule["attribute"])
    for path, entry in _objects(case):
        given = entry.get("attributes", {}).get(rule["attribute"])
        is_missing = given is None or (isinstance(given, str) and not given.strip())
        if entry["label"] == rule["label"] and is_missing:
            params = {"label": _title(label), "attribute": _title(spec)}
            yield Finding(f"{path}.attributes", "attribute", params)


def _length(case: Case) -> Iterator[Finding]:
    """An empty text is no answer: whether there must be one, `required` says."""
    text = case.answer.get(case.control["name"])
    if isinstance(text, str) and text:
        yield from _outside_limits(case, "length", len(text), case.title)


def _chosen(case: Case) -> Iterator[Finding]:
    chosen = case.answer.get(case.control["name"], [])
    count = len(chosen) if isinstance(chosen, list) else 1
    yield from _outside_limits(case, "chosen", count, case.title)


def _required_when(case: Case) -> Iterator[Finding]:
    when = case.rule["when"]
    other = case.controls[when["control"]]
    value = case.answer.get(case.control["name"])
    if when["value"] in _given(other, case.answer) and _is_blank(value):
        shown = _option_title(other, when["value"])
        params = {"label": case.title, "other": _title(other), "value": shown}
        yield Finding(case.path, "required_when", params)


def _outside_limits(case: Case, code: str, count: int, title: str) -> Iterator[Finding]:
    rule = case.rule
    if count < rule.get("min", 0):
        params = {"label": title, "count": count, "least": rule["min"]}
        yield Finding(case.path, f"{code}_low", params)
    if count > rule.get("max", math.inf):
        params = {"label": title, "count": count, "most": rule["max"]}
        yield Finding(case.path, f"{code}_high", params)


def _objects(case: Case) -> Iterator[tuple[str, Object]]:
    """The objects of the control with their paths."""
    value = case.answer.get(case.control["name"])
    geometry = GEOMETRY[case.control["type"]]
    for index, entry in enumerate(value if isinstance(value, list) else []):
        if isinstance(entry, dict) and any(key in entry for key in geometry):
            yield f"{case.path}[{index}]", entry


def _given(control: Control, answer: dict[str, Any]) -> list[Any]:
    """Every option, label or number that was answered to a control."""
    value = answer.get(control["name"])
    entries = value if isinstance(value, list) else [value]
    return [entry["label"] if isinstance(entry, dict) else entry for entry in entries]


def _is_blank(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _title(named: dict[str, Any]) -> str:
    return str(named.get("title", named.get("name", named.get("value"))))


def _option_title(control: Control, value: Any) -> str:
    options = control.get("options", control.get("labels", []))
    found = (option for option in flatten(options) if option["value"] == value)
    return next((_title(option) for option in found), str(value))


def _percent(share: float) -> float:
    return _rounded(share * 100)


def _rounded(number: float) -> float:
    """To one decimal, halves up, as JavaScript does it too."""
    tenths = math.floor(number * 10 + 0.5)
    return tenths // 10 if tenths % 10 == 0 else tenths / 10


_CHECKS = {
    "count": _count,
    "size": _size,
    "overlap": _overlap,
    "inside": _inside,
    "attribute": _attribute,
    "length": _length,
    "chosen": _chosen,
    "required_when": _required_when,
}
