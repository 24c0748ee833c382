"""What one answer says differently from another: objects added, removed, moved or named anew."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from reviews.quality.clusters import LIKENESS
from tasks.kinds.answer import UNDECIDABLE, value_of
from tasks.kinds.geometry import best_pairs

# At least this alike, two objects are the same one, whatever their labels.
SAME_OBJECT = 0.5
EXACT = 1 - 1e-9

Kind = Literal["added", "removed", "moved", "renamed", "attributes", "changed"]
Answer = dict[str, Any]


@dataclass(frozen=True)
class Difference:
    """One thing that differs. `before` and `after` are the ids of objects, or values.

    `labels` are the classes before and after, of objects; `likeness` is that of the two.
    """

    control: str
    kind: Kind
    before: Any
    after: Any
    labels: tuple[str | None, str | None] = (None, None)
    likeness: float | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def differences(schema: dict[str, Any], before: Answer, after: Answer) -> list[Difference]:
    """All that `after` changes of `before`, control by control in the schema's order.

    Objects are paired one to one, at a likeness of 0.5 or more, so that the total is highest.
    Where either cannot be decided, that is the only difference.

    >>> schema = {"controls": [{"name": "objects", "type": "shapes"}]}
    >>> car = {"id": "a", "label": "car", "box": [0, 0, 10, 10]}
    >>> near, far = {**car, "id": "b", "box": [0, 0, 10, 8]}, {**car, "box": [50, 0, 9, 9]}
    >>> [(entry.kind, entry.before, entry.after) for entry in
    ...  differences(schema, {"objects": [car]}, {"objects": [near, far]})]
    [('moved', 'a', 'b'), ('added', None, 'a')]
    """
    ends = (before.get(UNDECIDABLE), after.get(UNDECIDABLE))
    if any(ends):
        is_same = (ends[0] is None) == (ends[1] is None)
        return [] if is_same else [Difference(UNDECIDABLE, "changed", *ends)]
    return [
        entry for control in schema["controls"] for entry in _in_control(control, before, after)
    ]


def _in_control(control: dict[str, Any], before: Answer, after: Answer) -> list[Difference]:
    first, second = value_of(control, before), value_of(control, after)
    if control["type"] in LIKENESS:
        return _of_objects(control, first or [], second or [])
    if first == second:
        return []
    return [Difference(control["name"], "changed", first, second)]


def _of_objects(
    control: dict[str, Any], first: Sequence[dict[str, Any]], second: Sequence[dict[str, Any]]
) -> list[Difference]:
    name = control["name"]
    alike = LIKENESS[control["type"]](first, second) if first and second else None
    pairs = {} if alike is None else dict(best_pairs(np.where(alike >= SAME_OBJECT, alike, 0)))
    found = []
    for index, entry in enumerate(first):
        if index not in pairs:
            ends, labels = (entry["id"], None), (entry["label"], None)
            found.append(Difference(name, "removed", *ends, labels=labels))
        elif alike is not None:
            found += _of_pair(name, entry, second[pairs[index]], float(alike[index, pairs[index]]))
    kept = set(pairs.values())
    return found + [
        Difference(name, "added", None, entry["id"], labels=(None, entry["label"]))
        for index, entry in enumerate(second)
        if index not in kept
    ]


def _of_pair(
    name: str, first: dict[str, Any], second: dict[str, Any], alike: float
) -> list[Difference]:
    kinds: list[Kind] = []
    if first["label"] != second["label"]:
        kinds.append("renamed")
    if alike < EXACT:
        kinds.append("moved")
    if (first.get("attributes") or {}) != (second.get("attributes") or {}):
        kinds.append("attributes")
    labels = (first["label"], second["label"])
    return [
        Difference(name, kind, first["id"], second["id"], labels=labels, likeness=alike)
        for kind in kinds
    ]
