"""What a file seems to hold, and what people choose before it is imported."""

import io
import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from labelops.accounts.models import Role
from labelops.jobs.models import Job
from labelops.jobs.services import run_job
from labelops.media import storage
from tasks.formats import READERS, previews
from tasks.formats.items import ImportContext
from tasks.models import Annotation, Item, Prediction, Transfer, Upload
from tasks.services import uploads
from tasks.services.imports import run_import
from tests.factories import (
    make_image_bytes,
    make_member,
    make_project,
    make_published_project,
    make_team,
    make_zip_bytes,
)

SPECIES = {"name": "species", "type": "choice", "options": [{"value": "robin"}]}
SCHEMA = {"controls": [SPECIES]}
TABLE = (
    b"key;body;text;label;who;lang\n"
    b"a;First;short;robin;ana;en\n"
    b"b;Second;short;wren;bo;en\n"
    b"c;;short;robin;ana;en\n"
)


def look(content, name="csv", item_type="text", **keywords):
    context = ImportContext(item_type, **keywords)
    return previews.look(name, READERS[name], io.BytesIO(content), context)


class TestLook:
    def test_columns_say_what_becomes_of_them(self):
        chosen = {"external_id": "key", "text": "body", "annotator": "who"}
        found = look(TABLE, schema=SCHEMA, columns=chosen)
        assert {column.name: column.use for column in found.columns} == {
            "key": "external_id",
            "body": "text",
            "text": "dropped",
            "label": "label",
            "who": "annotator",
            "lang": "data",
        }
        assert (found.read_count, found.label_count, found.problem_count) == (3, 2, 1)
        assert found.rows[2].problem.code == "missing_text"
        assert found.rows[0].cells == ["a", "First", "short", "robin", "ana", "en"]
        assert found.is_whole

    def test_a_header_without_an_id_is_shown_all_the_same(self):
        found = look(TABLE)
        assert found.refusal.code == "missing_column"
        assert [column.name for column in found.columns][:2] == ["key", "body"]
        assert found.roles["external_id"] is None
        assert found.roles["text"] == "text"

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            (
                "csv",
                b"id,text\n" + b"".join(b'%d,"caf\xc3\xa9\n%d"\n' % (n, n) for n in range(900)),
            ),
            ("jsonl", b'{"id": "\xc3\xa9", "text": "x"}\n' * 900),
            (
                "json",
                b"["
                + b",".join(b'{"id": "\xc3\xa9%d", "text": "x"}' % n for n in range(900))
                + b"]",
            ),
        ],
        ids=["csv", "jsonl", "json"],
    )
    def test_only_the_beginning_is_read(self, monkeypatch, name, content):
        for head in (700, 701, 702, 703):
            monkeypatch.setattr(previews, "HEAD_BYTES", head)
            found = look(content, name)
            assert (found.refusal, found.problem_count, found.is_whole) == (None, 0, False)
            assert 10 <= found.read_count < 100
        monkeypatch.setattr(previews, "HEAD_BYTES", 10**9)
        monkeypatch.setattr(previews, "MOST_ROWS", 50)
        assert look(content, name).read_count == 50
        assert len(found.rows) == 10

    def test_archives_are_shown_by_their_entries(self):
        content = make_zip_bytes({"a.png": b"x", "b\u202e.png": b"x", "../c.png": b"x"})
        found = look(content, "zip", "image")
        assert [row.external_id for row in found.rows] == ["a.png", "b\\u202e.png", ""]
        assert found.rows[2].problem.code == "bad_path"

    @examples(max_examples=50)
    @given(
        st.sampled_from(["csv", "jsonl", "json"]),
        st.sampled_from(["text", "image"]),
        st.one_of(
            st.binary(max_size=200),
            st.text(alphabet='[]{}",:;\n\r\tidtexlabn01\\\x00é', max_size=200).map(str.encode),
        ),
    )
    def test_any_bytes_are_looked_at(self, name, item_type, content):
        found = look(content, name, item_type, schema=SCHEMA)
        assert found.refusal or found.read_count


@pytest.fixture
def project(team):
    return make_published_project(team, item_type="text")


@pytest.fixture
def mei(team, client):
    mei = make_member(team, Role.MANAGER)
    client.force_login(mei)
    return mei


def send(client, project, content, name="birds.csv"):
    address = reverse("import_create", args=[project.slug])
    return client.post(address, {"file": SimpleUploadedFile(name, content)})


def choose(client, page, **fields):
    return client.post(page, {"mode": "whole", "overlap": 2, "labels": "skip"} | fields)


CHOSEN = {
    "column_external_id": "key",
    "column_text": "body",
    "column_label": "label",
    "column_annotator": "who",
}
GOOD = TABLE.replace(b"c;;", b"c;Third;").replace(b"wren", b"robin")


