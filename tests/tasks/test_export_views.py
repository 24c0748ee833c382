import json

import pytest
from django.urls import reverse
from django.utils import timezone

from labelops.accounts.models import Role, Team
from labelops.jobs.models import Job
from labelops.jobs.services import run_job
from tasks.models import Task, Transfer
from tasks.services.exports import run_export
from tests.factories import (
    make_batch,
    make_item,
    make_member,
    make_project,
    make_published_project,
    make_team,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(team):
    project = make_published_project(team)
    Task.objects.create(
        batch=make_batch(project),
        item=make_item(project, external_id="a"),
        state=Task.State.ACCEPTED,
        result_answer={"species": "robin"},
        result_source="vote",
        settled_at=timezone.now(),
    )
    return project


@pytest.fixture
def mei(team, client):
    mei = make_member(team, Role.MANAGER)
    client.force_login(mei)
    return mei


def ask(client, project, **form):
    return client.post(reverse("export_create", args=[project.slug]), {"format": "jsonl"} | form)


def finished(project):
    transfer = Transfer.objects.get(project=project)
    run_job(transfer.job_id, run_export)
    return transfer.job.public_id


def test_an_export_leads_to_its_file_and_manifest(client, mei, project):
    response = ask(client, project)
    public_id = finished(project)
    assert reverse("export_download", args=[public_id]) in client.get(response.url).text
    download = client.get(reverse("export_download", args=[public_id]))
    assert download.headers["Content-Disposition"].startswith("attachment")
    assert json.loads(b"".join(download))["answer"] == {"species": "robin"}
    manifest = client.get(reverse("export_download", args=[public_id]), {"manifest": 1})
    assert manifest.json()["count"] == 1


def test_an_unfinished_export_has_no_file_yet(client, mei, project):
    ask(client, project)
    public_id = Job.objects.get().public_id
    assert client.get(reverse("export_download", args=[public_id])).status_code == 404


def test_a_format_that_does_not_fit_is_refused_on_the_form(client, mei, project):
    response = ask(client, project, format="coco")
    assert response.status_code == 422
    assert "boxes" in response.text
    assert not Job.objects.exists()


def test_asking_for_a_page_begins_no_export(client, mei, project):
    assert client.get(reverse("export_create", args=[project.slug])).status_code == 200
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("role", "kind"),
    [
        (Role.MANAGER, Team.Kind.IN_HOUSE),
        (Role.MANAGER, Team.Kind.VENDOR),
        (Role.EXPERT, Team.Kind.IN_HOUSE),
    ],
)
def test_others_neither_begin_nor_take_an_export(client, mei, project, role, kind):
    ask(client, project)
    public_id = finished(project)
    client.force_login(make_member(make_team(kind=kind), role))
    assert ask(client, project).status_code == 404
    for name in ("export_download", "api_job_download", "api_job_detail", "transfer_detail"):
        assert client.get(reverse(name, args=[public_id])).status_code == 404


def test_the_api_gives_job_and_file(client, mei, project):
    response = client.post(
        reverse("api_export_create", args=[project.slug]),
        {"format": "csv"},
        content_type="application/json",
    )
    assert response.status_code == 202
    public_id = finished(project)
    answer = client.get(reverse("api_job_detail", args=[public_id])).json()
    assert (answer["state"], answer["result"]) == ("done", {"count": 1})
    assert b"a," in b"".join(client.get(answer["download"]))


@pytest.mark.parametrize(
    "body", [{}, {"format": "xls"}, {"format": "csv", "batch": -1}, {"format": "csv", "x": 1}]
)
def test_the_api_refuses_what_it_does_not_know(client, mei, project, body):
    address = reverse("api_export_create", args=[project.slug])
    response = client.post(address, body, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["field"]


def test_a_batch_of_another_project_does_not_exist(client, mei, project, team):
    foreign = make_batch(make_project(team))
    address = reverse("api_export_create", args=[project.slug])
    body = {"format": "csv", "batch": foreign.pk}
    assert client.post(address, body, content_type="application/json").status_code == 404
