"""Migrated databases for whole installations: one is migrated for each run, the others are copies.

Migrating takes several seconds of the processor, and a run starts more than a dozen.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent
# What belongs to the run itself, and to no installation that it starts.
OWN = {"LABELOPS_TEST_READY", "LABELOPS_SECRET_KEY", "LABELOPS_DATA_DIR", "DATABASE_URL"}
FILE, TEMPLATE = "labelops.sqlite3", "stack_template"


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


def fresh_file(folder: Path) -> None:
    """Put a migrated database of SQLite into the folder of an installation."""
    template = Path(os.environ["LABELOPS_DATA_DIR"]) / TEMPLATE
    with _alone():
        if not (template / FILE).exists():
            _migrate({"LABELOPS_DATA_DIR": str(template), "DATABASE_URL": ""})
    shutil.copyfile(template / FILE, folder / FILE)


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
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env=inherited() | environment,
        check=True,
    )
