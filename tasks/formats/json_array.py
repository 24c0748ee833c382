"""JSON: one array, with an object on each line, as JSONL has them."""

from collections.abc import Iterable
from typing import BinaryIO

from tasks.formats.carrying import Carries
from tasks.formats.jsonl import line_of
from tasks.formats.records import ExportContext, ExportRecord, Written

title = "JSON"
media_type = "application/json"
extension = "json"
carries = Carries()


def refusal(context: ExportContext) -> str | None:
    """Why this project cannot be written in this format."""
    return None


def write(records: Iterable[ExportRecord], stream: BinaryIO, context: ExportContext) -> Written:
    """All stored labels in one array, with all that is known of them."""
    separator = b"[\n"
    for record in records:
        stream.write(separator + line_of(record, context))
        separator = b",\n"
    stream.write(b"[]\n" if separator == b"[\n" else b"\n]\n")
    return Written()
