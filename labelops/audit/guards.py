"""Database triggers that refuse every change and removal of events and of their seals.

The models refuse it too; a script, a repair by hand or a new service must not do it either. Who
owns the database can take the triggers away: what was changed then is found by the chain of seals.
They are made anew after every migration, because SQLite drops those of a table that a migration
rebuilds.
"""

from collections.abc import Iterator
from typing import Any

from django.db import connections

TABLES = ("audit_event", "audit_eventseal")
SENTENCE = "the audit log cannot be changed"


def install(using: str = "default", **_keywords: Any) -> None:
    """Create the triggers, replacing what is there."""
    connection = connections[using]
    if set(TABLES) - set(connection.introspection.table_names()):
        return
    with connection.cursor() as cursor:
        for table in TABLES:
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
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN "
        f"RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = '23001'; END$$"
    )
    yield f"DROP TRIGGER IF EXISTS {name} ON {table}"
    yield (
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    )
