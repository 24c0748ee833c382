"""kill -9 of a real Celery worker in the middle of an import, with both embedded brokers."""

import json
import os

import pytest

from tests.factories import make_image_bytes, make_zip_bytes
from tests.faults.installation import Installation
from tests.fresh_databases import fresh_file

pytestmark = [pytest.mark.slow, pytest.mark.once]
IS_LONG = bool(os.environ.get("LABELOPS_SOAK"))
KILLS = 20 if IS_LONG else 2
ROWS = 100_000 if IS_LONG else 12_000
SCHEMA = {
    "controls": [
        {
            "name": "bird",
            "type": "choice",
            "title": "Bird?",
            "options": [{"value": "robin"}, {"value": "wren"}],
        }
    ]
}
CREATE = """
from django.core.management import call_command
call_command("create_project", "p", "--schema", {path!r}, "--type", {type!r})
"""
QUEUE = """
from labelops.accounts.services.system import system_user
from labelops.jobs.services import wake
from tasks.jobs import run_import
from tasks.models import Project
from tasks.services.imports import start_import
with open({path!r}, "rb") as stream:
    transfer = start_import(
        Project.objects.get(), file=stream, file_name="f", by=system_user(), batch="all"
    )
wake(run_import, transfer.job_id)
"""
SWEEP = "import tasks.jobs; from labelops.jobs.jobs import reap_jobs; reap_jobs()"


@pytest.fixture(params=[False, True], ids=["files", "redis"])
def installation(tmp_path, request):
    installation = Installation(tmp_path, embedded_redis=request.param)
    fresh_file(tmp_path)
    yield installation
    installation.stop()


def create_project(installation, item_type):
    path = installation.folder / "schema.json"
    path.write_text(json.dumps(SCHEMA))
    installation.python(CREATE.format(path=str(path), type=item_type))


def import_with_kills(installation, content, steps):
    """Queue the file; kill the worker each time that `done_count` passes a step; let it end."""
    path = installation.folder / "upload"
    path.write_bytes(content)
    installation.python(QUEUE.format(path=str(path)))
    for step in steps:
        worker = installation.start_worker()
        installation.wait_for(f"SELECT done_count > {step} FROM jobs_job")
        installation.kill(worker)
        [(state,)] = installation.query("SELECT state FROM jobs_job")
        assert state == "running"
        # The sweeper waits 30 s before it calls a worker dead; the test does not.
        installation.query("UPDATE jobs_job SET heartbeat_at = '2000-01-01 00:00:00'")
        installation.python(SWEEP)
    installation.start_worker()
    installation.wait_for("SELECT state = 'done' FROM jobs_job")
    [(result,)] = installation.query("SELECT result FROM jobs_job")
    return json.loads(result)


def test_a_killed_worker_loses_and_doubles_no_row(installation):
    create_project(installation, "text")
    lines = "".join(f"i{number},text of {number}\n" for number in range(ROWS))
    content = f"id,text\n{lines}".encode()
    steps = [len(content) * part // (KILLS + 2) for part in range(KILLS)]
    result = import_with_kills(installation, content, steps)
    assert (result["added"], result["unchanged"], result["batched"]) == (ROWS, 0, ROWS)
    assert installation.query("SELECT count(*), count(DISTINCT external_id) FROM tasks_item") == [
        (ROWS, ROWS)
    ]
    assert installation.query("SELECT count(*) FROM tasks_task") == [(ROWS,)]
    assert installation.query("SELECT count(*) FROM tasks_assignment") == [(2 * ROWS,)]


@pytest.mark.parametrize("installation", [True], ids=["redis"], indirect=True)
def test_a_killed_worker_leaves_every_image_whole_and_no_orphan(installation):
    create_project(installation, "image")
    count = 120
    entries = {f"{n}.png": make_image_bytes((700, 500 + n)) for n in range(count)}
    result = import_with_kills(installation, make_zip_bytes(entries), [0, 60])
    assert (result["added"], result["unchanged"]) == (count, 0)
    files = [path for path in (installation.folder / "media/items").rglob("*") if path.is_file()]
    assert len(files) == 3 * count
