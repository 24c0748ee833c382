"""Loaded by pytest before Django's settings: where this run's data, database and broker are.

LABELOPS_TEST_DATABASE=postgresql starts a real PostgreSQL and Redis; the default is SQLite.
Workers of pytest-xdist inherit the environment and start nothing.
"""

import atexit
import os
import secrets
import shutil
import tempfile

import pytest

from tests.servers import Missing, Postgres, Redis

MARK = "LABELOPS_TEST_READY"


def prepare() -> None:
    if os.environ.get(MARK):
        return
    folder = tempfile.mkdtemp(prefix="labelops-test-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name in list(os.environ):
        if name.startswith("LABELOPS_") and name not in KEPT:
            del os.environ[name]
    os.environ |= {
        MARK: "1",
        "LABELOPS_DATA_DIR": folder,
        # The desk serves by risk alone, save where chance is what is tested.
        "LABELOPS_RANDOM_REVIEW_PERCENT": "0",
        "LABELOPS_SECOND_REVIEW_PERCENT": "0",
        "LABELOPS_SECRET_KEY": secrets.token_urlsafe(64),
        "DATABASE_URL": "",
        "REDIS_URL": "",
    }
    if os.environ.get("LABELOPS_TEST_DATABASE", "sqlite") == "postgresql":
        _start_servers()


KEPT = {
    "LABELOPS_TEST_DATABASE",
    "LABELOPS_CHROMIUM",
    "LABELOPS_CROWDS",
    "LABELOPS_SOAK",
    "LABELOPS_SOAK_ACKS",
    "LABELOPS_SOAK_EXPORTS",
    "LABELOPS_SOAK_KILLS",
    "LABELOPS_SOAK_SEED",
}


def _start_servers() -> None:
    try:
        postgres, redis = Postgres(), Redis()
    except Missing as missing:
        status = 1 if os.environ.get("CI") == "true" else 0
        pytest.exit(f"SKIPPED the tests on PostgreSQL and Redis: {missing}", returncode=status)
    os.environ["LABELOPS_TEST_POSTGRES"] = postgres.start()
    atexit.register(postgres.stop)
    os.environ["DATABASE_URL"] = os.environ["LABELOPS_TEST_POSTGRES"] + "/postgres"
    os.environ["REDIS_URL"] = redis.start()
    atexit.register(redis.stop)


prepare()
