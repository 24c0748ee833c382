"""Every Celery door may run several times at once: nothing is done a second time."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from reviews.services import rollups
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


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    connection.vendor != "postgresql",
    reason="several connections at once: LABELOPS_TEST_DATABASE=postgresql",
)
@pytest.mark.parametrize("name", [name for name in DOORS if name not in QUIET | ON_ITS_OWN])
def test_a_door_that_runs_at_once_does_its_work_once(name):
    # In a transaction, where what is frozen for a door needs no connection of its own.
    with transaction.atomic():
        call = door(name, build())

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
