"""The corpus of bad files (archives, images, tables): none may crash, hang, or be half taken.

Each is sent through the page, as a person would, and the worker runs. The readers' own tests look
at every code; here the whole way must hold: no 5xx, a sentence with the place, bounded time and
memory, and nothing lost that was there.
"""

import io
import resource
import time
import zipfile
import zlib
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from labelops.accounts.models import Role
from labelops.jobs.models import Job
from labelops.jobs.services import run_job
from tasks.models import Item
from tasks.services.imports import run_import
from tests.factories import (
    make_image_bytes,
    make_member,
    make_project,
    make_team,
    make_zip_bytes,
)
from tests.tasks.imports import import_bytes
from tests.tasks.test_media_images import png_of

pytestmark = pytest.mark.django_db
SECONDS = 5
GROWTH = 256 * 2**20
GOOD_IMAGE = make_image_bytes((8, 8))
ENTITIES = b"""<!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;"><!ENTITY f SYSTEM "file:///etc/passwd">]>
<annotation><filename>&m;&f;</filename></annotation>"""
BOX = b"<object><name>%d</name><bndbox><xmin>0</xmin></bndbox></object>"
VERY_MANY = b"<annotation>" + b"".join(BOX % n for n in range(300_000)) + b"</annotation>"


def link():
    info = zipfile.ZipInfo("link.png")
    info.external_attr = 0o120777 << 16
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(info, "/etc/passwd")
        archive.writestr("good.png", GOOD_IMAGE)
    return stream.getvalue()


def traversal(name):
    stand_in = "x" * len(name)
    content = make_zip_bytes({stand_in: GOOD_IMAGE, "good.png": GOOD_IMAGE})
    return content.replace(stand_in.encode(), name.encode())


def with_good(content, name="bad.png"):
    return make_zip_bytes({name: content, "good.png": GOOD_IMAGE})


def many_entries():
    """A directory of far more entries than allowed, made without making them."""
    one = make_zip_bytes({"x": b""})
    place, end = one.index(b"PK\x01\x02"), one.index(b"PK\x05\x06")
    directory = one[place:end] * 150_000
    tail = bytearray(one[end:])
    tail[12:16] = len(directory).to_bytes(4, "little")
    tail[16:20] = place.to_bytes(4, "little")
    return one[:place] + directory + bytes(tail)


# name: content, code of the problem, whether the good image beside it is taken
ARCHIVES = {
    "A1 bomb": (with_good(b"\0" * 60_000_000), "archive_too_large", False),
    "A3 nested": (with_good(make_zip_bytes({"x": b"x"}), "in.zip"), "nested_archive", True),
    "A4 entries": (many_entries(), "too_many_entries", False),
    "A5 parent": (traversal("../../etc/cron.d/x"), "bad_path", True),
    "A5 absolute": (traversal("/tmp/labelops.png"), "bad_path", True),
    "A5 drive": (traversal("C:\\x\\labelops.png"), "bad_path", True),
    "A5 backslash": (traversal("..\\..\\labelops.png"), "bad_path", True),
    "A6 link": (link(), "link_not_allowed", True),
    "A7 twins": (with_good(GOOD_IMAGE, "GOOD.png"), "duplicate_entry", True),
    "A8 cut": (with_good(b"x")[:-30], "zip_unreadable", False),
    "A9 long name": (with_good(GOOD_IMAGE, "n" * 5_000), "id_too_long", True),
    "A10 pixels": (with_good(png_of(60_000, 60_000)), "image_too_many_pixels", True),
    "A12 cut image": (with_good(GOOD_IMAGE[:50]), "image_unreadable", True),
    "A12 nothing": (with_good(b""), "image_unreadable", True),
    "A12 one byte": (with_good(b"\xff"), "image_unreadable", True),
    "A13 html": (with_good(b"<html><script>1</script>", "x.jpg"), "type_mismatch", True),
    "A13 pdf": (with_good(b"%PDF-1.7", "x.jpg"), "type_mismatch", True),
    "A13 program": (with_good(b"MZ\x90", "x.jpg"), "type_mismatch", True),
    "A13 film": (with_good(b"\0\0\0\x18ftypmp42", "x.jpg"), "type_mismatch", True),
    "A14 polyglot": (with_good(b"GIF89a/*<script>*/"), "image_unreadable", True),
    "A15 svg": (with_good(b"<svg onload='alert(1)'/>"), "svg_not_supported", True),
    "A18 heic": (with_good(b"\0\0\0\x18ftypheic"), "type_mismatch", True),
    "A18 eps": (with_good(b"%!PS-Adobe-3.0"), "type_mismatch", True),
    "B32 entities": (with_good(ENTITIES, "bad.xml"), "dtd_not_allowed", True),
    "B33 no end": (with_good(b"<annotation><object>", "bad.xml"), "bad_xml", True),
    "B33 very many": (with_good(VERY_MANY, "bad.xml"), "file_too_large", True),
}
TABLES = {
    "B19 deep": (b'{"id": 1, "text": ' + b"[" * 100_000 + b"\n", "too_deep"),
    "B20 nan": (b'{"id": 1, "text": "x", "n": NaN}\n', "not_finite"),
    "B21 large": (b'{"id": 1, "text": "x", "n": ' + b"9" * 5_000 + b"}\n", "number_out_of_range"),
    "B22 twice": (b'{"id": 1, "id": 2, "text": "x"}\n', "duplicate_key"),
    "B23 null": (b'{"id": 1, "text": "a\\u0000"}\n', "null_byte"),
    "B23 null in csv": (b"id,text\n1,a\0b\n", "null_byte"),
    "B24 surrogate": (b'{"id": 1, "text": "\\ud800"}\n', "bad_unicode"),
    "B25 utf-16": ("id,text\n1,x\n".encode("utf-16"), "utf16"),
    "B25 cp1251": ("id,text\n1,Привет\n".encode("cp1251"), "encoding"),
    "B25 mixed": ("id,text\n1,ж".encode() + b"\xe9\n", "encoding"),
    "B26 one line": (b'{"id": "' + b"x" * 20_000_000, "line_too_long"),
    "B26 array": (b'[{"id": "' + b"x" * 20_000_000, "element_too_long"),
    "B26 cut array": (b'[{"id": 1, "text": "x"},', "file_cut_short"),
    "B27 field": (b'id,text\n1,"' + b"x" * 1_500_000 + b'"\n', "field_too_long"),
    "B28 quote": (b'id,text\n1,"x\n2,y\n', "unclosed_quote"),
    "B29 ragged": (b"id,text\n1\n", "ragged_row"),
    "B29 twin header": (b"id,ID,text\n1,2,3\n", "duplicate_header"),
    "B29 no header": (b"id,,text\n1,2,3\n", "empty_header"),
    "B29 columns": (b",".join(b"c%d" % n for n in range(10_000)) + b"\n", "too_many_columns"),
    "B29 header only": (b"id,text\n", "no_rows"),
    "B29 empty": (b"", "empty_file"),
    "B35 twice": (b"id,text\n1,x\n1,y\n", "duplicate_id"),
    "B35 spaces": (b"id,text\n1,x\n 1 ,y\n", "duplicate_id"),
    "B35 composed": ("id,text\n\u00e9,x\ne\u0301,y\n".encode(), "duplicate_id"),
    "B36 empty id": (b"id,text\n,x\n", "missing_id"),
    "B36 long id": (b"id,text\n" + b"1" * 10_000 + b",x\n", "id_too_long"),
    "B37 control": (b"id,text\na\x1b[31m,x\n", "bad_id"),
}


