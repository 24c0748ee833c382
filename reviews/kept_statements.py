"""Database triggers that keep rates and closed statements as they were written.

People were paid by them: a script, a repair by hand or a new service must not change them either.
They are made anew after every migration, because SQLite drops the triggers of a table that a
migration rebuilds.
"""

from collections.abc import Iterator
from typing import Any

from django.db import connections

KEPT = ("reviews_payrate", "reviews_closedmonth", "reviews_statementline")
SENTENCE = "rates and closed statements are never changed"


def install(using: str = "default", **_keywords: Any) -> None:
    """Create the triggers, replacing what is there."""
    connection = connections[using]
    if {*KEPT} - set(connection.introspection.table_names()):
        return
    with connection.cursor() as cursor:
        for table in KEPT:
            for event in ("UPDATE", "DELETE"):
                for statement in _statements(connection.vendor, table, event):
                    cursor.execute(statement)


def _statements(vendor: str, table: str, event: str) -> Iterator[str]:
    name = f"{table}_{event.lower()}_refused"
    if vendor == "sqlite":
        yield f"DROP TRIGGER IF EXISTS {name}"
        yield (
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW "
            f"BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
        )
        return
    yield (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$BEGIN RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = '23001'; END$$"
    )
    yield f"DROP TRIGGER IF EXISTS {name} ON {table}"
    yield f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
