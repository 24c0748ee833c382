"""Every Celery door may run several times at once: nothing is done a second time."""

import copy
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from reviews.services import rollups
from tests.fresh_databases import KEPT_TABLES
from tests.test_background_doors import DOORS, QUIET, build, door, facts

TIMES = 4
# Its snapshot is a further connection, which Django forbids in threads of a test. What keeps two
# runs apart is the claim of the job, which the other jobs show. What may be sealed depends on the
# transactions of the whole server; test_audit_sealing.py lets seals meet.
ON_ITS_OWN = {
    "labelops.audit.jobs.seal_events",
    "tasks.jobs.run_export",
    "datasets.jobs.run_freezing",
    "datasets.jobs.run_dataset_export",
}


@pytest.fixture(scope="module")
def stored(django_db_setup, django_db_blocker):
    """What `build` makes, and its rows: to copy them costs a fraction of making them anew."""
    with django_db_blocker.unblock(), transaction.atomic():
        world = build()
        tables = {*connection.introspection.django_table_names(only_existing=True)} - KEPT_TABLES
        rows = {table: rows_of(table) for table in sorted(tables)}
        transaction.set_rollback(True)
    return world, {table: found for table, found in rows.items() if found}


def rows_of(table):
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} TO STDOUT") as found:
        return b"".join(found)


def put_back(rows):
    """As a replica would: in any order of the tables, without their triggers."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table, found in rows.items():
            with cursor.copy(f"COPY {table} FROM STDIN") as into:
                into.write(found)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    connection.vendor != "postgresql",
    reason="several connections at once: LABELOPS_TEST_DATABASE=postgresql",
)
@pytest.mark.parametrize("name", [name for name in DOORS if name not in QUIET | ON_ITS_OWN])
def test_a_door_that_runs_at_once_does_its_work_once(name, stored):
    world, rows = stored
    put_back(rows)
    # In a transaction, where what is frozen for a door needs no connection of its own.
    with transaction.atomic():
        call = door(name, copy.deepcopy(world))

    def run(_number):
        try:
            call()
        finally:
            connection.close()

    with ThreadPoolExecutor(TIMES) as pool:
        list(pool.map(run, range(TIMES)))
    # What one run noted while another one counted is the next count's work.
    rollups.count_changes()
    at_once = facts()
    call()
    rollups.count_changes()
    assert facts() == at_once