@pytest.mark.django_db
class TestPage:
    def test_columns_are_chosen_and_labels_taken(self, client, mei, project):
        page = send(client, project, GOOD).url
        first = client.get(page)
        assert "The column “external_id” is missing" in first.text
        assert not Item.objects.exists()
        assert choose(client, page).status_code == 422
        twice = choose(client, page, **CHOSEN | {"column_text": "key"})
        assert "one thing only" in twice.text
        shown = choose(client, page, action="columns", **CHOSEN)
        assert shown.status_code == 200
        assert "is missing" not in shown.text
        assert not Transfer.objects.exists()
        checked = choose(client, page, action="check", labels="annotations", **CHOSEN)
        run_job(Job.objects.get().pk, run_import)
        assert Job.objects.get().error_count == 0
        assert page in client.get(checked.url).text
        taken = choose(client, page, labels="annotations", **CHOSEN)
        run_job(Transfer.objects.latest("pk").job_id, run_import)
        assert Item.objects.get(external_id="a").data == {"text": "First", "lang": "en"}
        assert sorted(Annotation.objects.values_list("author__username", flat=True)) == [
            "ana",
            "ana",
            "bo",
        ]
        assert page not in client.get(checked.url).text
        assert client.get(page).url == taken.url
        assert choose(client, page, **CHOSEN).url == taken.url
        assert Transfer.objects.count() == 2

    def test_predictions_need_a_model(self, client, mei, project):
        page = send(client, project, GOOD).url
        response = choose(client, page, labels="predictions", **CHOSEN)
        assert "name and the version of their model" in response.text
        choose(client, page, labels="predictions", model="m", model_version="1", **CHOSEN)
        run_job(Job.objects.get().pk, run_import)
        assert Prediction.objects.count() == 3

    def test_a_project_without_instructions_takes_no_labels(self, client, mei, team):
        plain = make_project(team)
        page = send(client, plain, b"id,text,label\na,one,robin\n").url
        shown = client.get(page).text
        assert Item.objects.count() == 0
        assert "until the instructions are published" in shown
        assert 'name="labels"' not in shown
        assert choose(client, page, column_external_id="id", column_text="text").status_code == 302

    def test_problems_are_counted_and_shown_safely(self, client, mei, project):
        rows = b"id,text\n<b>,<script>x</script>\n" + b"x,\n" * 3
        text = client.get(send(client, project, rows).url).text
        assert "<script>x" not in text
        assert "3 of these rows have a problem (75 %)." in text
        assert "The text is empty." in text

    def test_pictures_and_references_to_them(self, client, mei, team):
        project = make_published_project(team, item_type="image")
        archive = make_zip_bytes({"a.png": make_image_bytes()})
        page = send(client, project, archive, "a.zip").url
        assert "a.png" in client.get(page).text
        choose(client, page)
        run_job(Job.objects.get().pk, run_import)
        page = send(client, project, b"file,label\na.png,robin\n").url
        assert "must be in the project already" in client.get(page).text
        choose(client, page, labels="annotations", column_external_id="file", column_label="label")
        run_job(Transfer.objects.latest("pk").job_id, run_import)
        assert Annotation.objects.count() == 1

    def test_a_file_that_is_not_all_here_or_no_import(self, client, mei, project):
        facts = {"file_name": "x.csv", "byte_count": 10, "by": mei}
        upload = uploads.begin_upload(project, **facts)
        page = reverse("import_preview", args=[project.slug, upload.public_id])
        assert "0 % of the file is here" in client.get(page).text
        assert choose(client, page, **CHOSEN).status_code == 200
        uploads.add_to_upload(upload, offset=0, piece=b"%PDF-1.7 x")
        refused = client.get(page)
        assert (refused.status_code, "PDF" in refused.text) == (200, True)
        listed = client.get(reverse("import_create", args=[project.slug])).text
        assert page in listed
        discard = reverse("upload_discard", args=[project.slug, upload.public_id])
        assert client.get(discard).status_code == 405
        client.post(discard)
        assert not Upload.objects.exists()
        assert client.get(page).status_code == 404

    def test_a_file_that_has_gone_meanwhile_is_no_failure(self, client, mei, project):
        page = send(client, project, GOOD).url
        storage.delete(Upload.objects.get().key)
        assert "This file was removed" in client.get(page).text
        address = reverse("api_import_create", args=[project.slug])
        body = json.dumps({"upload": str(Upload.objects.get().public_id)})
        response = client.post(address, body, content_type="application/json")
        assert (response.status_code, response.json()["code"]) == (409, "upload_gone")

    def test_strangers_and_other_projects_see_nothing(self, client, mei, project, team):
        page = send(client, project, GOOD).url
        upload = Upload.objects.get()
        other = reverse("import_preview", args=[make_project(team).slug, upload.public_id])
        assert client.get(other).status_code == 404
        for stranger in (make_member(team, Role.MANAGER), make_member(make_team(), Role.MANAGER)):
            client.force_login(stranger)
            assert client.get(page).status_code == 404
            assert choose(client, page, **CHOSEN).status_code == 404
            assert "birds.csv" not in client.get(reverse("project_list")).text
        assert not Transfer.objects.exists()

    def test_the_page_takes_the_same_queries_whatever_the_file(
        self, client, mei, project, django_assert_max_num_queries
    ):
        long = b"id,text\n" + b"".join(b"i%d,x\n" % n for n in range(3_000))
        for content in (b"id,text\na,b\n", long):
            page = send(client, project, content).url
            with django_assert_max_num_queries(12):
                assert client.get(page).status_code == 200

    def test_an_uploaded_object_takes_hostile_columns(self, client, mei, project):
        line = json.dumps({"id": "a", "text": "x", "</script>": 1, "k" * 3_000: 2, "": 3})
        page = send(client, project, line.encode()).url
        assert "</script></" not in client.get(page).text
        assert (
            choose(client, page, column_external_id="nope", column_text="text").status_code == 422
        )

    def test_a_purge_takes_the_page_with_it(self, client, mei, project):
        page = send(client, project, GOOD).url
        uploads.purge_uploads(now=timezone.now() + timedelta(days=2))
        assert client.get(page).status_code == 404
