import pytest
from django.urls import reverse

from datasets.models import DatasetVersion
from datasets.services.exports import run_export
from labelops.accounts.models import Role
from labelops.jobs.services import run_job
from labelops.lists import PAGE_SIZE
from tasks.models import Task
from tests.datasets.freezing import finish, freeze, make_label
from tests.factories import make_batch, make_member, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def manager(client, mei):
    client.force_login(mei)


def send(client, name, argument, body=None):
    return client.post(reverse(name, args=[argument]), body or {}, content_type="application/json")


def get(client, name, argument, **query):
    return client.get(reverse(name, args=[argument]), query)


def test_a_version_is_frozen_followed_and_exported(client, project, batch):
    for split in ("train", "test"):
        make_label(batch, data={"split": split}, name=split)
    body = {"name": "June", "batches": [batch.pk], "shares": [100, 0, 0]}
    response = send(client, "api_project_dataset_versions", project.slug, body)
    assert response.status_code == 202
    asked = response.json()
    assert (asked["number"], asked["state"], asked["parent"]) == (1, "building", None)
    finish(DatasetVersion.objects.get())
    found = get(client, "api_dataset_version", asked["id"]).json()
    assert (found["state"], found["entries"]) == ("frozen", 2)
    assert found["filter"] == {"batches": [[batch.pk, "first"]], "accepted_only": True}
    assert found["counts"]["splits"] == {"test": 1, "train": 1}
    assert found["done"] == found["total"] == 6
    listed = get(client, "api_project_dataset_versions", project.slug).json()["results"]
    assert [version["sha256"] for version in listed] == [found["sha256"]]
    exported = send(
        client, "api_dataset_version_export", asked["id"], {"format": "csv", "split": "test"}
    )
    assert exported.status_code == 202
    run_job(project.transfers.get().job_id, run_export)
    job = get(client, "api_job_detail", exported.json()["job"]).json()
    assert job["manifest"]["dataset_version"]["sha256"] == found["sha256"]
    assert b"test,first" in b"".join(client.get(job["download"]))


def test_differences_are_listed_page_by_page(client, project, batch, django_assert_max_num_queries):
    for number in range(PAGE_SIZE + 1):
        make_label(batch, name=f"a{number:03}")
    freeze(project)
    assert get(client, "api_dataset_version_diff", project.dataset_versions.get().pk).json() == {
        "code": "no_parent",
        "message": "The first version has no parent to be compared with.",
        "field": "to",
    }
    Task.objects.update(result_answer={"species": "wren"})
    second = freeze(project)
    with django_assert_max_num_queries(9):
        found = get(client, "api_dataset_version_diff", second.pk, kind="relabelled").json()
    assert found["changes"]["counts"]["relabelled"] == PAGE_SIZE + 1
    assert found["results"][0]["external_id"] == "a000"
    assert (found["results"][0]["before"], found["results"][0]["after"]) == ("robin", "wren")
    rest = client.get(found["next"]).json()
    assert [row["external_id"] for row in rest["results"]] == ["a050"]
    assert rest["next"] is None
    bad = get(client, "api_dataset_version_diff", second.pk, kind="x")
    assert (bad.status_code, bad.json()["code"]) == (400, "unknown_kind")
    assert get(client, "api_dataset_version_diff", second.pk, to="7").status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"shares": [80, 20]}, "shares"),
        ({"shares": "80,10,10"}, "shares"),
        ({"batches": [10**18]}, "batches"),
        ({"name": "x" * 121}, "name"),
        ({"seed": -1}, "seed"),
        ({"split": "train"}, "split"),
    ],
)
def test_what_is_not_understood_is_refused(client, project, batch, body, field):
    make_label(batch)
    response = send(client, "api_project_dataset_versions", project.slug, body)
    assert response.status_code == 400
    assert response.json()["field"].startswith(field)
    assert not DatasetVersion.objects.exists()


def test_a_batch_of_another_project_and_a_version_for_others_do_not_exist(
    client, project, batch, team
):
    make_label(batch)
    foreign = make_batch(make_project(team))
    body = {"batches": [foreign.pk]}
    response = send(client, "api_project_dataset_versions", project.slug, body)
    assert response.json()["code"] == "not_found"
    first = send(client, "api_project_dataset_versions", project.slug)
    again = send(client, "api_project_dataset_versions", project.slug)
    assert (again.status_code, again.json()["code"]) == (409, "already_freezing")
    version = first.json()["id"]
    refused = send(client, "api_dataset_version_export", version, {"format": "csv"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_frozen")
    assert send(client, "api_dataset_version_cancel", version).json()["state"] == "failed"
    client.force_login(make_member(team, Role.EXPERT))
    assert get(client, "api_dataset_version", version).status_code == 404
    assert get(client, "api_dataset_version_diff", version).status_code == 404
    assert send(client, "api_project_dataset_versions", project.slug).status_code == 404