@pytest.fixture
def team(client):
    team = make_team()
    client.force_login(make_member(team, Role.MANAGER))
    return team


def sent(client, project, content):
    """The errors that a person sees: on the form, or on the page of the import."""
    files_before = set(tree())
    address = reverse("import_create", args=[project.slug])
    upload = SimpleUploadedFile("../../up.csv", content)
    begun, size = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    response = client.post(address, {"file": upload, "overlap": 2, "mode": "good_rows"})
    assert response.status_code in (302, 422)
    if response.status_code == 302:
        job = Job.objects.get()
        run_job(job.pk, run_import)
        response = client.get(response.url)
        assert response.status_code == 200
    assert time.monotonic() - begun < SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - size < GROWTH
    assert set(tree()) == files_before
    return response


def tree():
    """What stands where a careless program would have written."""
    yield from Path("/etc/cron.d").glob("*")
    yield from Path("/tmp").glob("labelops.*")
    yield from Path.cwd().glob("*")


@pytest.mark.parametrize("name", ARCHIVES)
def test_bad_archives_and_images(client, team, name):
    content, code, keeps_good = ARCHIVES[name]
    project = make_project(team, item_type="image")
    sent(client, project, content)
    job = Job.objects.get()
    error = next(error for error in job.errors if error["code"] == code)
    assert error["message"]
    assert error["file"] == "up.csv"
    assert Item.objects.count() == int(keeps_good)


@pytest.mark.parametrize("name", TABLES)
def test_bad_tables(client, team, name):
    content, code = TABLES[name]
    project = make_project(team)
    response = sent(client, project, content)
    job = Job.objects.first()
    if job is None:
        assert response.context["form"].errors["file"]
    else:
        error = next(error for error in job.errors if error["code"] == code)
        assert error["message"]
        assert error["file"] == "up.csv"
        assert "row" in error or code in {"encoding", "no_rows"}


@pytest.mark.parametrize("content", [TABLES["B28 quote"][0], TABLES["B25 mixed"][0]])
def test_what_was_there_survives_a_bad_file(client, team, content):
    project = make_project(team)
    import_bytes(project, b"id,text\nold,here\n")
    import_bytes(project, content)
    assert Item.objects.filter(external_id="old", data__text="here").exists()


def test_a_profile_that_unpacks_to_much_does_not_fill_memory(client, team):
    bomb = zlib.compress(b"\0" * 100_000_000, 9)
    png = GOOD_IMAGE[:33]
    body = b"iCCPx\0\0" + bomb
    png += (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    png += GOOD_IMAGE[33:]
    project = make_project(team, item_type="image")
    sent(client, project, with_good(png))
    assert Item.objects.filter(external_id="good.png").exists()
