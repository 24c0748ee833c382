"""The table of a page as a CSV file: `?as=csv` on the page's own address."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext as _

from labelops.errors import DomainError
from labelops.spreadsheets import cell

AS = "as"


def wants_csv(request: HttpRequest) -> bool:
    """Raises DomainError for any other form that is asked for."""
    given = request.GET.get(AS, "")
    if given not in ("", "csv"):
        raise DomainError(_("Tables are given as “csv” only."), code="unknown_value", field=AS)
    return given == "csv"


def csv_response(
    name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> StreamingHttpResponse:
    """Streamed row by row; a text that a spreadsheet would run gets an apostrophe."""
    response = StreamingHttpResponse(_lines(columns, rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


class _Line:
    """What csv writes to: it hands the line back instead of keeping it."""

    def write(self, line: str) -> bytes:
        # Half of a surrogate pair is text to Python, but to no file.
        return line.encode(errors="replace")


def _lines(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    writer = csv.writer(_Line())
    yield writer.writerow(columns)
    for row in rows:
        yield writer.writerow([cell(value) for value in row])
