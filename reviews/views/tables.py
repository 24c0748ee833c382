"""A table of a page as a file, safe to open in a spreadsheet."""

import csv
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from reviews.reports.dashboard_filters import unknown
from tasks.formats.csv_labels import cell

AS_CSV, TABLE = "as", "table"
# A list as a file has so many rows at most; its page has them all.
ROWS_MOST = 10_000
# Names of columns, and rows.
Table = tuple[list[str], list[list[Any]]]


def wants_csv(request: HttpRequest) -> bool:
    """Whether `?as=csv` is asked for. Raises DomainError for any other form."""
    given = request.GET.get(AS_CSV, "")
    if given not in {"", "csv"}:
        raise unknown(AS_CSV)
    return given == "csv"


def named_table(request: HttpRequest, *names: str) -> str:
    """Which table of a page is asked for, by default the first. Raises DomainError for others."""
    given = request.GET.get(TABLE, names[0])
    if given not in names:
        raise unknown(TABLE)
    return given


def table_file(name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    lines = csv.writer(response)
    lines.writerow(columns)
    for row in rows:
        lines.writerow([cell(value) for value in row])
    return response
