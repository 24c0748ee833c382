import io
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from labelops.accounts.models import Role, Team
from labelops.jobs.models import Job
from labelops.jobs.services import run_job
from tasks.models import Batch, Item, Transfer
from tasks.services.imports import run_import
from tests.factories import make_batch, make_member, make_project, make_team
from tests.tasks.imports import import_bytes

pytestmark = pytest.mark.django_db
TABLE = b"id,text\na,one\nb\n=c,=two\n"


@pytest.fixture
def project(team):
    return make_project(team)


@pytest.fixture
def mei(team, client):
    mei = make_member(team, Role.MANAGER)
    client.force_login(mei)
    return mei


def send(client, project, content=TABLE, **fields):
    upload = SimpleUploadedFile("birds.csv", content)
    response = client.post(reverse("import_create", args=[project.slug]), {"file": upload})
    if response.status_code != 302:
        return response
    form = {"overlap": 2, "mode": "good_rows", "labels": "skip"} | fields
    columns = {"column_external_id": "id", "column_text": "text"}
    return client.post(response.url, form | columns)


def page(client, name, *arguments, **query):
    return client.get(reverse(name, args=arguments), query)


def test_the_page_says_what_may_be_sent(client, mei, project):
    response = page(client, "import_create", project.slug)
    assert response.status_code == 200
    assert "external_id" in response.text
    assert 'enctype="multipart/form-data"' in response.text


def test_a_sent_file_leads_to_its_progress(client, mei, project):
    response = send(client, project, new_batch="first")
    transfer = Transfer.objects.get()
    assert response.url == reverse("transfer_detail", args=[transfer.job.public_id])
    waiting = client.get(response.url)
    assert 'hx-trigger="every 1s"' in waiting.text
    run_job(transfer.job_id, run_import)
    done = client.get(response.url, headers={"HX-Request": "true"})
    assert "hx-trigger" not in done.text
    assert "<html" not in done.text
    assert "The row has 1 fields" in done.text
    assert Batch.objects.get().name == "first"


def test_a_file_that_is_no_import_is_refused_on_the_form(client, mei, project):
    response = send(client, project, b"%PDF-1.7")
    assert response.status_code == 422
    assert "PDF" in response.text
    assert not Job.objects.exists()


def test_an_empty_file_is_refused_with_a_sentence(client, mei, project):
    response = send(client, project, b"")
    assert response.status_code == 422
    assert "empty" in response.text


def test_two_batches_at_once_are_refused(client, mei, project):
    batch = make_batch(project)
    response = send(client, project, batch=batch.pk, new_batch="other")
    assert response.status_code == 422


def test_a_batch_of_another_project_cannot_be_chosen(client, mei, project, team):
    response = send(client, project, batch=make_batch(make_project(team)).pk)
    assert response.status_code == 422


def test_a_file_over_the_limit_is_refused_before_it_is_read(client, mei, project, settings):
    settings.MAX_UPLOAD_BYTES = 100
    response = send(client, project, b"x" * 1_000)
    assert response.status_code == 413
    assert "larger than" in response.text


def test_the_form_needs_its_token(project, team):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_member(team, Role.MANAGER))
    assert send(client, project).status_code == 403
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("role", "kind", "is_of_team"),
    [
        (Role.MANAGER, Team.Kind.IN_HOUSE, False),
        (Role.MANAGER, Team.Kind.VENDOR, False),
        (Role.EXPERT, Team.Kind.IN_HOUSE, True),
        (Role.REVIEWER, Team.Kind.IN_HOUSE, True),
        (Role.ANNOTATOR, Team.Kind.IN_HOUSE, True),
    ],
)
def test_only_managers_of_the_project_import(client, project, team, role, kind, is_of_team):
    job = import_bytes(project, TABLE)
    client.force_login(make_member(team if is_of_team else make_team(kind=kind), role))
    assert send(client, project).status_code == 404
    assert page(client, "import_create", project.slug).status_code == 404
    assert page(client, "transfer_list", project.slug).status_code == 404
    assert page(client, "transfer_detail", job.public_id).status_code == 404
    assert page(client, "transfer_errors", job.public_id).status_code == 404
    assert client.post(reverse("transfer_cancel", args=[job.public_id])).status_code == 404
    assert Job.objects.count() == 1


