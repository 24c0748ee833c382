"""An import that is interrupted anywhere and run again equals one that was not."""

import io
from pathlib import Path

import pytest

from labelops.jobs import services as jobs
from labelops.jobs.models import Job
from labelops.jobs.services import cancel_job, run_job
from tasks.models import Item, Task
from tasks.services import imports, item_intake
from tasks.services.imports import run_import, start_import
from tests.factories import make_image_bytes, make_project, make_team, make_zip_bytes
from tests.tasks.imports import Killed, as_if_silent, finish, import_bytes

pytestmark = pytest.mark.django_db
ROWS = 23


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(imports, "CHUNK", 5)
    monkeypatch.setattr(imports, "IMAGE_CHUNK", 3)
    monkeypatch.setattr(imports, "BATCH_CHUNK", 4)
    monkeypatch.setattr(imports, "IMAGE_BATCH_CHUNK", 4)


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


def dump(project):
    fields = ("external_id", "data", "sha256", "import_row", "width", "height", "media_type")
    return list(Item.objects.filter(project=project).order_by("external_id").values(*fields))


def kill_at(monkeypatch, call, *, after_write):
    """Die in the n-th progress report, just before or just after it is written."""
    real, calls = jobs.save_progress, []

    def deadly(job):
        calls.append(job)
        if len(calls) == call and not after_write:
            raise Killed
        real(job)
        if len(calls) == call:
            raise Killed

    for module in (imports, item_intake):
        monkeypatch.setattr(module, "save_progress", deadly)


def before_second_chunk(monkeypatch, happens):
    real, calls = imports.take_chunk, []

    def take_chunk(job, *arguments):
        calls.append(job)
        if len(calls) == 2:
            happens(job)
        real(job, *arguments)

    monkeypatch.setattr(imports, "take_chunk", take_chunk)


@pytest.mark.parametrize("call", range(1, 15))
@pytest.mark.parametrize("after_write", [False, True])
def test_a_killed_import_resumes_without_loss_or_doubling(project, monkeypatch, call, after_write):
    whole = make_project(make_team())
    wanted = import_bytes(whole, table(), batch="all")
    transfer = begin(project, table(), batch="all")
    with monkeypatch.context() as patch:
        kill_at(patch, call, after_write=after_write)
        try:
            run_job(transfer.job_id, run_import)
        except Killed:
            as_if_silent(transfer.job_id)
    job = finish(transfer, run_import)
    assert dump(project) == dump(whole)
    assert job.state == wanted.state
    assert job.errors == [{**error, "file": "f"} for error in wanted.errors]
    for name in ("added", "unchanged", "duplicate_count", "duplicates", "batched"):
        assert job.result[name] == wanted.result[name]
    assert Task.objects.filter(batch__project=project).count() == ROWS - 1


@pytest.mark.parametrize("call", range(1, 6))
@pytest.mark.parametrize("after_write", [False, True])
def test_a_killed_import_of_images_leaves_no_orphan_file(
    project, monkeypatch, settings, call, after_write
):
    project.item_type = "image"
    project.save()
    transfer = begin(project, pictures())
    with monkeypatch.context() as patch:
        kill_at(patch, call, after_write=after_write)
        try:
            run_job(transfer.job_id, run_import)
        except Killed:
            as_if_silent(transfer.job_id)
    job = finish(transfer, run_import)
    assert (job.result["added"], job.error_count) == (9, 1)
    files = [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
    # Beside three files an image there is the one of what was left out.
    assert len(files) == 3 * 9 + 1


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
