"""Which table of a page is asked for as a file."""

from typing import Any

from django.http import HttpRequest

from reviews.reports.dashboard_filters import unknown

TABLE = "table"
# A list as a file has so many rows at most; its page has them all.
ROWS_MOST = 10_000
# Names of columns, and rows.
Table = tuple[list[str], list[list[Any]]]


def named_table(request: HttpRequest, *names: str) -> str:
    """By default the first. Raises DomainError for one that the page does not have."""
    given = request.GET.get(TABLE, names[0])
    if given not in names:
        raise unknown(TABLE)
    return given
