"""Migrated databases for workers and installations: one is migrated for each run, and copied.

Migrating takes seconds of the processor, and a run wants more than a dozen.
"""

import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper

ROOT = Path(__file__).resolve().parent.parent
# What belongs to the run itself, and to no installation that it starts.
OWN = {"LABELOPS_TEST_READY", "LABELOPS_SECRET_KEY", "LABELOPS_DATA_DIR", "DATABASE_URL"}
FILE, TEMPLATE = "labelops.sqlite3", "stack_template"
# As Django names it.
IN_MEMORY = "file:memorydb_default?mode=memory&cache=shared"
# Of the models, not of a test: only a migration would fill them again.
KEPT_TABLES = {"django_content_type", "auth_permission"}


def inherited() -> dict[str, str]:
    """The environment of this run, without what is the run's own."""
    return {name: value for name, value in os.environ.items() if name not in OWN}


def fresh_database(folder: Path) -> str:
    """A database on the temporary PostgreSQL, or "" after putting one into the folder.

    Outside of a run of tests it is empty, and the first start migrates it.
    """
    server = os.environ.get("LABELOPS_TEST_POSTGRES")
    if "LABELOPS_TEST_READY" not in os.environ:
        return _created(server) if server else ""
    if server:
        with _alone():
            return _created(server, _migrated_on(server))
    fresh_file(folder)
    return ""


def migrated_database(server: str) -> str:
    """The database of an installation that has a whole PostgreSQL for itself."""
    return f"{server}/{_migrated_on(server)}"


def fresh_file(folder: Path) -> None:
    """Put a migrated database of SQLite into the folder of an installation."""
    shutil.copyfile(_migrated_file(), folder / FILE)


@contextmanager
def migrated_before(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Within, the database that Django makes for tests is a copy: it finds nothing to migrate."""
    if server := os.environ.get("LABELOPS_TEST_POSTGRES"):
        with _alone():
            connection.settings_dict["TEST"]["TEMPLATE"] = _migrated_on(server)
        yield
        return
    # In memory, and there as long as somebody is connected.
    with closing(sqlite3.connect(IN_MEMORY, uri=True)) as copy:
        with closing(sqlite3.connect(_migrated_file())) as template:
            template.backup(copy)
        yield


def deletions(operations: Any, _style: Any, tables: Sequence[str], **_options: Any) -> list[str]:
    """What empties the tables of PostgreSQL after a test that has committed.

    Django truncates them, for which the server makes a new file for each: a second or more,
    where the few rows of a test are deleted in a fiftieth of that.
    """
    if not tables:
        return []
    emptied = [operations.quote_name(table) for table in tables if table not in KEPT_TABLES]
    rows = "; ".join(f"DELETE FROM {table}" for table in emptied)
    # As a replica would: in any order of the tables, without their triggers.
    return [f"SET LOCAL session_replication_role = replica; {rows}"]


def _migrated_file() -> Path:
    template = Path(os.environ["LABELOPS_DATA_DIR"]) / TEMPLATE
    with _alone():
        if not (template / FILE).exists():
            _migrate({"LABELOPS_DATA_DIR": str(template), "DATABASE_URL": ""})
    return template / FILE


@contextmanager
def _alone() -> Iterator[None]:
    """Several workers share the run; one of them migrates, the others wait for it."""
    with (Path(os.environ["LABELOPS_DATA_DIR"]) / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _migrated_on(server: str) -> str:
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        if connection.execute(query, [TEMPLATE]).fetchone() is None:
            connection.execute(f"CREATE DATABASE {TEMPLATE}")
            with tempfile.TemporaryDirectory(prefix="labelops-template-") as folder:
                address = f"{server}/{TEMPLATE}"
                _migrate({"LABELOPS_DATA_DIR": folder, "DATABASE_URL": address})
    return TEMPLATE


def _created(server: str, template: str = "template1") -> str:
    name = f"stack_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return f"{server}/{name}"


def _migrate(environment: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "tests.migrating"],
        cwd=ROOT,
        env=inherited() | environment,
        check=True,
    )
