"""Files sent in pieces: what was acknowledged stays, whoever breaks off and whenever."""

import hashlib
import json
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.errors import Conflict
from labelops.jobs.models import Job
from labelops.jobs.services import run_job
from labelops.media import storage
from tasks.models import Item, Transfer, Upload
from tasks.services import imports, uploads
from tests.factories import make_member, make_project, make_team

pytestmark = pytest.mark.django_db
TABLE = b"id,text\n" + b"".join(b"i%d,text %d\n" % (n, n) for n in range(50))


@pytest.fixture
def project(team):
    return make_project(team)


@pytest.fixture
def mei(team, client):
    mei = make_member(team, Role.MANAGER)
    client.force_login(mei)
    return mei


def begin(client, project, **fields):
    body = {"file_name": "birds.csv", "byte_count": len(TABLE)} | fields
    address = reverse("api_upload_create", args=[project.slug])
    return client.post(address, json.dumps(body), content_type="application/json")


def put(client, upload, piece, offset, total=None, *, place=None, **keywords):
    place = place or f"bytes {offset}-{offset + len(piece) - 1}/{total or len(TABLE)}"
    return client.put(
        reverse("api_upload", args=[upload]),
        piece,
        content_type=keywords.get("content_type", "application/octet-stream"),
        headers={"Content-Range": place},
    )


def begun(client, project, **fields):
    return begin(client, project, **fields).json()["upload"]


def start(client, project, upload, **fields):
    body = {"upload": str(upload)} | fields
    address = reverse("api_import_create", args=[project.slug])
    return client.post(address, json.dumps(body), content_type="application/json")


def files(settings):
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_pieces_become_an_import(client, mei, project, settings):
    digest = hashlib.sha256(TABLE).hexdigest()
    upload = begun(client, project, sha256=digest.upper())
    for offset in range(0, len(TABLE), 100):
        response = put(client, upload, TABLE[offset : offset + 100], offset)
        assert response.status_code == 200
        assert response.json()["received"] == min(offset + 100, len(TABLE))
    assert response.json()["state"] == "complete"
    response = start(client, project, upload, batch="first")
    assert response.status_code == 202
    job = Job.objects.get(public_id=response.json()["job"])
    assert job.transfer.sha256 == digest
    run_job(job.pk, imports.run_import)
    assert Item.objects.count() == 50
    assert files(settings) == []
    verbs = ["upload.begun", "upload.completed", "import.started"]
    told = Event.objects.filter(verb__in=verbs).order_by("pk")
    assert list(told.values_list("verb", flat=True)) == verbs
    again = start(client, project, upload)
    assert (again.status_code, again.json()["code"]) == (409, "upload_gone")
    assert client.get(reverse("api_upload", args=[upload])).json()["state"] == "used"
    assert client.delete(reverse("api_upload", args=[upload])).status_code == 409


def test_a_piece_in_the_wrong_place_is_told_the_right_one(client, mei, project, settings):
    upload = begun(client, project)
    put(client, upload, TABLE[:100], 0)
    for offset in (0, 50, 150):
        response = put(client, upload, TABLE[offset : offset + 10], offset)
        assert (response.status_code, response.json()["received"]) == (409, 100)
    early = start(client, project, upload)
    assert (early.status_code, early.json()["code"]) == (409, "upload_incomplete")
    # A run that died after it wrote, before it could say so: the rest is written over.
    [part] = files(settings)
    with part.open("ab") as stream:
        stream.write(b"half a piece")
    put(client, upload, TABLE[100:], 100)
    assert storage.path_of(Upload.objects.get().key).read_bytes() == TABLE


def test_a_disk_that_lost_bytes_is_not_believed(client, mei, project, settings):
    upload = begun(client, project)
    put(client, upload, TABLE[:100], 0)
    [part] = files(settings)
    part.write_bytes(TABLE[:40])
    response = put(client, upload, TABLE[100:], 100)
    assert (response.status_code, response.json()["received"]) == (409, 40)
    Upload.objects.update(received_count=len(TABLE))
    [part] = files(settings)
    response = put(client, upload, b"", 0, place=f"bytes */{len(TABLE)}")
    assert (response.status_code, response.json()["received"]) == (409, 40)
    assert put(client, upload, TABLE[40:], 40).json()["state"] == "complete"


