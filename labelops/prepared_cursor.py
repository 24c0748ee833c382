"""A cursor for statements that come again and again: PostgreSQL plans each once per connection.

Django merges parameters into the text of a statement, so that the server parses and plans it
anew every time. This one sends them apart from it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from psycopg import Cursor


@contextmanager
def prepared_cursor() -> Iterator[Any]:
    """Django's own cursor, counted and logged as any other; on SQLite there is nothing to add."""
    with connection.cursor() as usual:
        if connection.vendor != "postgresql":
            yield usual
            return
    wrapped = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrapped(Cursor(connection.connection)) as cursor:
        yield cursor
