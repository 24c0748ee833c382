"""Writes stored labels as CSV: one line each, one column per control."""

import csv
import json
from collections.abc import Iterable
from typing import Any, BinaryIO

from tasks.formats.records import ExportContext, ExportRecord
from tasks.kinds.answer import UNDECIDABLE

title = "CSV"
media_type = "text/csv; charset=utf-8"
extension = "csv"

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
LEADING = ["item", "batch"]
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


def write(records: Iterable[ExportRecord], stream: BinaryIO, context: ExportContext) -> None:
    """Safe to open in a spreadsheet: a text that would run there as a formula (it begins with
    = + - @, tab or CR) gets a leading apostrophe. Objects and several choices are JSON.
    """
    controls = context.control_names
    lines = csv.writer(_Encoded(stream))
    lines.writerow(_columns(context))
    for record in records:
        item = [record.item, record.batch]
        if context.item_type == "text":
            item.append(record.data.get("text"))
        answers = [record.answer.get(name) for name in controls]
        origin = [
            record.answer.get(UNDECIDABLE),
            record.source,
            record.confidence,
            record.instruction_version,
            record.stale_since_version,
            record.annotation_count,
        ]
        lines.writerow([cell(value) for value in (*item, *answers, *origin)])


class _Encoded:
    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        return self.stream.write(text.encode())


def _columns(context: ExportContext) -> list[str]:
    """A control that is named like a fixed column is written as `answer.NAME`."""
    fixed = [*LEADING, *(["text"] if context.item_type == "text" else [])]
    taken = {*fixed, *TRAILING}
    names = [f"answer.{name}" if name in taken else name for name in context.control_names]
    return [*fixed, *names, *TRAILING]


def cell(value: Any) -> Any:
    """A value as a spreadsheet may open it without running it.

    >>> cell("=1+1"), cell(-1), cell(["a", "b"]), cell(None)
    ("'=1+1", -1, '["a", "b"]', '')
    """
    if value is None:
        return ""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value
