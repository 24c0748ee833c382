"""Reads CSV strictly: what a spreadsheet would silently swallow or shift is named instead."""

import csv
import io
import itertools
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from labelops.hints import Hint
from tasks.formats.encoding import check_utf8
from tasks.formats.problems import FileRefused, Problem
from tasks.formats.records import MAX_FIELDS, MAX_TEXT, Row

DELIMITERS = ",;\t"
MAX_LINE = 8 * 1024 * 1024
Needs = Sequence[tuple[str, ...]]
csv.field_size_limit(MAX_TEXT)


def read_rows(stream: BinaryIO, *, needs: Needs, after: int = 0) -> Iterator[Row | Problem]:
    """The rows that begin after line `after`; bad ones as a Problem. Raises FileRefused.

    `needs` are the columns that must be there, each with the names it may have.

    >>> stream = io.BytesIO(b"id;text\\n1;Hello\\n2\\n")
    >>> row, problem = read_rows(stream, needs=[("id",)])
    >>> row.fields, problem.code, problem.row
    ({'id': '1', 'text': 'Hello'}, 'ragged_row', 3)
    """
    check_utf8(stream)
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        yield from _parsed(_lines(text), needs, after)
    finally:
        # The stream is the caller's: a wrapper that is forgotten would close it.
        if not stream.closed:
            text.detach()


def raw_rows(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The header and then each row as it stands in the file, with the line in which it begins.

    >>> stream = io.BytesIO(b'id;text\\n1;"two\\nlines"\\nbroken\\n')
    >>> list(raw_rows(stream))
    [(1, b'id;text\\n'), (2, b'1;"two\\nlines"\\n'), (4, b'broken\\n')]
    """
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    kept: list[str] = []

    def keeping() -> Iterator[str]:
        for line in _lines(text):
            kept.append(line)
            yield line

    try:
        lines = keeping()
        first = next((line for line in lines if line.removeprefix("\ufeff").strip()), "")
        blank_count, kept[:-1] = len(kept) - 1, []
        reader = csv.reader(
            itertools.chain([first], lines), delimiter=_delimiter(first), strict=True
        )
        for number, _cells in _rows(reader, blank_count):
            yield number, "".join(kept).lstrip("\r\n").encode()
            kept.clear()
    finally:
        if not stream.closed:
            text.detach()


def _parsed(lines: Iterator[str], needs: Needs, after: int) -> Iterator[Row | Problem]:
    blank_count, first = next(
        ((index, line) for index, line in enumerate(lines) if line.strip()), (0, "")
    )
    if not first:
        raise FileRefused(Problem("empty_file", "The file is empty."))
    reader = csv.reader(itertools.chain([first], lines), delimiter=_delimiter(first), strict=True)
    rows = _rows(reader, blank_count)
    head = next(rows)[1]
    if isinstance(head, Problem):
        raise FileRefused(head)
    header = header_of(head, needs)
    number = 0
    for number, cells in rows:
        if number > after:
            yield cells if isinstance(cells, Problem) else _row(number, cells, header)
    if not number:
        raise FileRefused(Problem("no_rows", "The file has a header, but no rows."))


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    for number in itertools.count(1):
        line = text.readline(MAX_LINE + 1)
        if not line:
            return
        if len(line) > MAX_LINE:
            raise FileRefused(
                Problem(
                    "line_too_long",
                    "The line is longer than {limit} million characters.",
                    row=number,
                    params={"limit": MAX_LINE // 2**20},
                )
            )
        yield line


def _delimiter(line: str) -> str:
    """The separator that the header holds most often; a comma when it holds none."""
    return max(DELIMITERS, key=line.count)


def _rows(reader: Any, blank_count: int) -> Iterator[tuple[int, list[str] | Problem]]:
    """Each row with the line it begins in; a row whose quotes do not match as a Problem."""
    while True:
        start = reader.line_num + 1 + blank_count
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield start, _broken(str(error), start, reader.line_num + blank_count)
        else:
            if cells:
                yield start, cells


def _broken(reason: str, start: int, last: int) -> Problem:
    if "unexpected end" in reason:
        raise FileRefused(
            Problem(
                "unclosed_quote",
                "The quote that opens in row {row} is never closed.",
                row=start,
                hint=Hint("Close it; a quote inside a field is written twice."),
                params={"row": start},
            )
        )
    if "field larger" in reason:
        raise FileRefused(
            Problem(
                "field_too_long",
                "A field of row {row} is longer than {limit} characters.",
                row=start,
                hint=Hint("Perhaps a quote that opens in this row is never closed."),
                params={"row": start, "limit": MAX_TEXT},
            )
        )
    return Problem(
        "bad_quote",
        "The quotes do not match; the row was read up to line {last}.",
        row=start,
        hint=Hint("Put the field in quotes, and write a quote inside it twice."),
        params={"last": last},
    )


def header_of(cells: list[str], needs: Needs) -> list[str]:
    """The names of the columns. Raises FileRefused where they are not clear, or one is missing.

    >>> header_of(["ID ", "lang"], [("id",)])
    ['id', 'lang']
    """
    if len(cells) > MAX_FIELDS:
        raise _bad_header(
            "too_many_columns",
            "The file has {found} columns; at most {limit} are allowed.",
            found=len(cells),
            limit=MAX_FIELDS,
        )
    known = {name for names in needs for name in names}
    header = [cell.strip() for cell in cells]
    header = [name.casefold() if name.casefold() in known else name for name in header]
    _refuse_unclear(header)
    for names in needs:
        if not set(names) & set(header):
            raise _bad_header(
                "missing_column",
                "The column “{column}” is missing; the file has: {columns}.",
                column=names[0],
                columns=", ".join(header)[:200],
            )
    return header


def _refuse_unclear(header: list[str]) -> None:
    seen: dict[str, str] = {}
    for number, name in enumerate(header, start=1):
        if not name:
            raise _bad_header("empty_header", "Column {number} has no name.", number=number)
        if "\0" in name:
            raise _bad_header(
                "null_byte",
                "The name of column {number} holds a null character.",
                number=number,
            )
        if name.casefold() in seen:
            raise _bad_header(
                "duplicate_header",
                "Two columns have the same name: “{first}” and “{second}”.",
                first=seen[name.casefold()],
                second=name,
            )
        seen[name.casefold()] = name


def _bad_header(code: str, template: str, **params: Any) -> FileRefused:
    return FileRefused(
        Problem(
            code,
            template,
            row=1,
            field=params.get("column") or params.get("second"),
            hint=Hint("The first line names the columns."),
            params=params,
        )
    )


def _row(number: int, cells: list[str], header: list[str]) -> Row | Problem:
    if len(cells) != len(header):
        return Problem(
            "ragged_row",
            "The row has {found} fields, but the header has {expected}.",
            row=number,
            value=" | ".join(cells),
            hint=Hint("Put a field that holds the separator in quotes."),
            params={"found": len(cells), "expected": len(header)},
        )
    fields = dict(zip(header, cells, strict=True))
    for name, text in fields.items():
        if "\0" in text:
            return Problem(
                "null_byte",
                "The field holds a null character.",
                row=number,
                field=name,
                value=text,
            )
    return Row(number, fields)
