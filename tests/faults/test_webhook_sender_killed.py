"""kill -9 of a real worker between the sending of a delivery and its commit."""

import time

import pytest

from tests.faults.installation import PATIENCE, Installation
from tests.fresh_databases import fresh_file
from tests.labelops.receiver import receiving

pytestmark = [pytest.mark.slow, pytest.mark.once]
TELL = """
from labelops.webhooks.services.outbox import tell
from labelops.webhooks.services.webhooks import create_webhook
from tests.factories import make_project, make_team
project = make_project(make_team())
create_webhook(
    project.pk, address={address!r}, events=["batch.closed"], by=project.created_by
)
tell(project.pk, "batch.closed", {{"batch": 1}})
"""
SWEEP = "from labelops.webhooks.jobs import send_deliveries; send_deliveries.delay()"


@pytest.fixture
def installation(tmp_path):
    installation = Installation(tmp_path)
    installation.environment["LABELOPS_ALLOW_PRIVATE_ADDRESSES"] = "1"
    fresh_file(tmp_path)
    yield installation
    installation.stop()


def wait_until(is_true):
    deadline = time.monotonic() + PATIENCE
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_was_sent_by_a_killed_worker_is_sent_again_under_its_id(installation):
    with receiving() as receiver:
        receiver.is_holding = True
        port = receiver.address.split(":")[2].partition("/")[0]
        installation.environment["LABELOPS_FETCH_PORTS"] = port
        installation.python(TELL.format(address=receiver.address))
        worker = installation.start_worker()
        installation.python(SWEEP)
        wait_until(lambda: receiver.received)
        installation.kill(worker)
        receiver.is_holding = False
        receiver.is_free.set()
        [(state, attempts)] = installation.query(
            "SELECT state, attempt_count FROM webhooks_delivery"
        )
        assert (state, attempts) == ("waiting", 1)
        # Its claim lasts a minute; the test does not wait.
        installation.query("UPDATE webhooks_delivery SET next_attempt_at = '2000-01-01 00:00:00'")
        installation.start_worker()
        installation.python(SWEEP)
        installation.wait_for("SELECT state = 'delivered' FROM webhooks_delivery")
        assert len(receiver.received) == 2
        assert len(set(receiver.ids())) == 1
