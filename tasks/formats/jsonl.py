"""JSONL: one JSON object per line; items and labels in, stored labels out."""

import itertools
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import orjson

from labelops.hints import Hint
from labelops.strict_json import StrictJSONError, loads
from tasks.formats.carrying import Carries
from tasks.formats.encoding import check_utf8
from tasks.formats.problems import FileRefused, Problem
from tasks.formats.records import MAX_FIELDS, ExportContext, ExportRecord, Row, Written

title = "JSONL"
media_type = "application/x-ndjson"
extension = "jsonl"
carries = Carries()

MAX_LINE = 8 * 1024 * 1024
MARK = b"\xef\xbb\xbf"


def read_rows(stream: BinaryIO, *, after: int = 0) -> Iterator[Row | Problem]:
    """The objects on the lines after `after`; bad lines as a Problem. Raises FileRefused.

    >>> import io
    >>> row, problem = read_rows(io.BytesIO(b'{"id": 1}\\n{"id": 1, "id": 2}\\n'))
    >>> row.fields, problem.code, problem.row
    ({'id': 1}, 'duplicate_key', 2)
    """
    check_utf8(stream)
    found = False
    for number in itertools.count(1):
        line = stream.readline(MAX_LINE + 1)
        if not line:
            break
        if len(line) > MAX_LINE:
            raise FileRefused(
                Problem(
                    "line_too_long",
                    "The line is longer than {limit} MB.",
                    row=number,
                    hint=Hint("JSONL has one object on each line."),
                    params={"limit": MAX_LINE // 2**20},
                )
            )
        if not line.removeprefix(MARK).strip():
            continue
        found = True
        if number > after:
            yield row_of(number, line)
    if not found:
        raise FileRefused(Problem("empty_file", "The file is empty."))


def raw_rows(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The lines as they stand in the file, numbered; too long ones break it off."""
    for number in itertools.count(1):
        line = stream.readline(MAX_LINE + 1)
        if not line or len(line) > MAX_LINE:
            return
        yield number, line


def row_of(number: int, line: bytes) -> Row | Problem:
    try:
        value = loads(line)
    except StrictJSONError as error:
        return Problem(
            error.code,
            "{reason}",
            row=number,
            field=error.path or None,
            value=line[:200].decode("utf-8", "replace").strip(),
            params={"reason": error.message},
        )
    if not isinstance(value, dict):
        return Problem(
            "not_an_object",
            "The line is not a JSON object.",
            row=number,
            value=line[:200].decode("utf-8", "replace").strip(),
            hint=Hint("Each line looks like {example}.", example='{"id": "a1", "text": "…"}'),
        )
    if len(value) > MAX_FIELDS:
        return Problem(
            "too_many_columns",
            "The object has {found} fields; at most {limit} are allowed.",
            row=number,
            params={"found": len(value), "limit": MAX_FIELDS},
        )
    return Row(number, value)


def refusal(context: ExportContext) -> str | None:
    """Why this project cannot be written in this format."""
    return None


def write(records: Iterable[ExportRecord], stream: BinaryIO, context: ExportContext) -> Written:
    """One label per line, with all that is known of it."""
    for record in records:
        stream.write(line_of(record, context) + b"\n")
    return Written()


def line_of(record: ExportRecord, context: ExportContext) -> bytes:
    """A label as a JSON object without line breaks.

    >>> record = ExportRecord("a", "first", {}, "vote", None, 1, 2, {})
    >>> line_of(record, ExportContext("birds", "text", []))[:27]
    b'{"item":"a","batch":"first"'
    """
    by = {"annotator": record.annotator, "state": record.state} if context.has_annotators else {}
    line = {
        "item": record.item,
        "batch": record.batch,
        **by,
        "answer": record.answer,
        "source": record.source,
        "confidence": record.confidence,
        "instruction_version": record.instruction_version,
        "stale_since_version": record.stale_since_version,
        "annotations": record.annotation_count,
        "data": record.data,
    }
    if context.item_type == "image":
        file = record.file or record.item
        line |= {"file": file, "width": record.width, "height": record.height}
    return orjson.dumps(line)
