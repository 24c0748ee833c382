"""CSV for programs: the table for spreadsheets, each text exactly as it is stored."""

from collections.abc import Iterable
from typing import Any, BinaryIO

from labelops.hints import marked
from labelops.spreadsheets import raw_cell
from tasks.formats.carrying import Carries
from tasks.formats.csv_labels import write_table
from tasks.formats.records import ExportContext, ExportRecord, Written

title = marked("CSV, raw")
media_type = "text/csv; charset=utf-8"
extension = "csv"
carries = Carries(
    item_data=False,
    path=False,
    notes={
        "": marked(
            "Do not open it in a spreadsheet: a text that begins with = + - @, tab or CR would "
            "run there as a formula."
        )
    },
)


def refusal(context: ExportContext) -> str | None:
    """Why this project cannot be written in this format."""
    return None


def write(records: Iterable[ExportRecord], stream: BinaryIO, context: ExportContext) -> Written:
    """One stored label per line, one column per control; nothing is put before a formula."""
    return write_table(records, stream, context, cell=raw_cell, arranged=batch_first)


def batch_first(cells: list[Any]) -> list[Any]:
    """The order by which a reader knows that no apostrophe stands before a formula.

    >>> batch_first(["item", "batch", "bird"])
    ['batch', 'item', 'bird']
    """
    item, batch, *others = cells
    return [batch, item, *others]