def test_what_breaks_at_the_last_piece_is_mended_later(client, mei, project, monkeypatch):
    upload = begun(client, project)
    with monkeypatch.context() as patch:
        patch.setattr(storage, "measure", lambda key: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            put(client, upload, TABLE, 0)
    assert Upload.objects.get().state == Upload.State.RECEIVING
    ended = put(client, upload, b"", 0, place=f"bytes */{len(TABLE)}")
    assert ended.json()["state"] == "complete"
    assert start(client, project, upload).status_code == 202


def test_another_file_than_announced_is_refused(client, mei, project, settings):
    upload = begun(client, project, sha256="0" * 64)
    response = put(client, upload, TABLE, 0)
    assert (response.status_code, response.json()["code"]) == (400, "wrong_checksum")
    assert client.get(reverse("api_upload", args=[upload])).json()["received"] == 0
    assert files(settings) == []


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("", "bad_range"),
        ("bytes 0-4/*", "bad_range"),
        ("bytes 4-0/558", "bad_range"),
        (f"bytes 0-3/{len(TABLE) + 1}", "bad_range"),
        (f"bytes 0-9/{len(TABLE)}", "bad_range"),
        (f"bytes 0-{len(TABLE)}/{len(TABLE)}", "bad_range"),
        ("bytes 0-" + "9" * 5_000 + "/5", "bad_range"),
    ],
)
def test_places_that_do_not_fit_are_refused(client, mei, project, place, code):
    upload = begun(client, project)
    response = put(client, upload, b"abcd", 0, place=place or "x")
    assert (response.status_code, response.json()["code"]) == (400, code)
    assert Upload.objects.get().received_count == 0


def test_limits_are_said(client, mei, project, settings, monkeypatch):
    monkeypatch.setattr("tasks.api.uploads.PIECE_BYTES", 10)
    upload = begun(client, project)
    assert put(client, upload, TABLE[:11], 0).json()["code"] == "piece_too_large"
    lied = put(client, upload, TABLE[:11], 0, place=f"bytes 0-9/{len(TABLE)}")
    assert (lied.status_code, lied.json()["code"]) == (413, "piece_too_large")
    assert put(client, upload, b"{}", 0, content_type="application/json").status_code == 415
    assert begin(client, project, byte_count=0).json()["code"] == "empty_file"
    assert begin(client, project, sha256="xyz").json()["field"] == "sha256"
    assert begin(client, project, size=3).status_code == 400
    settings.MAX_UPLOAD_BYTES = 100
    assert begin(client, project).status_code == 413
    monkeypatch.setattr(uploads, "WAITING_MOST", 1)
    settings.MAX_UPLOAD_BYTES = 10_000
    assert begin(client, project).json()["code"] == "too_many_uploads"
    assert client.delete(reverse("api_upload", args=[upload])).status_code == 204
    assert begin(client, project).status_code == 201


def test_only_the_sender_sees_it(client, mei, project, team):
    upload = begun(client, project)
    for stranger in (make_member(team, Role.MANAGER), make_member(make_team(), Role.MANAGER)):
        client.force_login(stranger)
        assert client.get(reverse("api_upload", args=[upload])).status_code == 404
        assert put(client, upload, TABLE, 0).status_code == 404
        assert client.delete(reverse("api_upload", args=[upload])).status_code == 404
        assert start(client, project, upload).status_code == 404
    client.force_login(mei)
    assert start(client, make_project(team), upload).json()["code"] == "unknown_upload"
    assert start(client, project, uuid.uuid4()).status_code == 404
    both = {"upload": upload, "file": SimpleUploadedFile("x.csv", TABLE)}
    both = client.post(reverse("api_import_create", args=[project.slug]), both)
    assert both.json()["code"] == "one_source_needed"
    assert not Transfer.objects.exists()


def test_a_check_leaves_the_file_for_the_import(client, mei, project, settings):
    upload = begun(client, project)
    put(client, upload, TABLE, 0)
    for mode in ("check", "check", "whole"):
        job = Job.objects.get(public_id=start(client, project, upload, mode=mode).json()["job"])
        run_job(job.pk, imports.run_import)
        assert len(files(settings)) == (1 if mode == "check" else 0)
    assert Item.objects.count() == 50


def test_what_nobody_goes_on_with_is_removed_after_a_day(client, mei, project, settings):
    half, whole = begun(client, project), begun(client, project)
    put(client, half, TABLE[:9], 0)
    put(client, whole, TABLE, 0)
    assert uploads.purge_uploads() == 0
    assert len(files(settings)) == 2
    later = timezone.now() + timedelta(hours=25)
    assert uploads.purge_uploads(now=later) == 2
    assert files(settings) == []
    assert put(client, half, TABLE[9:], 9).status_code == 404


def test_a_file_that_is_removed_meanwhile_takes_no_piece(client, mei, project):
    upload = Upload.objects.get(public_id=begun(client, project))
    uploads.discard_upload(upload, by=mei)
    with pytest.raises(Conflict, match="removed"):
        uploads.add_to_upload(upload, offset=0, piece=b"x")


def test_a_wrong_format_leaves_nothing_of_an_import(client, mei, project, settings):
    content = b"%PDF-1.7" + TABLE
    upload = begun(client, project, byte_count=len(content))
    put(client, upload, content, 0, len(content))
    response = start(client, project, upload)
    assert (response.status_code, response.json()["field"]) == (400, "file")
    assert len(files(settings)) == 1
    assert not Transfer.objects.exists()
