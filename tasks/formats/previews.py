"""What a file seems to hold, told from its beginning before anything is written.

Only so much is read that a person can wait for it: at most 4 MB and 1,000 rows of a table, and of
archives what there is time for.
"""

import io
import itertools
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from tasks.formats import csv_rows, json_rows, jsonl
from tasks.formats.items import Content, ImportContext, ItemRecord, Reader, Working
from tasks.formats.problems import FileRefused, Problem, visible
from tasks.formats.records import Row
from tasks.formats.table_items import FILE, ROLES, TEXT, names_of
from tasks.formats.table_labels import ANNOTATOR, LABEL

HEAD_BYTES = 4 * 1024**2
MOST_ROWS, ROWS_SHOWN, COLUMNS_SHOWN = 1_000, 10, 50
MOST_SECONDS = 2.0
# What becomes of a column that plays no role of its own.
ANSWER, KEPT, DROPPED = "answer", "data", "dropped"
Rows = Callable[[BinaryIO], Iterator[Row | Problem | Working]]
# By format: how its rows are read, and what a row ends with.
TABLES: dict[str, tuple[Rows, bytes]] = {
    "csv": (lambda stream: csv_rows.read_rows(stream, needs=()), b"\n"),
    "jsonl": (jsonl.read_rows, b"\n"),
    "json": (json_rows.read_rows, b"}"),
}


@dataclass(frozen=True)
class Column:
    """`use` is a role of table_items.ROLES, or ANSWER, KEPT or DROPPED."""

    name: str
    use: str


@dataclass
class PreviewRow:
    """A row as the import would take it: its place, its cells, and what is wrong with it."""

    number: int
    cells: list[str] = field(default_factory=list)
    entry: str = ""
    external_id: str = ""
    label_count: int = 0
    problem: Problem | None = None


