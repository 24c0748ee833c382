"""The items of tables: which column is what, and what each row gives."""

import functools
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from labelops.spreadsheets import without_apostrophe
from tasks.formats import csv_rows, json_rows, jsonl
from tasks.formats.csv_labels import LEADING
from tasks.formats.items import Content, ImportContext, ItemRecord, Working
from tasks.formats.problems import Problem, RowRefused
from tasks.formats.records import MAX_TEXT, Row, clean_id
from tasks.formats.table_labels import ANNOTATOR, LABEL, TableLabels, is_own_table

ID, TEXT = "external_id", "text"
# What a column can be, and the names by which it is known where nobody says so.
ROLES = {
    ID: ("external_id", "id", "item"),
    TEXT: ("text",),
    LABEL: (LABEL,),
    ANNOTATOR: (ANNOTATOR,),
}
# Tables about images name them by their files, too.
FILE = "file"


def read_csv(
    stream: BinaryIO, context: ImportContext, after: int
) -> Iterator[ItemRecord | Problem | Working]:
    """The items of a CSV, from the row after line `after` on. Raises FileRefused."""
    rows = csv_rows.read_rows(stream, needs=needed_columns(context), after=after)
    return items(map(_without_apostrophes, rows), context)


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


def needed_columns(context: ImportContext) -> list[tuple[str, ...]]:
    """The columns that a table must have, each with the names that it may have.

    >>> needed_columns(ImportContext("image"))
    [('external_id', 'id', 'item', 'file')]
    """
    needs = [names_of(ID, context)]
    return [*needs, names_of(TEXT, context)] if context.item_type == "text" else needs


def names_of(role: str, context: ImportContext) -> tuple[str, ...]:
    """The names that the column of a role may have: the one that was chosen, or the usual ones.

    >>> chosen = ImportContext("text", columns={"text": "body"})
    >>> names_of("text", chosen), names_of("text", ImportContext("text"))
    (('body',), ('text',))
    """
    chosen = context.columns.get(role)
    if chosen:
        return (chosen,)
    return (*ROLES[role], FILE) if role == ID and context.item_type == "image" else ROLES[role]


def items(
    rows: Iterable[Row | Problem | Working], context: ImportContext
) -> Iterator[ItemRecord | Problem | Working]:
    """What each row of a table gives; bad ones as a Problem."""
    labels = TableLabels(context)
    make = functools.partial(item_record, context=context, labels=labels)
    for row in rows:
        if not isinstance(row, Row):
            yield row
            continue
        try:
            yield make(row)
        except RowRefused as error:
            yield error.problem


def item_record(row: Row, context: ImportContext, labels: TableLabels) -> ItemRecord:
    """The item of a row: a text, or an image that must be there already. Raises RowRefused.

    >>> row, context = Row(2, {"id": " a1 ", "text": "Hello", "lang": "en"}), ImportContext("text")
    >>> record = item_record(row, context, TableLabels(context))
    >>> record.external_id, record.data
    ('a1', {'text': 'Hello', 'lang': 'en'})
    """
    found, fields = labels.split(row)
    id_names, (text_name, *_others) = names_of(ID, context), names_of(TEXT, context)
    name = next((name for name in id_names if name in fields), id_names[0])
    external_id = clean_id(fields.get(name), field=name, row=row.number)
    if context.item_type == "image":
        others = {key: value for key, value in fields.items() if key not in (name, FILE)}
        return ItemRecord(
            row.number,
            external_id,
            others,
            labels=found,
            content=Content.ABSENT,
            aliases=_file_of(fields, external_id),
        )
    text = fields.get(text_name)
    check_text(text, row.number, text_name)
    # Another column that is called like the text must not take its place.
    taken = (name, text_name, TEXT)
    others = {key: value for key, value in fields.items() if key not in taken}
    return ItemRecord(row.number, external_id, {TEXT: text, **others}, labels=found)


def _file_of(fields: dict[str, Any], external_id: str) -> tuple[str, ...]:
    file = fields.get(FILE)
    return (file,) if isinstance(file, str) and file not in ("", external_id) else ()


def _without_apostrophes(row: Row | Problem) -> Row | Problem:
    """A row as it was before our own CSV for spreadsheets put apostrophes before formulas.

    The raw one, which has none of its own, begins with the batch.
    """
    if isinstance(row, Problem) or not is_own_table(row.fields):
        return row
    if next(iter(row.fields)) != LEADING[0]:
        return row
    return Row(row.number, {name: without_apostrophe(cell) for name, cell in row.fields.items()})


def check_text(text: Any, row: int, field: str) -> None:
    """Raises RowRefused for what is no text, or too long a one."""
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
