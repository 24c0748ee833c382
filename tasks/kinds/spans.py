"""Spans: stretches of a text, in Unicode code points, half-open; they may overlap."""

from collections import Counter, defaultdict
from typing import Any

from labelops.hints import Hint
from tasks.kinds.checks import ANSWER, SCHEMA, join
from tasks.kinds.errors import shown
from tasks.kinds.items import ItemFacts
from tasks.kinds.labels import CONTROL_KEYS, known_value, validate_frame, validate_labels
from tasks.kinds.objects import count_labels, validate_objects

ITEM_TYPES = ("text",)
Spans = list[dict[str, Any]]


def validate_control(control: dict[str, Any], path: str) -> dict[str, Any]:
    """The normalised control.

    >>> control = {"name": "entities", "type": "spans", "labels": [{"value": "PER"}]}
    >>> validate_control(control, "controls[0]")["labels"]
    [{'value': 'PER', 'title': 'PER'}]
    """
    SCHEMA.keys(control, path, known=(*CONTROL_KEYS, "labels"))
    labels = SCHEMA.needed(control, "labels", path)
    return {
        **validate_frame(control, path),
        "labels": validate_labels(labels, join(path, "labels")),
    }


def validate_value(control: dict[str, Any], value: Any, item: ItemFacts, path: str) -> Spans:
    """The spans, with ids and the text they cover; a given text must equal the slice.

    >>> control, item = {"labels": [{"value": "PER"}]}, ItemFacts("text", text="Alice sleeps")
    >>> validate_value(control, [{"label": "PER", "start": 0, "end": 5}], item, "entities")
    [{'id': 'o1', 'label': 'PER', 'start': 0, 'end': 5, 'text': 'Alice'}]
    """
    spans: Spans = []
    seen: set[tuple[str, int, int]] = set()
    for index, entry in enumerate(validate_objects(value, path)):
        where = f"{path}[{index}]"
        span = _span(control, entry, item.text or "", where)
        if _key(span) in seen:
            ANSWER.fail("duplicate_span", where, "The same span is marked twice.")
        seen.add(_key(span))
        spans.append(span)
    return spans


def distance(control: dict[str, Any], a: Spans, b: Spans) -> float:
    """1 - the mean of exact-span F1 and character F1; two empty answers are equal.

    >>> long, short = {"label": "PER", "start": 0, "end": 5}, {"label": "PER", "start": 0, "end": 3}
    >>> distance({}, [long], [short])
    0.625
    """
    return 1 - (exact_f1(a, b) + character_f1(a, b)) / 2


def agrees(control: dict[str, Any], a: Spans, b: Spans) -> bool:
    """Whether the same stretches carry the same labels.

    >>> agrees({}, [{"label": "PER", "start": 0, "end": 5}], [])
    False
    """
    return Counter(map(_key, a)) == Counter(map(_key, b))


def is_empty(control: dict[str, Any], value: Spans) -> bool:
    """Whether nothing is marked.

    >>> is_empty({}, [])
    True
    """
    return not value


def classes(control: dict[str, Any]) -> list[str]:
    """The values of the labels.

    >>> classes({"labels": [{"value": "PER"}]})
    ['PER']
    """
    return [label["value"] for label in control["labels"]]


def classes_in(value: Spans) -> list[str]:
    """The labels of the spans.

    >>> classes_in([{"label": "PER"}])
    ['PER']
    """
    return [entry["label"] for entry in value]


def summary(control: dict[str, Any], value: Spans) -> str:
    """How many spans of each label.

    >>> summary({"labels": [{"value": "PER", "title": "Person"}]}, [{"label": "PER"}])
    'Person × 1'
    """
    return count_labels(control, value)


def exact_f1(a: Spans, b: Spans) -> float:
    """2 |A and B| / (|A| + |B|) over (label, start, end); 1 when both are empty.

    >>> one, two = {"label": "PER", "start": 0, "end": 5}, {"label": "LOC", "start": 9, "end": 12}
    >>> round(exact_f1([one, two], [one]), 4)
    0.6667
    """
    if not a and not b:
        return 1.0
    shared = (Counter(map(_key, a)) & Counter(map(_key, b))).total()
    return 2 * shared / (len(a) + len(b))


def character_f1(a: Spans, b: Spans) -> float:
    """2 |A and B| / (|A| + |B|) over (label, character); 1 when both are empty.

    >>> character_f1([{"label": "PER", "start": 0, "end": 5}],
    ...              [{"label": "PER", "start": 0, "end": 3}])
    0.75
    """
    size_a, size_b = _covered(a), _covered(b)
    if not size_a and not size_b:
        return 1.0
    return 2 * (size_a + size_b - _covered([*a, *b])) / (size_a + size_b)


def _span(control: dict[str, Any], entry: dict[str, Any], text: str, path: str) -> dict[str, Any]:
    ANSWER.keys(entry, path, known=("id", "label", "start", "end", "text"))
    raw = ANSWER.needed(entry, "label", path)
    label = known_value(control["labels"], raw, join(path, "label"), code="unknown_label")
    start, end = (
        _offset(ANSWER.needed(entry, end, path), join(path, end)) for end in ("start", "end")
    )
    if not 0 <= start < end <= len(text):
        ANSWER.fail(
            "bad_span",
            path,
            "The span {start} to {end} does not lie in the text of {length} code points.",
            start=start,
            end=end,
            length=len(text),
        )
    covered = text[start:end]
    if entry.get("text", covered) != covered:
        ANSWER.fail(
            "span_text_differs",
            join(path, "text"),
            "The text from {start} to {end} is {covered}, not {given}.",
            hint=Hint("Offsets count Unicode code points, not UTF-16 units or bytes."),
            start=start,
            end=end,
            covered=shown(covered),
            given=shown(entry["text"]),
        )
    return {"id": entry["id"], "label": label, "start": start, "end": end, "text": covered}


def _offset(raw: Any, path: str) -> int:
    number = ANSWER.number(raw, path)
    if not isinstance(number, int):
        ANSWER.fail("wrong_type", path, "Expected a whole number, not {value}.", value=number)
    return number


def _key(span: dict[str, Any]) -> tuple[str, int, int]:
    return span["label"], span["start"], span["end"]


def _covered(spans: Spans) -> int:
    """The number of (label, character) pairs covered, each counted once."""
    by_label = defaultdict(list)
    for span in spans:
        by_label[span["label"]].append((span["start"], span["end"]))
    total = 0
    for stretches in by_label.values():
        reached = -1
        for start, end in sorted(stretches):
            total += max(0, end - max(start, reached))
            reached = max(reached, end)
    return total
