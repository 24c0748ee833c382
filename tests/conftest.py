"""What every test stands on: quick password hashes, plain static files, the cast."""

import copy
import gc
import itertools
import os

import pytest
from django.conf import settings
from django.core.management.commands import flush
from django.db import connection, transaction
from django.db.backends.postgresql.operations import DatabaseOperations
from hypothesis import settings as hypothesis_settings

from tasks.services.instructions import published_content
from tests.authorization_world import build_world
from tests.fresh_databases import deletions, migrated_before

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
settings.STORAGES = settings.STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
# Every client would otherwise read all static files when it is made.
settings.WHITENOISE_AUTOREFRESH = True
# No broker: what a test wants done in the background it calls itself, or it runs a live stack.
settings.CELERY_BROKER_URL = "memory://"
settings.CELERY_BROKER_TRANSPORT_OPTIONS = {}

# The same examples every time; make soak looks for new ones, and prints what fails.
hypothesis_settings.register_profile("fixed", derandomize=True, deadline=None)
hypothesis_settings.register_profile("soak", derandomize=False, deadline=None, print_blob=True)
hypothesis_settings.load_profile("soak" if os.environ.get("LABELOPS_SOAK") else "fixed")

DatabaseOperations.sql_flush = deletions
# What a migration is followed by (triggers, types of content) is still there: half a second.
flush.emit_post_migrate_signal = lambda *_arguments, **_options: None

# Fixtures that bring a database with them.
DATABASE = {"db", "transactional_db", "live_server"}
LONGEST_NAME = 100
FOLDERS = {"tasks", "reviews", "datasets"}
BEGUN_FIRST = ("browser", "slow")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """Each worker tests on a copy of one migrated database.

    The name is pytest-django's, for what happens before it makes the database.
    """
    with migrated_before(connection):
        yield


@pytest.fixture(autouse=True)
def forgotten_versions():
    """Row ids begin anew with each test; a running installation never uses one twice.

    Cleared behind each test, as what a module builds once comes before this.
    """
    yield
    published_content.cache_clear()


@pytest.fixture
def without_collection():
    """A full collection empties the lists of free tuples; to fill them again looks like growth.

    What is left after the one before stays: the next test need not look through it, for half a
    second.
    """
    gc.collect()
    gc.freeze()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="session")
def media_folders(tmp_path_factory):
    """Names of folders that are made when a test stores something: most tests never do.

    A `tmp_path` for each test would cost 2 ms, as pytest looks at all former ones to name it.
    """
    root = tmp_path_factory.mktemp("media")
    return (root / str(number) for number in itertools.count(1))


@pytest.fixture(autouse=True)
def private_media(settings, media_folders):
    settings.MEDIA_ROOT = next(media_folders)
    # Tables of vectors belong to one database, and those of others are removed.
    settings.VECTOR_CACHE = settings.MEDIA_ROOT / "vectors"


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory):
    """One of everything, built once for a module, whose tests take back what they change.

    Its files lie in a folder of their own, which `in_the_world` makes the media folder.
    """
    private, settings.MEDIA_ROOT = settings.MEDIA_ROOT, tmp_path_factory.mktemp("world")
    with django_db_blocker.unblock(), transaction.atomic():
        built = build_world()
        built.media = settings.MEDIA_ROOT
        settings.MEDIA_ROOT = private
        yield built
        transaction.set_rollback(True)


@pytest.fixture
def in_the_world(world, settings, db):
    """The world, for a test whose changes are rolled back when it ends."""
    settings.MEDIA_ROOT = world.media
    return world


@pytest.fixture(scope="module")
def built(request, django_db_setup, django_db_blocker):
    """What the file's function `build` makes, once for its tests, which take back what they do.

    None of them may commit.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield request.module.build()
        transaction.set_rollback(True)


@pytest.fixture
def made(built, db):
    """A copy of it for one test: what changes in memory is not rolled back."""
    return copy.deepcopy(built)


def pytest_make_parametrize_id(val):
    """A file of megabytes would be the name of its test, and workers send names to and fro."""
    if isinstance(val, str | bytes) and len(val) > LONGEST_NAME:
        return f"{val[:LONGEST_NAME]!a} of {len(val)}"
    return None


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Nothing that is collected is garbage: to look for some took a quarter of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish():
    """What is loaded by now stays: looking through it again and again cost a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config, items):
    share_what_is_built(items)
    leave_out_what_ran_on_sqlite(config, items)
    result = yield
    # pytest-django puts last what uses no database of its own: the chains of browser tests, and
    # those that start installations. Begun last, they end alone while a core is idle.
    items.sort(key=lambda item: [item.get_closest_marker(name) is None for name in BEGUN_FIRST])
    return result


def share_what_is_built(items):
    """One worker runs the tests of a file that builds something for them, and builds it once."""
    for item in items:
        if "built" in item.fixturenames and item.path.parent.name in FOLDERS:
            item.add_marker(pytest.mark.xdist_group(item.path.name))


def leave_out_what_ran_on_sqlite(config, items):
    """What does not depend on the database runs on the embedded one only."""
    if os.environ.get("LABELOPS_TEST_DATABASE", "sqlite") == "sqlite":
        return
    once = [item for item in items if item.get_closest_marker("once") or is_pure(item)]
    left_out = set(once)
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=once)


def is_pure(item):
    """A test of services, mathematics or the code itself that never asks for the database.

    Those in `labelops` and `faults` may start servers of their own.
    """
    has_none = item.path.parent.name in {"tests", *FOLDERS}
    asks = item.get_closest_marker("django_db") or DATABASE & {*item.fixturenames}
    return has_none and not asks
