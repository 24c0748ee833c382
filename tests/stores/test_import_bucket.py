"""Imports from the bucket: the project's own folder of it, resumable, and silent about secrets."""

import io
import json
import logging
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import reverse

from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.errors import DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import cancel_job, run_job
from labelops.stores import listing, signing
from tasks.models import Item, Transfer
from tasks.services import arrivals, linked_files
from tasks.services.imports import run_import, start_bucket_import
from tasks.services.server_files import folder_name
from tests.factories import make_image_bytes, make_member, make_project, make_team, make_zip_bytes
from tests.servers import free_port
from tests.stores.test_store_requests import BAD_NAMES
from tests.tasks.imports import Killed, as_if_silent, finish
from tests.web import answer, serving

pytestmark = pytest.mark.django_db
ROWS = 300
TABLE = b"id,text\n" + b"".join(b"i%d,%s\n" % (n, b"text " * 30) for n in range(ROWS))
SECRETS = ("canary", "Amz-Signature", "AWS4-HMAC")


@pytest.fixture(autouse=True)
def small_steps(monkeypatch):
    monkeypatch.setattr(linked_files, "WAITS", (0, 0))
    monkeypatch.setattr(linked_files, "BLOCK", 10_000)
    monkeypatch.setattr(arrivals, "SAVE_SECONDS", 0)


@pytest.fixture
def filled(bucket, project):
    bucket.put(f"{folder_name(project)}/birds/a b.csv", TABLE)
    bucket.put(f"{folder_name(project)}1/secret.csv", b"id,text\nz,secret\n")
    bucket.put("secret.csv", b"id,text\nz,secret\n")
    return bucket


def begin(project, path="birds/a b.csv", **keywords):
    return start_bucket_import(project, bucket_file=path, by=project.created_by, **keywords)


def files_left(settings):
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def everything_kept():
    """All that was written down, as one text."""
    return repr([list(model.objects.values()) for model in (Job, Transfer, Event)])


def test_an_object_is_fetched_and_imported_like_an_upload(project, filled, settings, caplog):
    caplog.set_level(logging.DEBUG)
    transfer = begin(project, batch="first")
    assert (transfer.file_name, transfer.format) == ("a b.csv", "")
    job = finish(transfer, run_import)
    assert (job.state, job.result["added"], job.result["batched"]) == ("done", ROWS, ROWS)
    assert (job.transfer.format, job.transfer.byte_count) == ("csv", len(TABLE))
    assert Event.objects.get(verb="import.started").after["bucket_file"] == "birds/a b.csv"
    assert not files_left(settings)
    kept = everything_kept() + caplog.text
    assert not [secret for secret in SECRETS if secret in kept]


def test_a_zip_of_images_comes_from_the_bucket_too(team, bucket):
    images = make_project(team, item_type="image")
    archive = make_zip_bytes({f"{n}.png": make_image_bytes((n + 1, 9)) for n in range(3)})
    bucket.put(f"{folder_name(images)}/birds.zip", archive)
    assert finish(begin(images, "birds.zip"), run_import).result["added"] == 3


@pytest.mark.parametrize("path", BAD_NAMES)
def test_no_path_leads_out_of_the_folder(project, filled, path):
    with pytest.raises(DomainError) as caught:
        begin(project, path)
    assert (caught.value.code, caught.value.field) == ("file_not_found", "bucket_file")
    assert not Job.objects.exists()


@pytest.mark.parametrize("path", ["secret.csv", "birds", "%2e%2e/secret.csv", "birds%2Fa b.csv"])
def test_what_is_not_there_is_said_to(project, filled, path):
    job = finish(begin(project, path), run_import)
    assert (job.state, job.errors[0]["code"]) == ("failed", "file_not_found")
    assert not Item.objects.exists()


@pytest.mark.parametrize("call", [1, 3, 6])
def test_a_killed_one_goes_on_where_it_was(project, filled, monkeypatch, call):
    transfer, calls, real = begin(project), [], arrivals.save_progress

    def deadly(job):
        calls.append(job)
        real(job)
        if len(calls) == call:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(arrivals, "save_progress", deadly)
        with pytest.raises(Killed):
            run_job(transfer.job_id, run_import)
    had = Job.objects.get(pk=transfer.job_id).cursor["byte_count"]
    assert had > 0 or call < 6
    as_if_silent(transfer.job_id)
    job = finish(transfer, run_import)
    assert (job.state, job.result["added"]) == ("done", ROWS)
    assert job.transfer.byte_count == len(TABLE)


def test_it_can_be_cancelled_and_leaves_nothing(project, filled, monkeypatch, settings):
    real, calls = arrivals.save_progress, []

    def save(job):
        calls.append(job)
        if len(calls) == 4:
            cancel_job(Job.objects.get(pk=job.pk), by=project.created_by)
        real(job)

    monkeypatch.setattr(arrivals, "save_progress", save)
    assert finish(begin(project), run_import).state == Job.State.CANCELLED
    assert not files_left(settings)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("403 Forbidden", "store_denied"),
        ("500 Oops", "store_failed"),
        ("302 Found", "store_failed"),
    ],
)
def test_a_store_that_refuses_is_one_sentence_and_nothing_it_said(
    project, store_at, settings, caplog, status, code
):
    caplog.set_level(logging.DEBUG)
    location = "http://canary.example.org/"
    with serving(lambda _request: answer(b"canary", status=status, Location=location)) as web:
        store_at(web.url)
        job = finish(begin(project), run_import)
    assert (job.state, job.errors[0]["code"]) == ("failed", code)
    assert job.errors[0]["hint"]
    kept = everything_kept() + caplog.text
    assert not [secret for secret in SECRETS if secret in kept]
    assert not files_left(settings)


