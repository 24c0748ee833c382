"""The rows that an import left out, to take home, mend and send again."""

import csv
import io
import zipfile
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from labelops.accounts.models import Role
from labelops.jobs.models import Job
from labelops.jobs.services import run_job
from labelops.media import storage
from tasks.formats import rejected
from tasks.formats.items import ImportContext, ItemRecord, Reader
from tasks.models import Item
from tasks.services import imports, item_intake, rejections
from tasks.services.imports import run_import, start_import
from tests.factories import make_image_bytes, make_member, make_project, make_zip_bytes
from tests.tasks.imports import Killed, as_if_silent, finish, import_bytes

pytestmark = pytest.mark.django_db
TABLE = (
    b"\xef\xbb\xbfid;text;note\r\n"
    b"a;one;x\r\n"
    b'b;"";"two\r\nlines"\r\n'
    b"\r\n"
    b"c;three\r\n"
    b"d;four;x\r\n"
    b"=e;;=cmd"
)
BAD_TABLE = (
    b'\xef\xbb\xbfid;text;note\r\nb;"";"two\r\nlines"\r\nc;three\r\n=e;;=cmd\n'  # row 3, 6 and 8
)


@pytest.fixture
def project(team):
    return make_project(team)


def taken(job):
    """The members of the archive, and its reasons."""
    stream, name = rejections.open_rejected(job.transfer)
    with stream, zipfile.ZipFile(stream) as archive:
        members = {entry: archive.read(entry) for entry in archive.namelist()}
    assert name.endswith("-rejected.zip")
    return members, list(csv.DictReader(io.StringIO(members.pop("reasons.csv").decode())))


def places(reasons):
    return [(reason["row"], reason["rejected_row"], reason["code"]) for reason in reasons]


@pytest.mark.parametrize("mode", ["good_rows", "whole", "check"])
def test_bad_rows_of_a_table_come_back_as_they_were(project, mode):
    job = import_bytes(project, TABLE, name="birds.csv", mode=mode)
    members, reasons = taken(job)
    assert members == {"rejected.csv": BAD_TABLE}
    assert places(reasons) == [
        ("3", "2", "missing_text"),
        ("6", "4", "ragged_row"),
        ("8", "5", "missing_text"),
    ]
    assert reasons[1]["value"] == "c | three"
    assert job.transfer.rejected["is_cut"] is False
    mended = BAD_TABLE.replace(b'"";"two', b'good;"two').replace(b"c;three", b"c;three;x")
    job = import_bytes(project, mended.replace(b"e;;", b"e;five;"))
    assert (job.error_count, job.transfer.rejected) == (0, None)


def test_bad_lines_elements_and_ids_come_back(project):
    lines = b'{"id": 1, "text": "one"}\n\n{"id": 2\n{"id": 1, "text": "another"}'
    members, reasons = taken(import_bytes(project, lines, name="rows.jsonl"))
    assert members == {"rejected.jsonl": b'{"id": 2\n{"id": 1, "text": "another"}\n'}
    assert [row for _row, row, _code in places(reasons)] == ["1", "2"]

    array = b'[{"id": 1, "text": "one"},\n {"id": 3}, 7, {"id": 5, "text": "five"}, {"id": 5}]'
    members, reasons = taken(import_bytes(project, array, name="rows.json", mode="check"))
    assert members == {"rejected.json": b'[\n{"id": 3},\n7,\n{"id": 5}\n]\n'}
    assert [place[:2] for place in places(reasons)] == [("2", "1"), ("3", "2"), ("5", "3")]

    def read(_stream, _context, _after):
        yield ItemRecord(1, "good", {"text": "x"})
        yield ItemRecord(2, "=bad", {"text": ""})

    target = io.BytesIO()
    rejected.write_rejected(
        target,
        [{"row": 2, "code": "x", "message": "Why."}, {"row": 9, "code": "y"}, {"code": "z"}],
        format_name="other",
        reader=Reader("Other", ("text",), read),
        stream=io.BytesIO(),
        context=ImportContext("text"),
    )
    assert zipfile.ZipFile(target).read("rejected.csv") == b"row,external_id\n2,'=bad\n"


def test_bad_pictures_come_back_below_a_folder_with_harmless_names(team):
    project = make_project(team, item_type="image")
    damaged = make_image_bytes()[:40]
    entries = {"a.png": make_image_bytes(), "b/c.png": damaged, "../up.png": b"out"}
    entries |= {"A.PNG": b"twin", "../run me.sh!": b"x", "rejected": b"no image"}
    members, reasons = taken(import_bytes(project, make_zip_bytes(entries), name="p.zip"))
    assert members == {
        "rejected/b/c.png": damaged,
        "rejected/row-3.png": b"out",
        "rejected/A.PNG": b"twin",
        "rejected/row-5": b"x",
        "rejected/rejected": b"no image",
    }
    assert [reason["rejected_row"] for reason in reasons] == list(members)


