"""All rows or none, and only looking: what is written, and what is said of the rest."""

import io

import pytest

from labelops.audit.models import Event
from labelops.jobs import services as jobs
from labelops.jobs.models import Job
from labelops.jobs.services import run_job
from labelops.media import storage
from tasks.models import Item, Task
from tasks.services import imports, item_intake
from tasks.services.imports import run_import, start_import
from tests.factories import make_image_bytes, make_project, make_team, make_zip_bytes
from tests.tasks.imports import Killed, as_if_silent, finish, import_bytes

pytestmark = pytest.mark.django_db
GOOD = b"id,text\n" + b"".join(b"i%d,text %d\n" % (n, n) for n in range(12))
BAD = GOOD + b"broken\ni3,another text\ni4,text 4\n"


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(imports, "CHUNK", 5)
    monkeypatch.setattr(imports, "IMAGE_CHUNK", 3)


@pytest.fixture
def project():
    return make_project(make_team())


def codes(job):
    return [(error["code"], error["row"]) for error in job.errors]


@pytest.mark.parametrize("mode", ["whole", "check"])
def test_bad_rows_are_named_and_nothing_is_written(project, mode):
    job = import_bytes(project, BAD, mode=mode, batch="work")
    assert codes(job) == [("ragged_row", 14), ("duplicate_id", 15)]
    assert job.error_count == 2
    assert "5 and 15" in job.errors[1]["message"]
    assert not Item.objects.exists()
    assert not Task.objects.exists()
    assert not storage.exists(job.transfer.file_key)


def test_the_import_of_all_or_none_fails_in_one_sentence(project):
    job = import_bytes(project, BAD, mode="whole")
    assert job.state == Job.State.FAILED
    assert job.message == "2 rows have a problem, so nothing was imported."
    assert not Event.objects.filter(verb="import.finished").exists()


def test_a_check_says_what_would_be_added(project):
    import_bytes(project, b"id,text\ni0,text 0\ni1,other\n")
    job = import_bytes(project, GOOD, mode="check")
    assert job.state == Job.State.DONE
    assert job.result == {"would_add": 10, "unchanged": 1}
    assert codes(job) == [("duplicate_id", 3)]
    assert Item.objects.count() == 2
    assert Event.objects.get(verb="import.checked").after == {"would_add": 10, "unchanged": 1}


def test_good_rows_alone_are_all_imported(project):
    job = import_bytes(project, GOOD, mode="whole", batch="work")
    assert job.state == Job.State.DONE
    assert (job.result["added"], job.result["batched"]) == (12, 12)
    assert "would_add" not in job.result


def test_a_picture_that_cannot_be_read_keeps_all_out():
    project = make_project(make_team(), item_type="image")
    entries = {f"{n}.png": make_image_bytes((n + 1, 9)) for n in range(5)} | {"5.png": b"no image"}
    job = import_bytes(project, make_zip_bytes(entries), name="p.zip", mode="whole")
    assert job.state == Job.State.FAILED
    assert [error["entry"] for error in job.errors] == ["5.png"]
    assert not Item.objects.exists()
    del entries["5.png"]
    job = import_bytes(project, make_zip_bytes(entries), name="p.zip", mode="whole")
    assert job.result["added"] == 5


@pytest.mark.parametrize("call", range(1, 9))
def test_killed_anywhere_it_comes_to_the_same(project, monkeypatch, call):
    transfer = start_import(
        project,
        file=io.BytesIO(GOOD),
        file_name="f.csv",
        by=project.created_by,
        batch="work",
        mode="whole",
    )
    real, calls = jobs.save_progress, []

    def killed(job):
        calls.append(job)
        if len(calls) == call:
            raise Killed
        real(job)

    for module in (imports, item_intake):
        monkeypatch.setattr(module, "save_progress", killed)
    try:
        run_job(transfer.job_id, run_import)
    except Killed:
        as_if_silent(transfer.job_id)
    for module in (imports, item_intake):
        monkeypatch.setattr(module, "save_progress", real)
    job = finish(transfer, run_import)
    assert job.state == Job.State.DONE
    assert (job.result["added"], job.result["batched"], job.error_count) == (12, 12, 0)
    assert Item.objects.count() == Task.objects.count() == 12