class TestPage:
    def listed(self, client, project, **query):
        return client.get(reverse("import_bucket", args=[project.slug]), query)

    def test_a_file_is_chosen_from_the_list(self, client, mei, project, filled):
        create = reverse("import_create", args=[project.slug])
        assert "Files in the bucket" in client.get(create).text
        page = self.listed(client, project)
        assert "?path=birds" in page.text
        assert "secret" not in page.text
        inner = self.listed(client, project, path="birds")
        assert "?bucket_file=birds%2Fa%20b.csv" in inner.text
        assert not [secret for secret in SECRETS if secret in page.text + inner.text]
        form = client.get(create, {"bucket_file": "birds/a b.csv"})
        assert 'value="birds/a b.csv"' in form.text
        sent = {"bucket_file": "birds/a b.csv", "overlap": 2, "mode": "good_rows"}
        response = client.post(create, sent)
        job = finish(Transfer.objects.get(), run_import)
        assert (job.state, job.result["added"]) == ("done", ROWS)
        assert "a b.csv" in client.get(response.url).text

    def test_pages_cost_the_same_whatever_their_number(
        self, client, mei, project, bucket, monkeypatch, django_assert_max_num_queries
    ):
        monkeypatch.setattr(listing, "PAGE_SIZE", 10)
        for number in range(25):
            bucket.put(f"{folder_name(project)}/f{number:02}.csv", b"x")
        seen, after = [], ""
        for _page in range(3):
            with django_assert_max_num_queries(12):
                found = self.listed(client, project, after=after).context["listing"]
            seen += [entry.name for entry in found.entries]
            after = found.after
        assert (len(seen), seen, after) == (25, sorted(seen), "")

    @pytest.mark.parametrize("path", ["..", "/etc", "a//b", "\x00", "birds/", "x" * 2_000])
    def test_what_can_be_no_folder_is_404(self, client, mei, project, filled, path):
        assert self.listed(client, project, path=path).status_code == 404

    def test_an_empty_one_says_where_files_belong(self, client, mei, project, bucket):
        assert f"{folder_name(project)}/" in self.listed(client, project).text
        assert self.listed(client, project, order="x").status_code == 400

    def test_a_list_that_fails_is_one_sentence_with_a_remedy(
        self, client, mei, project, store_at, caplog
    ):
        caplog.set_level(logging.DEBUG)
        with serving(lambda _request: answer(b"canary", status="403 Forbidden")) as web:
            store_at(web.url)
            denied = self.listed(client, project)
        store_at(f"http://127.0.0.1:{free_port()}")
        gone = self.listed(client, project)
        assert (denied.status_code, gone.status_code) == (503, 503)
        assert "An operator checks the key" in denied.text
        assert "could not be reached" in gone.text
        told = denied.text + gone.text + caplog.text
        assert not [secret for secret in SECRETS if secret in told]

    def test_without_a_store_the_page_says_what_an_operator_can_do(
        self, client, mei, project, settings, store_at, monkeypatch
    ):
        assert "LABELOPS_STORE_ENDPOINT" in self.listed(client, project).text
        store_at("http://127.0.0.1:9")
        monkeypatch.setattr(signing, "has_signer", lambda: False)
        assert "pip install botocore" in self.listed(client, project).text
        form = client.get(reverse("import_create", args=[project.slug]))
        assert "bucket" not in form.text
        assert self.listed(client, project, path="x").status_code == 404

    def test_others_learn_nothing(self, client, project, team, filled):
        for person in (make_member(make_team(), Role.MANAGER), make_member(team, Role.EXPERT)):
            client.force_login(person)
            assert self.listed(client, project).status_code == 404


class TestOtherDoors:
    def test_the_api_takes_a_path(self, client, mei, project, filled):
        address = reverse("api_import_create", args=[project.slug])
        body = {"bucket_file": "birds/a b.csv"}
        response = client.post(address, body, content_type="application/json")
        assert (response.status_code, response.json()["state"]) == (202, "queued")
        for wrong, code in (
            ({"bucket_file": "../secret.csv"}, "file_not_found"),
            (body | {"link": "https://files.example.org/x"}, "one_source_needed"),
            (body | {"endpoint": "http://127.0.0.1:9000"}, "invalid"),
        ):
            response = client.post(address, wrong, content_type="application/json")
            assert (response.status_code, response.json()["code"]) == (400, code)

    def test_the_api_says_when_there_is_no_store(self, client, mei, project):
        address = reverse("api_import_create", args=[project.slug])
        response = client.post(address, {"bucket_file": "a"}, content_type="application/json")
        assert (response.status_code, response.json()["code"]) == (400, "store_not_offered")

    def test_the_command_takes_a_path_or_a_file_not_both(self, project, filled):
        out, err = io.StringIO(), io.StringIO()
        path = ("--bucket-file", "birds/a b.csv")
        call_command("import_items", project.slug, *path, "--json", stdout=out)
        assert json.loads(out.getvalue())["added"] == ROWS
        for words in ((), ("a.csv", *path)):
            with pytest.raises(SystemExit):
                call_command("import_items", project.slug, *words, stdout=out, stderr=err)
        assert err.getvalue().count("one_source_needed") == 2
