"""Writes stored labels as CSV: one line each, one column per control."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

from labelops.hints import marked
from labelops.spreadsheets import cell
from tasks.formats.carrying import Carries
from tasks.formats.records import ExportContext, ExportRecord, Written
from tasks.kinds.answer import PATH, UNDECIDABLE

title = marked("CSV for spreadsheets")
media_type = "text/csv; charset=utf-8"
extension = "csv"
carries = Carries(
    item_data=False,
    path=False,
    notes={
        "": marked(
            "A text that a spreadsheet would run as a formula gets a leading apostrophe; the raw "
            "CSV and the other formats keep it as it is."
        )
    },
)

LEADING = ["item", "batch"]
AUTHOR = ["annotator", "state"]
TRAILING = [
    "undecidable",
    "source",
    "confidence",
    "instruction_version",
    "stale_since_version",
    "annotations",
]


def refusal(context: ExportContext) -> str | None:
    """Why this project cannot be written in this format."""
    return None


def write(records: Iterable[ExportRecord], stream: BinaryIO, context: ExportContext) -> Written:
    """Safe to open in a spreadsheet: a text that would run there as a formula (it begins with
    = + - @, tab or CR) gets a leading apostrophe. Objects and several choices are JSON.
    """
    return write_table(records, stream, context, cell=cell)


def write_table(
    records: Iterable[ExportRecord],
    stream: BinaryIO,
    context: ExportContext,
    *,
    cell: Callable[[Any], Any],
    arranged: Callable[[list[Any]], list[Any]] = list,
) -> Written:
    """A line for each label; `cell` says how a value stands there, `arranged` in what order."""
    left_out: Counter[str] = Counter()
    lines = csv.writer(_Encoded(stream))
    lines.writerow(arranged(columns(context)))
    for record in records:
        left_out.update(["path"] if PATH in record.answer else [])
        lines.writerow([cell(value) for value in arranged(values(record, context))])
    return Written(left_out)


def values(record: ExportRecord, context: ExportContext) -> list[Any]:
    """What stands in the columns, as it is stored."""
    author = [record.annotator, record.state] if context.has_annotators else []
    text = [record.data.get("text")] if context.item_type == "text" else []
    return [
        record.item,
        record.batch,
        *author,
        *text,
        *(record.answer.get(name) for name in context.control_names),
        record.answer.get(UNDECIDABLE),
        record.source,
        record.confidence,
        record.instruction_version,
        record.stale_since_version,
        record.annotation_count,
    ]


class _Encoded:
    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        return self.stream.write(text.encode())


def columns(context: ExportContext, *others: str) -> list[str]:
    """A control that is named like a fixed column, or like one of `others`, is `answer.NAME`.

    >>> controls = [{"name": "bird", "type": "choice"}, {"name": "batch", "type": "text"}]
    >>> columns(ExportContext("birds", "image", [{"controls": controls}]))[:4]
    ['item', 'batch', 'bird', 'answer.batch']
    """
    text = ["text"] if context.item_type == "text" else []
    fixed = [*LEADING, *(AUTHOR if context.has_annotators else []), *text]
    taken = {*fixed, *TRAILING, *others}
    names = [f"answer.{name}" if name in taken else name for name in context.control_names]
    return [*fixed, *names, *TRAILING]