def test_all_reasons_are_kept_and_a_bound_is_said(project, client, monkeypatch):
    monkeypatch.setattr("tasks.services.transfers.ERRORS_KEPT", 5)
    monkeypatch.setattr("labelops.jobs.services.ERRORS_KEPT", 5)
    monkeypatch.setattr(imports, "CHUNK", 7)
    table = b"id,text\n" + b"".join(b"i%d,\n" % number for number in range(40))
    job = import_bytes(project, table)
    members, reasons = taken(job)
    assert members["rejected.csv"] == table
    assert (len(reasons), len(job.errors), job.error_count) == (40, 5, 40)
    monkeypatch.setattr(rejected, "MOST_BYTES", 50)
    members, reasons = taken(import_bytes(project, table))
    assert len(reasons) == 40
    assert members["rejected.csv"].count(b"\n") == 1 + 12
    monkeypatch.setattr(rejections, "MOST_BYTES", 2_000)
    job = import_bytes(project, table)
    assert job.transfer.rejected["is_cut"]
    client.force_login(make_member(project.teams.get(), Role.MANAGER))
    page = client.get(reverse("transfer_detail", args=[job.public_id])).text
    assert "would make it too large" in page
    assert reverse("transfer_rejected", args=[job.public_id]) in page


@pytest.mark.parametrize("call", range(1, 8))
@pytest.mark.parametrize("mode", ["good_rows", "check"])
def test_a_killed_run_loses_and_doubles_no_reason(project, monkeypatch, settings, call, mode):
    monkeypatch.setattr(imports, "CHUNK", 2)
    table = b"id,text\n" + b"".join(b"i%d,%s\n" % (n, b"x" * (n % 2)) for n in range(9))
    file = {"file": io.BytesIO(table), "file_name": "f.csv"}
    transfer = start_import(project, **file, by=project.created_by, mode=mode)
    real, calls = item_intake.save_progress, []

    def deadly(job):
        calls.append(job)
        if len(calls) == call:
            raise Killed
        real(job)

    with monkeypatch.context() as patch:
        for module in (imports, item_intake):
            patch.setattr(module, "save_progress", deadly)
        try:
            run_job(transfer.job_id, run_import)
        except Killed:
            as_if_silent(transfer.job_id)
    job = finish(transfer, run_import)
    members, reasons = taken(job)
    assert [reason["row"] for reason in reasons] == ["2", "4", "6", "8", "10"]
    assert members["rejected.csv"].count(b"\n") == 6
    assert not storage.exists(rejections.log_key(job))
    assert not storage.exists(job.transfer.file_key)


def test_a_file_that_breaks_off_gives_the_bad_rows_before(project):
    job = import_bytes(project, b'id,text\na,\nb,two\nc,"three\n')
    assert job.state == Job.State.FAILED
    members, reasons = taken(job)
    assert members == {"rejected.csv": b"id,text\na,\n"}
    assert len(reasons) == 1
    assert import_bytes(project, b'id,text\nd,"four').transfer.rejected is None


def test_managers_take_it_by_page_and_by_api_until_it_is_purged(project, client):
    job = import_bytes(project, TABLE, name="=x\u202e.csv")
    client.force_login(make_member(project.teams.get(), Role.MANAGER))
    answer = client.get(reverse("api_job_detail", args=[job.public_id])).json()
    assert answer["rejected"] == reverse("api_job_rejected", args=[job.public_id])
    for name in ("transfer_rejected", "api_job_rejected"):
        response = client.get(reverse(name, args=[job.public_id]))
        assert response.headers["Content-Disposition"].startswith("attachment")
        content = io.BytesIO(b"".join(response.streaming_content))
        assert "reasons.csv" in zipfile.ZipFile(content).namelist()
    key = job.transfer.rejected["key"]
    later = timezone.now() + rejections.KEPT
    assert rejections.purge_rejected(now=later - timedelta(minutes=1)) == 0
    assert rejections.purge_rejected(now=later + timedelta(minutes=1)) == 1
    assert not storage.exists(key)
    assert client.get(reverse("transfer_rejected", args=[job.public_id])).status_code == 404
    assert client.get(reverse("api_job_detail", args=[job.public_id])).json()["rejected"] is None
    assert Item.objects.count() == 2
