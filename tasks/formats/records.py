"""What readers give and what writers take."""

import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tasks.formats.problems import Problem, RowRefused

MAX_ID = 300
MAX_TEXT = 1_000_000
MAX_FIELDS = 500
ID_NAMES = ("external_id", "id", "item")
# What our own export adds to an item; dropped when an export comes back as an import.
EXPORT_NAMES = frozenset(
    {
        "answer",
        "annotations",
        "batch",
        "confidence",
        "data",
        "file",
        "height",
        "instruction_version",
        "source",
        "stale_since_version",
        "width",
    }
)


@dataclass(frozen=True)
class Row:
    """The named fields of one line of a table or of one JSON object."""

    number: int
    fields: dict[str, Any]


@dataclass(frozen=True)
class ItemRecord:
    """One datapoint as a file gives it; `load` reads the bytes of an image when asked."""

    row: int
    external_id: str
    data: dict[str, Any] = field(default_factory=dict)
    entry: str | None = None
    load: Callable[[], bytes] | None = None


@dataclass(frozen=True)
class LabelRecord:
    """One judgement made elsewhere: a class (`label`) or a whole `answer`."""

    row: int
    item: str
    annotator: str
    label: str | None = None
    answer: Any = None
    text: str | None = None


class ExportRecord(NamedTuple):
    """One stored label with all that an export says of it."""

    item: str
    batch: str
    answer: dict[str, Any]
    source: str
    confidence: float | None
    instruction_version: int | None
    annotation_count: int
    data: dict[str, Any]
    width: int | None = None
    height: int | None = None
    # The version whose change put the label in doubt, if nobody has looked at it since.
    stale_since_version: int | None = None


@dataclass(frozen=True)
class ExportContext:
    """What an export says of the project; the newest label schema comes first."""

    project: str
    item_type: str
    schemas: list[dict[str, Any]]
    # How many batches the labels come from: an item may have a label in each.
    batch_count: int = 1

    @property
    def control_names(self) -> list[str]:
        return list(
            dict.fromkeys(
                control["name"] for schema in self.schemas for control in schema["controls"]
            )
        )


@dataclass(frozen=True)
class Written:
    """What came of an export: how much was left out of what, and what the manifest adds."""

    left_out: Counter[str] = field(default_factory=Counter)
    notes: dict[str, Any] = field(default_factory=dict)


def item_record(row: Row) -> ItemRecord:
    """The text item of a row. Raises RowRefused.

    >>> item_record(Row(2, {"id": " a1 ", "text": "Hello", "lang": "en"}))
    ItemRecord(row=2, external_id='a1', data={'text': 'Hello', 'lang': 'en'}, entry=None, load=None)
    """
    fields = _without_export(row.fields)
    name = next((name for name in ID_NAMES if name in fields), "external_id")
    external_id = clean_id(fields.get(name), field=name, row=row.number)
    data = {key: value for key, value in fields.items() if key != name}
    _check_text(data.get("text"), row.number)
    return ItemRecord(row.number, external_id, data)


def label_record(row: Row) -> LabelRecord:
    """The judgement of a row. Raises RowRefused."""
    fields = row.fields
    annotator = clean_id(fields.get("annotator"), field="annotator", row=row.number, limit=150)
    label, answer = fields.get("label"), fields.get("answer")
    if answer is None and label in (None, ""):
        raise RowRefused(
            Problem("missing_label", "The row has no label.", row=row.number, field="label")
        )
    text = fields.get("text")
    return LabelRecord(
        row=row.number,
        item=clean_id(fields.get("item"), field="item", row=row.number),
        annotator=annotator,
        label=None if label is None else str(label),
        answer=answer,
        text=text if isinstance(text, str) else None,
    )


def clean_id(value: Any, *, field: str, row: int | None, limit: int = MAX_ID) -> str:
    """An id as exact text, but for spaces around it and its Unicode composition (NFC).

    >>> clean_id("007 ", field="id", row=2), clean_id(7, field="id", row=2)
    ('007', '7')
    """
    if isinstance(value, bool) or not isinstance(value, str | int | None):
        raise RowRefused(
            Problem("bad_id", "The id must be a text.", row=row, field=field, value=value)
        )
    text = unicodedata.normalize("NFC", "" if value is None else str(value)).strip()
    if not text:
        raise RowRefused(Problem("missing_id", "The id is empty.", row=row, field=field))
    if len(text) > limit:
        raise RowRefused(
            Problem(
                "id_too_long",
                "The id has {length} characters; at most {limit} are allowed.",
                row=row,
                field=field,
                value=text,
                params={"length": len(text), "limit": limit},
            )
        )
    if any(unicodedata.category(char) == "Cc" for char in text):
        raise RowRefused(
            Problem(
                "bad_id",
                "The id holds a control character.",
                row=row,
                field=field,
                value=text,
            )
        )
    return text


def _without_export(fields: dict[str, Any]) -> dict[str, Any]:
    inner = fields.get("data")
    if "answer" not in fields or not isinstance(inner, dict):
        return fields
    kept = {name: value for name, value in fields.items() if name not in EXPORT_NAMES}
    return {**inner, **kept}


def _check_text(text: Any, row: int) -> None:
    if text in (None, ""):
        raise RowRefused(Problem("missing_text", "The text is empty.", row=row, field="text"))
    if not isinstance(text, str):
        raise RowRefused(
            Problem(
                "bad_text",
                "The text must be a string.",
                row=row,
                field="text",
                value=text,
            )
        )
    if len(text) > MAX_TEXT:
        raise RowRefused(
            Problem(
                "field_too_long",
                "The text has {length} characters; at most {limit} are allowed.",
                row=row,
                field="text",
                value=text,
                params={"length": len(text), "limit": MAX_TEXT},
            )
        )
