"""JSON arrays of objects, read as the lines of JSONL are: `row` counts the objects from 1."""

from collections.abc import Iterator
from typing import BinaryIO

from tasks.formats.encoding import check_utf8
from tasks.formats.items import Working
from tasks.formats.json_elements import elements
from tasks.formats.jsonl import row_of
from tasks.formats.pauses import Pauses
from tasks.formats.problems import FileRefused, Problem
from tasks.formats.records import Row


def read_rows(stream: BinaryIO, *, after: int = 0) -> Iterator[Row | Problem | Working]:
    """The objects after the one of number `after`; bad ones as a Problem. Raises FileRefused.

    >>> import io
    >>> row, problem = read_rows(io.BytesIO(b'[{"id": 1}, 7]'))
    >>> row.fields, problem.code, problem.row
    ({'id': 1}, 'not_an_object', 2)
    """
    check_utf8(stream)
    pauses, number = Pauses(), 0
    for number, element in enumerate(elements(stream), start=1):
        if element.name:
            raise FileRefused(Problem("not_an_array", "The file is no JSON array."))
        if number > after:
            yield row_of(number, element.source)
        elif pauses.is_due():
            yield Working(after)
    if not number:
        raise FileRefused(Problem("no_rows", "The array is empty."))
