"""One consistent look at the database, while everybody else goes on writing."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connections, transaction

ALIAS = "snapshot"


@contextmanager
def read_snapshot() -> Iterator[str]:
    """The alias of a read-only connection whose queries all see the same moment.

    It is a connection of its own, because the job's progress is written meanwhile, outside of the
    snapshot. PostgreSQL: REPEATABLE READ. SQLite: a deferred transaction in WAL mode; the usual
    IMMEDIATE would take the one write lock and stop all labeling until the export ends. Inside a
    transaction there is nothing to open: that transaction is the snapshot.
    """
    if connections[DEFAULT_DB_ALIAS].in_atomic_block:
        yield DEFAULT_DB_ALIAS
        return
    settings = connections[DEFAULT_DB_ALIAS].settings_dict
    connections.databases[ALIAS] = {**settings, "OPTIONS": _options(settings["OPTIONS"])}
    connection = connections[ALIAS]
    try:
        with transaction.atomic(using=ALIAS):
            with connection.cursor() as cursor:
                if connection.vendor == "postgresql":
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                # The snapshot is taken by the first read.
                cursor.execute("SELECT 1 FROM tasks_task LIMIT 1")
            yield ALIAS
    finally:
        connection.close()
        del connections[ALIAS]
        connections.databases.pop(ALIAS, None)


def _options(options: dict[str, object]) -> dict[str, object]:
    if "transaction_mode" not in options:
        return dict(options)
    return {**options, "transaction_mode": "DEFERRED"}