def test_problems_can_be_downloaded_safely(client, mei, project):
    job = import_bytes(project, b"id,text\n=cmd,\n", name="=x.csv")
    response = page(client, "transfer_errors", job.public_id)
    assert response.headers["Content-Disposition"].startswith("attachment")
    header, line = response.getvalue().decode().splitlines()
    assert header.startswith("row,entry,field,code")
    assert line.startswith("2,,text,missing_text")
    assert line.endswith("'=x.csv")


def test_what_a_file_holds_is_shown_and_never_run(client, mei, project):
    content = b'id,text\n"<script>alert(1)</script>",\n"<b>",x,y\n'
    job = import_bytes(project, content, name="<script>.csv")
    text = page(client, "transfer_detail", job.public_id).text
    assert "<script>alert" not in text
    assert "<script>.csv" not in text


def test_a_waiting_import_can_be_cancelled(client, mei, project):
    send(client, project)
    job = Job.objects.get()
    client.post(reverse("transfer_cancel", args=[job.public_id]))
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    run_job(job.pk, run_import)
    assert not Item.objects.exists()


def test_an_ended_import_cannot_be_cancelled(client, mei, project):
    job = import_bytes(project, TABLE)
    response = client.post(reverse("transfer_cancel", args=[job.public_id]))
    assert response.status_code == 409


def test_the_list_pages_by_key(client, mei, project, monkeypatch):
    monkeypatch.setattr("tasks.views.transfers.PAGE_SIZE", 2)
    for number in range(3):
        import_bytes(project, TABLE, name=f"f{number}.csv")
    first = page(client, "transfer_list", project.slug)
    assert "f2.csv" in first.text
    assert "f0.csv" not in first.text
    older = page(client, "transfer_list", project.slug, before=first.context["next_before"])
    assert "f0.csv" in older.text
    assert page(client, "transfer_list", project.slug, order="x").status_code == 400


def test_the_list_takes_the_same_queries_however_long(
    client, mei, project, django_assert_max_num_queries
):
    for number in range(10):
        import_bytes(project, TABLE, name=f"f{number}.csv")
    with django_assert_max_num_queries(20):
        page(client, "transfer_list", project.slug)


def test_unknown_transfers_do_not_exist(client, mei):
    assert page(client, "transfer_detail", uuid.uuid4()).status_code == 404


class TestApi:
    def test_an_import_is_accepted_and_followed(self, client, mei, project):
        address = reverse("api_import_create", args=[project.slug])
        response = client.post(address, {"file": io.BytesIO(TABLE), "batch": "first"})
        assert response.status_code == 202
        job = Job.objects.get(public_id=response.json()["job"])
        run_job(job.pk, run_import)
        answer = client.get(reverse("api_job_detail", args=[job.public_id])).json()
        assert (answer["state"], answer["error_count"]) == ("done", 1)
        assert answer["errors"][0]["row"] == 3
        assert answer["result"]["added"] == 2

    def test_the_columns_of_a_table_may_be_named(self, client, mei, project):
        address = reverse("api_import_create", args=[project.slug])
        file = io.BytesIO(b"key,body\na,one\n")
        form = {"file": file, "id_column": "key", "text_column": "body"}
        job = Job.objects.get(public_id=client.post(address, form).json()["job"])
        run_job(job.pk, run_import)
        item = project.items.get()
        assert (item.external_id, item.data) == ("a", {"text": "one"})

    def test_unknown_fields_and_missing_files_are_refused(self, client, mei, project):
        address = reverse("api_import_create", args=[project.slug])
        for form, field in (({"file": io.BytesIO(TABLE), "bach": "x"}, "bach"), ({}, "file")):
            response = client.post(address, form)
            assert (response.status_code, response.json()["field"]) == (400, field)

    def test_a_file_over_the_limit_is_413(self, client, mei, project, settings):
        settings.MAX_UPLOAD_BYTES = 10
        address = reverse("api_import_create", args=[project.slug])
        response = client.post(address, {"file": io.BytesIO(TABLE)})
        assert (response.status_code, response.json()["code"]) == (413, "file_too_large")

    def test_others_get_404(self, client, project):
        job = import_bytes(project, TABLE)
        client.force_login(make_member(make_team(), Role.MANAGER))
        address = reverse("api_import_create", args=[project.slug])
        assert client.post(address, {"file": io.BytesIO(TABLE)}).status_code == 404
        assert client.get(reverse("api_job_detail", args=[job.public_id])).status_code == 404
        cancel = reverse("api_job_cancel", args=[job.public_id])
        assert client.post(cancel).status_code == 404
