"""What readers give and what writers take."""

import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NamedTuple

from tasks.formats.problems import Problem, RowRefused

MAX_ID = 300
MAX_TEXT = 1_000_000
MAX_FIELDS = 500


class Row(NamedTuple):
    """The named fields of one line of a table or of one JSON object."""

    number: int
    fields: dict[str, Any]


@dataclass(frozen=True)
class LabelRecord:
    """One judgement made elsewhere: a class (`label`) or a whole `answer`."""

    row: int
    item: str
    annotator: str
    label: str | None = None
    answer: Any = None
    text: str | None = None
    # Where in the row an answer stands.
    field: str = "answer"


class ExportRecord(NamedTuple):
    """One stored label, or one annotation, with all that an export says of it."""

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
    # Of an annotation: the code of its author, or the name of the model, and what became of it.
    annotator: str | None = None
    state: str | None = None
    # Where the export holds images: the original, or FileNotFoundError; and its name in there.
    open_image: Callable[[], BinaryIO] | None = None
    file: str | None = None


@dataclass(frozen=True)
class ExportContext:
    """What an export says of the project; the newest label schema comes first."""

    project: str
    item_type: str
    schemas: list[dict[str, Any]]
    # How many batches the labels come from: an item may have a label in each.
    batch_count: int = 1
    # Whether the records are annotations, those of a task one after the other.
    has_annotators: bool = False

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
    if not text.isprintable() and any(unicodedata.category(char) == "Cc" for char in text):
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
