"""Objects on an item: what shapes and spans share, ids above all."""

import hashlib
import json
from collections import Counter
from typing import Any

from tasks.kinds.checks import ANSWER
from tasks.kinds.errors import shown

MAX_OBJECTS = 5_000


def validate_objects(value: Any, path: str) -> list[dict[str, Any]]:
    """The raw objects with an id each; missing ids are given, double ones refused.

    >>> validate_objects([{"id": "o1", "label": "car"}, {"label": "bus"}], "objects")
    [{'id': 'o1', 'label': 'car'}, {'id': 'o2', 'label': 'bus'}]
    """
    entries = ANSWER.sequence(value, path, most=MAX_OBJECTS)
    taken: set[str] = set()
    for index, entry in enumerate(entries):
        where = f"{path}[{index}]"
        if "id" not in ANSWER.mapping(entry, where):
            continue
        name = ANSWER.word(entry["id"], f"{where}.id")
        if name in taken:
            ANSWER.fail("duplicate_id", f"{where}.id", "The id {id} is used twice.", id=shown(name))
        taken.add(name)
    free = (name for n in range(1, 2 * MAX_OBJECTS + 1) if (name := f"o{n}") not in taken)
    return [entry if "id" in entry else {"id": next(free), **entry} for entry in entries]


def count_labels(control: dict[str, Any], value: list[dict[str, Any]]) -> str:
    """How many objects of each label, by title.

    >>> control = {"labels": [{"value": "car", "title": "Car"}]}
    >>> count_labels(control, [{"label": "car"}, {"label": "car"}])
    'Car × 2'
    """
    titles = {label["value"]: label["title"] for label in control["labels"]}
    counts = Counter(entry["label"] for entry in value)
    ordered = sorted(counts, key=lambda label: list(titles).index(label) if label in titles else 0)
    return ", ".join(f"{titles.get(label, label)} × {counts[label]}" for label in ordered)


def fingerprint(entry: dict[str, Any]) -> str:
    """Stands for an object as it is drawn and named: another place or label gives another one.

    >>> car = {"id": "a1", "label": "car", "box": [0, 0, 4, 2]}
    >>> fingerprint(car) == fingerprint({**car, "attributes": {"parked": True}})
    True
    >>> fingerprint(car) == fingerprint({**car, "box": [0.0, 0, 4.0, 2]})
    True
    >>> fingerprint(car) == fingerprint({**car, "label": "bus"})
    False
    """
    drawn = {key: _plain(value) for key, value in entry.items() if key != "attributes"}
    return hashlib.sha256(json.dumps(drawn, sort_keys=True).encode()).hexdigest()[:32]


def _plain(value: Any) -> Any:
    """Databases and browsers write 4.0 as they like."""
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
