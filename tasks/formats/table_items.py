"""The items of tables: which column is the id, which one the text, and what each row gives."""

import functools
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from tasks.formats import csv_rows, json_rows, jsonl
from tasks.formats.items import ImportContext, ItemRecord, Working
from tasks.formats.problems import Problem, RowRefused
from tasks.formats.records import MAX_TEXT, Row, clean_id

ID, TEXT = "external_id", "text"
# What a column can be, and the names by which it is known where nobody says so.
ROLES = {ID: ("external_id", "id", "item"), TEXT: ("text",)}
# What our own export adds to an item; dropped when an export comes back as an import.
EXPORT_NAMES = frozenset(
    {
        "answer",
        "annotations",
        "annotator",
        "batch",
        "confidence",
        "data",
        "file",
        "height",
        "instruction_version",
        "source",
        "stale_since_version",
        "state",
        "width",
    }
)


def read_csv(
    stream: BinaryIO, context: ImportContext, after: int
) -> Iterator[ItemRecord | Problem | Working]:
    """The items of a CSV, from the row after line `after` on. Raises FileRefused."""
    needs = [names_of(ID, context), names_of(TEXT, context)]
    return items(csv_rows.read_rows(stream, needs=needs, after=after), context)


def read_jsonl(
    stream: BinaryIO, context: ImportContext, after: int
) -> Iterator[ItemRecord | Problem | Working]:
    """The items of a JSONL file, from the line after `after` on. Raises FileRefused."""
    return items(jsonl.read_rows(stream, after=after), context)


def read_json(
    stream: BinaryIO, context: ImportContext, after: int
) -> Iterator[ItemRecord | Problem | Working]:
    """The items of a JSON array, from the object after number `after` on. Raises FileRefused."""
    return items(json_rows.read_rows(stream, after=after), context)


def names_of(role: str, context: ImportContext) -> tuple[str, ...]:
    """The names that the column of a role may have: the one that was chosen, or the usual ones.

    >>> chosen = ImportContext("text", columns={"text": "body"})
    >>> names_of("text", chosen), names_of("text", ImportContext("text"))
    (('body',), ('text',))
    """
    chosen = context.columns.get(role)
    return (chosen,) if chosen else ROLES[role]


def items(
    rows: Iterable[Row | Problem | Working], context: ImportContext
) -> Iterator[ItemRecord | Problem | Working]:
    """What each row of a table gives; bad ones as a Problem."""
    make = functools.partial(item_record, context=context)
    for row in rows:
        if not isinstance(row, Row):
            yield row
            continue
        try:
            yield make(row)
        except RowRefused as error:
            yield error.problem


def item_record(row: Row, context: ImportContext) -> ItemRecord:
    """The text item of a row. Raises RowRefused.

    >>> row = Row(2, {"id": " a1 ", "text": "Hello", "lang": "en"})
    >>> record = item_record(row, ImportContext("text"))
    >>> record.external_id, record.data
    ('a1', {'text': 'Hello', 'lang': 'en'})
    """
    fields = _without_export(row.fields)
    id_names, (text_name, *_others) = names_of(ID, context), names_of(TEXT, context)
    name = next((name for name in id_names if name in fields), id_names[0])
    external_id = clean_id(fields.get(name), field=name, row=row.number)
    text = fields.get(text_name)
    _check_text(text, row.number, text_name)
    others = {key: value for key, value in fields.items() if key not in (name, text_name)}
    return ItemRecord(row.number, external_id, {TEXT: text, **others})


def _without_export(fields: dict[str, Any]) -> dict[str, Any]:
    inner = fields.get("data")
    if "answer" not in fields or not isinstance(inner, dict):
        return fields
    kept = {name: value for name, value in fields.items() if name not in EXPORT_NAMES}
    return {**inner, **kept}


def _check_text(text: Any, row: int, field: str) -> None:
    if text in (None, ""):
        raise RowRefused(Problem("missing_text", "The text is empty.", row=row, field=field))
    if not isinstance(text, str):
        raise RowRefused(
            Problem("bad_text", "The text must be a string.", row=row, field=field, value=text)
        )
    if len(text) > MAX_TEXT:
        raise RowRefused(
            Problem(
                "field_too_long",
                "The text has {length} characters; at most {limit} are allowed.",
                row=row,
                field=field,
                value=text,
                params={"length": len(text), "limit": MAX_TEXT},
            )
        )
