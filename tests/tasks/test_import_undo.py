"""An import is taken back whole as long as nobody has worked on its items."""

import pytest
from django.urls import reverse

from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.errors import Conflict
from labelops.jobs import services as jobs
from labelops.jobs.models import Job
from labelops.jobs.services import cancel_job, run_job
from labelops.media import storage
from tasks.models import Assignment, Batch, Item, Task, Transfer
from tasks.services import handout, import_undo
from tasks.services.import_undo import run_undo, start_undo
from tasks.services.recounts import recount
from tests.factories import (
    make_image_bytes,
    make_member,
    make_project,
    make_published_project,
    make_zip_bytes,
)
from tests.tasks.imports import Killed, as_if_silent, finish, import_bytes

pytestmark = pytest.mark.django_db
TABLE = b"id,text\n" + b"".join(b"i%d,text %d\n" % (n, n) for n in range(12))


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(import_undo, "CHUNK", 5)


@pytest.fixture
def project(team):
    return make_published_project(team, item_type="text")


def undo(project, job):
    return finish(start_undo(job.transfer, by=project.created_by), run_undo)


def test_everything_of_the_import_goes_and_nothing_else(project):
    import_bytes(project, b"id,text\nother,stays\n", batch="work")
    job = import_bytes(project, TABLE, batch="work")
    batch = Batch.objects.get()
    assert Task.objects.count() == 13
    ended = undo(project, job)
    assert ended.state == Job.State.DONE
    assert ended.result == {"removed": 12, "kept": 0}
    assert [item.external_id for item in Item.objects.all()] == ["other"]
    assert Task.objects.count() == 1
    assert recount(batch) == []
    told = Event.objects.get(verb="import.undone")
    assert told.after == {"removed": 12, "kept": 0}
    assert not import_undo.can_undo(job.transfer)
    assert import_bytes(project, TABLE).result["added"] == 12


def test_the_files_of_images_go_too(team):
    project = make_project(team, item_type="image")
    pictures = make_zip_bytes({f"{n}.png": make_image_bytes((n + 1, 9)) for n in range(7)})
    job = import_bytes(project, pictures, name="p.zip")
    keys = list(Item.objects.values_list("media_key", flat=True))
    assert all(storage.exists(key) for key in keys)
    undo(project, job)
    assert not any(storage.exists(key) for key in keys)


def test_what_somebody_works_on_keeps_the_import(project, team):
    job = import_bytes(project, TABLE, batch="work")
    batch = Batch.objects.get()
    batch.teams.add(team)
    Batch.objects.update(state="running")
    ana = make_member(team)
    [taken] = handout.next_assignments(ana, count=1).assignments
    with pytest.raises(Conflict) as refused:
        start_undo(job.transfer, by=project.created_by)
    assert refused.value.code == "work_began"
    assert taken.task.item.external_id in str(refused.value.message)


def test_what_somebody_takes_meanwhile_stays_and_is_counted(project, team):
    job = import_bytes(project, TABLE, batch="work")
    undoing = start_undo(job.transfer, by=project.created_by)
    Batch.objects.get().teams.add(team)
    Batch.objects.update(state="running")
    [taken] = handout.next_assignments(make_member(team), count=1).assignments
    ended = finish(undoing, run_undo)
    assert ended.result == {"removed": 11, "kept": 1}
    assert Item.objects.get() == taken.task.item
    assert Assignment.objects.filter(pk=taken.pk).exists()
    assert recount(Batch.objects.get()) == []


@pytest.mark.parametrize("call", [1, 2, 3])
def test_killed_anywhere_it_goes_on(project, monkeypatch, call):
    job = import_bytes(project, TABLE, batch="work")
    undoing = start_undo(job.transfer, by=project.created_by)
    real, calls = jobs.save_progress, []

    def killed(job):
        calls.append(job)
        if len(calls) == call:
            raise Killed
        real(job)

    monkeypatch.setattr(import_undo, "save_progress", killed)
    with pytest.raises(Killed):
        run_job(undoing.job_id, run_undo)
    monkeypatch.setattr(import_undo, "save_progress", real)
    as_if_silent(undoing.job_id)
    ended = finish(undoing, run_undo)
    assert ended.result == {"removed": 12, "kept": 0}
    assert not Item.objects.exists()
    assert recount(Batch.objects.get()) == []


def test_only_one_at_a_time_and_again_after_it_was_stopped(project):
    job = import_bytes(project, TABLE)
    undoing = start_undo(job.transfer, by=project.created_by)
    with pytest.raises(Conflict):
        start_undo(job.transfer, by=project.created_by)
    cancel_job(undoing.job, by=project.created_by)
    assert undo(project, job).result["removed"] == 12


def test_the_button_and_the_api(client, project, team):
    mei = make_member(team, Role.MANAGER)
    client.force_login(mei)
    job = import_bytes(project, TABLE)
    page = client.get(reverse("transfer_detail", args=[job.public_id]))
    address = reverse("transfer_undo", args=[job.public_id])
    assert address in page.text
    response = client.post(address)
    undoing = Transfer.objects.get(direction="undo")
    assert response.url == reverse("transfer_detail", args=[undoing.job.public_id])
    run_job(undoing.job_id, run_undo)
    page = client.get(response.url)
    assert "taken out again" in page.text.lower()
    assert address not in client.get(reverse("transfer_detail", args=[job.public_id])).text
    again = client.post(reverse("api_job_undo", args=[job.public_id]))
    assert again.status_code == 409
    assert again.json()["code"] == "cannot_undo"
    import_bytes(project, TABLE)
    job = Job.objects.filter(kind="import").latest("pk")
    told = client.post(reverse("api_job_undo", args=[job.public_id]))
    assert told.status_code == 202
    assert (told.json()["kind"], told.json()["unit"]) == ("import_undo", "items")
