"""An import that is cancelled or taken over ends cleanly; tests/faults kills it at any row."""

import io
from pathlib import Path

import pytest

from labelops.jobs.models import Job
from labelops.jobs.services import cancel_job, run_job
from tasks.models import Item
from tasks.services import imports
from tasks.services.imports import run_import, start_import
from tests.factories import make_image_bytes, make_project, make_team, make_zip_bytes
from tests.tasks.imports import as_if_silent, finish

pytestmark = pytest.mark.django_db
ROWS = 23


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(imports, "CHUNK", 5)
    monkeypatch.setattr(imports, "IMAGE_CHUNK", 3)


@pytest.fixture
def project():
    return make_project(make_team())


def table(rows=ROWS):
    lines = [f"i{n},text {n % 20}" if n != 7 else "broken" for n in range(rows)]
    return ("id,text\n" + "\n".join(lines) + "\n").encode()


def pictures():
    entries = {f"{n}.png": make_image_bytes((n + 1, 9)) for n in range(10)}
    return make_zip_bytes(entries | {"4.png": b"no image"})


def stream_of(content):
    return io.BytesIO(content)


def begin(project, content, **keywords):
    return start_import(
        project, file=stream_of(content), file_name="f", by=project.created_by, **keywords
    )


def before_second_chunk(monkeypatch, happens):
    real, calls = imports.take_chunk, []

    def take_chunk(job, *arguments):
        calls.append(job)
        if len(calls) == 2:
            happens(job)
        real(job, *arguments)

    monkeypatch.setattr(imports, "take_chunk", take_chunk)


def test_a_cancelled_import_keeps_what_is_done_and_no_orphans(project, monkeypatch, settings):
    project.item_type = "image"
    project.save()
    transfer = begin(project, pictures())

    def cancel(job):
        cancel_job(Job.objects.get(pk=job.pk), by=project.created_by)

    before_second_chunk(monkeypatch, cancel)
    job = finish(transfer, run_import)
    assert job.state == Job.State.CANCELLED
    assert Item.objects.count() == 3
    files = [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
    assert len(files) == 9


def test_a_job_taken_over_stops_the_first_worker_and_doubles_nothing(project, monkeypatch):
    transfer = begin(project, table())

    def take_over(job):
        as_if_silent(job.pk)
        run_job(job.pk, run_import)

    before_second_chunk(monkeypatch, take_over)
    run_job(transfer.job_id, run_import)
    job = Job.objects.get(pk=transfer.job_id)
    assert job.state == Job.State.DONE
    assert Item.objects.count() == ROWS - 1
