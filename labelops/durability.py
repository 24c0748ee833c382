"""Refuses a database that forgets: what was acknowledged must survive a crash and a power cut."""

import logging
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

logger = logging.getLogger(__name__)

# With one of these off, PostgreSQL says "committed" before the answer is safe on the disk.
# Every other value of synchronous_commit waits at least for the disk of its own machine.
POSTGRESQL_SETTINGS = ("fsync", "full_page_writes", "synchronous_commit")
SQLITE_SYNCHRONOUS = {0: "OFF", 1: "NORMAL", 2: "FULL", 3: "EXTRA"}
SQLITE_DURABLE = ("FULL", "EXTRA")


def guard_connections() -> None:
    """Check every connection that this process opens from now on, and the first one at once.

    Raises ImproperlyConfigured. A database that is away is no reason to stay away: nothing can be
    acknowledged until it answers, and then its first connection is checked.
    """
    connection_created.connect(_check_new, dispatch_uid="durability")
    try:
        connection.ensure_connection()
    except OperationalError as error:
        logger.warning("The database does not answer yet: %s", error)
    finally:
        # The process may fork next, and a child must not inherit the connection.
        connection.close()


def require_durable(database: BaseDatabaseWrapper) -> None:
    """Raise ImproperlyConfigured, in one sentence, when a commit would not be safe."""
    if database.vendor == "postgresql":
        _require_durable_postgresql(database)
    else:
        _require_durable_sqlite(database)


def _check_new(connection: BaseDatabaseWrapper, **_keywords: Any) -> None:
    try:
        require_durable(connection)
    except ImproperlyConfigured:
        # Left open, the next query would use it unchecked.
        connection.close()
        raise


def _require_durable_postgresql(database: BaseDatabaseWrapper) -> None:
    # The values of this very session: a role or a database may have its own.
    with database.connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM pg_settings WHERE name = ANY(%s) AND setting = 'off' ORDER BY name",
            [list(POSTGRESQL_SETTINGS)],
        )
        wrong = [f"{name}=off" for (name,) in cursor.fetchall()]
    if wrong:
        named = " and ".join(wrong)
        raise ImproperlyConfigured(
            f"PostgreSQL runs with {named}, so a crash could lose answers that were already "
            f"acknowledged; set {named.replace('=off', '=on')} in postgresql.conf, reset it for "
            "the role and the database of DATABASE_URL, and start again."
        )


def _require_durable_sqlite(database: BaseDatabaseWrapper) -> None:
    [synchronous] = database.connection.execute("PRAGMA synchronous").fetchone()
    [journal] = database.connection.execute("PRAGMA journal_mode").fetchone()
    level = SQLITE_SYNCHRONOUS.get(synchronous, str(synchronous))
    if level not in SQLITE_DURABLE or journal != "wal":
        raise ImproperlyConfigured(
            f"SQLite runs with synchronous={level} and journal_mode={journal} instead of FULL and "
            "wal, so a power cut could lose answers that were already acknowledged; put the data "
            "folder (LABELOPS_DATA_DIR) on a local disk, or set DATABASE_URL to a PostgreSQL."
        )
