"""A database that could forget an acknowledged answer is refused at the start, in one sentence."""

import os
import subprocess
import sys

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.utils import ConnectionHandler

from labelops import environment
from labelops.durability import require_durable
from tests.fresh_databases import migrated_database
from tests.servers import Postgres, free_port
from tests.stack import ROOT, Stack

on_postgresql = pytest.mark.skipif(
    "LABELOPS_TEST_POSTGRES" not in os.environ, reason="runs with PostgreSQL"
)
SUPERVISOR = ("labelops.supervisor",)
WORKER = ("celery", "-A", "labelops.celery", "worker", "--concurrency=1")


def run_module(*command, **own):
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=os.environ | {"PORT": str(free_port())} | own,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def connect(django_db_blocker, tmp_path):
    """Opens a connection of its own, as the settings would, to any database."""
    opened = []

    def open_one(url=""):
        connections = ConnectionHandler({"default": environment.database(url, tmp_path)})
        opened.append(connections["default"])
        opened[-1].ensure_connection()
        return opened[-1]

    with django_db_blocker.unblock():
        yield open_one
    for connection in opened:
        connection.close()


# One worker runs the tests of a setting, so that they share its server.
SETTINGS = [
    pytest.param(name, marks=pytest.mark.xdist_group(name))
    for name in ("fsync", "full_page_writes", "synchronous_commit")
]


@pytest.fixture(scope="module", params=SETTINGS)
def forgetful(request):
    """The URL of a PostgreSQL that runs with the setting off, and the setting."""
    server = Postgres(**{request.param: "off"})
    yield server.start() + "/postgres", request.param
    server.stop()


@on_postgresql
@pytest.mark.parametrize("command", [SUPERVISOR, WORKER], ids=["supervisor", "worker"])
def test_a_forgetful_postgresql_stops_the_start(forgetful, command, tmp_path):
    url, setting = forgetful
    done = run_module(*command, DATABASE_URL=url, LABELOPS_DATA_DIR=str(tmp_path))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    [sentence] = [line for line in done.stderr.splitlines() if "cannot start" in line]
    assert f"{setting}=off" in sentence
    assert f"set {setting}=on in postgresql.conf" in sentence


@on_postgresql
def test_a_forgetful_postgresql_stops_a_web_server_of_its_own(forgetful, tmp_path):
    url, setting = forgetful
    web = ("gunicorn", "labelops.wsgi:application", f"--bind=127.0.0.1:{free_port()}")
    done = run_module(*web, DATABASE_URL=url, LABELOPS_DATA_DIR=str(tmp_path))
    assert done.returncode != 0
    assert f"set {setting}=on in postgresql.conf" in done.stderr


@on_postgresql
def test_a_role_that_forgets_is_found_too(connect):
    server = os.environ["LABELOPS_TEST_POSTGRES"]
    with psycopg.connect(f"{server}/postgres", autocommit=True) as database:
        database.execute("CREATE ROLE hasty LOGIN")
        database.execute("ALTER ROLE hasty SET synchronous_commit = off")
    connection = connect(server.replace("labelops@", "hasty@") + "/postgres")
    with pytest.raises(ImproperlyConfigured, match="synchronous_commit=off"):
        require_durable(connection)


@on_postgresql
@pytest.mark.parametrize("value", ["on", "local", "remote_write", "remote_apply"])
def test_what_waits_for_its_own_disk_is_durable(value, connect):
    connection = connect(os.environ["LABELOPS_TEST_POSTGRES"] + "/postgres")
    connection.connection.execute(f"SET synchronous_commit = {value}")
    require_durable(connection)


@on_postgresql
@pytest.mark.slow
def test_a_server_that_turns_forgetful_is_refused_at_the_next_connection():
    postgres = Postgres()
    stack = Stack(DATABASE_URL=migrated_database(postgres.start()))
    try:
        stack.start()
        postgres.settings["fsync"] = "off"
        postgres.restart()
        refusal = "PostgreSQL runs with fsync=off"
        stack.wait_for(lambda: not stack.answers("/health/") and refusal in stack.logs(), refusal)
        postgres.settings["fsync"] = "on"
        postgres.restart()
        stack.wait_for(lambda: stack.answers("/health/"), "the recovery")
    finally:
        stack.stop()
        postgres.stop()


@pytest.mark.once
def test_the_embedded_database_is_durable(connect):
    connection = connect()
    require_durable(connection)


@pytest.mark.once
@pytest.mark.parametrize("pragma", ["synchronous=NORMAL", "synchronous=OFF", "journal_mode=DELETE"])
def test_an_embedded_database_that_forgets_is_refused(pragma, connect):
    connection = connect()
    connection.connection.execute(f"PRAGMA {pragma}")
    with pytest.raises(ImproperlyConfigured, match="instead of FULL and wal"):
        require_durable(connection)


@pytest.mark.once
def test_a_database_that_is_away_is_said_in_one_sentence(tmp_path):
    url = f"postgresql://labelops@127.0.0.1:{free_port()}/nothing"
    done = run_module(*SUPERVISOR, DATABASE_URL=url, LABELOPS_DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "The database does not answer" in done.stderr