@dataclass
class Preview:
    """The beginning of a file under the columns that were chosen."""

    columns: list[Column] = field(default_factory=list)
    # By role the column that plays it, None where there is none.
    roles: dict[str, str | None] = field(default_factory=dict)
    rows: list[PreviewRow] = field(default_factory=list)
    read_count: int = 0
    problem_count: int = 0
    label_count: int = 0
    prediction_count: int = 0
    # Rows that name an item which must be in the project already.
    reference_count: int = 0
    is_whole: bool = True
    # Why nothing more can be read.
    refusal: Problem | None = None

    @property
    def problem_percent(self) -> int:
        return -(-100 * self.problem_count // max(1, self.read_count))


def look(format_name: str, reader: Reader, stream: BinaryIO, context: ImportContext) -> Preview:
    """The preview of a file of which the format is known.

    >>> from tasks.formats import READERS
    >>> stream = io.BytesIO(b"id,text,lang\\n1,Hello,en\\n2,,en\\n")
    >>> found = look("csv", READERS["csv"], stream, ImportContext("text"))
    >>> [(column.name, column.use) for column in found.columns]
    [('id', 'external_id'), ('text', 'text'), ('lang', 'data')]
    >>> found.read_count, found.problem_count, found.rows[1].problem.code
    (2, 1, 'missing_text')
    """
    if format_name not in TABLES:
        preview = Preview()
        stream.seek(0)
        _read_records(preview, reader, stream, context)
        return preview
    rows, end = TABLES[format_name]
    head, is_whole = _head(stream, end)
    preview = Preview(is_whole=is_whole)
    raw = _first_rows(rows, head)
    names = list(dict.fromkeys(name for row in raw for name in row.fields))[:COLUMNS_SHOWN]
    preview.roles = {role: _played_by(role, names, context) for role in _roles(context)}
    records = _read_records(preview, reader, io.BytesIO(head), context)
    preview.columns = [Column(name, _use(name, preview.roles, records)) for name in names]
    _show_cells(preview, raw, names)
    return preview


def _head(stream: BinaryIO, end: bytes) -> tuple[bytes, bool]:
    """The first rows of a file, and whether they are all."""
    stream.seek(0)
    head = stream.read(HEAD_BYTES + 1)
    if len(head) <= HEAD_BYTES:
        return head, True
    return head[: head.rfind(end, 0, HEAD_BYTES) + 1] or head[:HEAD_BYTES], False


def _first_rows(rows: Rows, head: bytes) -> list[Row]:
    found: list[Row] = []
    try:
        for row in itertools.islice(rows(io.BytesIO(head)), 2 * ROWS_SHOWN):
            if isinstance(row, Row) and len(found) < ROWS_SHOWN:
                found.append(row)
    except FileRefused:
        # Reading its records says the same, and is asked for the reason.
        pass
    return found


def _roles(context: ImportContext) -> list[str]:
    """The roles that can be played in this project: classes need a choice to belong to."""
    controls = context.schema["controls"] if context.schema else []
    possible = {
        TEXT: context.item_type == "text",
        LABEL: any(control["type"] == "choice" for control in controls),
        ANNOTATOR: bool(controls),
    }
    return [role for role in ROLES if possible.get(role, True)]


def _played_by(role: str, names: list[str], context: ImportContext) -> str | None:
    return next((name for name in names_of(role, context) if name in names), None)


def _read_records(
    preview: Preview, reader: Reader, stream: BinaryIO, context: ImportContext
) -> list[ItemRecord]:
    """Count what the first rows give; returns the records among those that are shown."""
    shown: list[ItemRecord] = []
    entries = reader.read(stream, context, 0)
    try:
        for entry in _bounded(entries, preview):
            _count(preview, entry)
            if len(preview.rows) < ROWS_SHOWN:
                preview.rows.append(_row(entry))
                shown += [entry] if isinstance(entry, ItemRecord) else []
    except FileRefused as error:
        # A row that the end of the beginning cuts through is no problem of the file.
        if preview.is_whole or not preview.read_count:
            preview.refusal = error.problem
    return shown


def _bounded(
    entries: Iterable[ItemRecord | Problem | Working], preview: Preview
) -> Iterator[ItemRecord | Problem]:
    ends_at = time.monotonic() + MOST_SECONDS
    for entry in entries:
        if preview.read_count >= MOST_ROWS or time.monotonic() > ends_at:
            preview.is_whole = False
            return
        if not isinstance(entry, Working):
            yield entry


def _count(preview: Preview, entry: ItemRecord | Problem) -> None:
    preview.read_count += 1
    if isinstance(entry, Problem):
        preview.problem_count += 1
        return
    model_count = sum(label.model is not None for label in entry.labels)
    preview.prediction_count += model_count
    preview.label_count += len(entry.labels) - model_count
    preview.reference_count += entry.content == Content.ABSENT


def _row(entry: ItemRecord | Problem) -> PreviewRow:
    if isinstance(entry, Problem):
        return PreviewRow(entry.row or 0, entry=visible(entry.entry or ""), problem=entry)
    return PreviewRow(
        entry.row,
        entry=visible(entry.entry or ""),
        external_id=visible(entry.external_id),
        label_count=len(entry.labels),
    )


def _use(name: str, roles: dict[str, str | None], records: list[ItemRecord]) -> str:
    """What becomes of a column, as the first records show."""
    for role, column in roles.items():
        if column == name:
            return role
    if any(name in record.data for record in records):
        # The text of an item stands under this name, whatever its column is called.
        return DROPPED if name == TEXT and roles.get(TEXT) else KEPT
    if name == FILE or not records:
        return DROPPED if records else KEPT
    return ANSWER if any(record.labels for record in records) else DROPPED


def _show_cells(preview: Preview, raw: list[Row], names: list[str]) -> None:
    cells = {row.number: [_shown(row.fields.get(name)) for name in names] for row in raw}
    for row in preview.rows:
        row.cells = cells.get(row.number, [])


def _shown(value: Any) -> str:
    return "" if value is None else visible(value)
