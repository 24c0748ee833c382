"""The pages of dataset versions: freezing one, looking at it, comparing, and taking it along."""

import hashlib

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from datasets.models import DatasetVersion
from datasets.reports import differences
from datasets.services.exports import run_export
from labelops.accounts.models import Role
from labelops.jobs.services import run_job
from labelops.lists import PAGE_SIZE
from tasks.models import Task, Transfer
from tests.datasets.freezing import begin, finish, freeze, make_label
from tests.factories import make_member, make_team

pytestmark = pytest.mark.django_db
FORM = {
    "name": "June",
    "accepted_only": "on",
    "shares": "80, 10, 10",
    "split_field": "split",
    "group_field": "group",
}


@pytest.fixture(autouse=True)
def manager(client, mei):
    client.force_login(mei)


def shown(client, name, *arguments, query=""):
    response = client.get(reverse(name, args=arguments) + query)
    assert response.status_code == 200
    return " ".join(response.text.split())


def ask(client, project, **over):
    return client.post(reverse("dataset_create", args=[project.slug]), FORM | over)


def test_a_version_is_asked_for_frozen_and_shown(client, project, batch):
    assert "must not" in shown(client, "dataset_list", project.slug)
    for name, label, split in (("a", "robin", "train"), ("b", "wren", "items"), ("c", "wren", "")):
        data = {"split": split, "group": "<g>"}
        make_label(batch, label, name=name, text="the same words", data=data)
    assert "Freeze" in shown(client, "dataset_create", project.slug)
    response = ask(client, project, note="<b>For the first model.</b>", batches=[batch.pk])
    version = DatasetVersion.objects.get()
    assert response.url == reverse("dataset_detail", args=[version.pk])
    waiting = shown(client, "dataset_detail", version.pk)
    assert 'hx-trigger="every 1s"' in waiting
    assert reverse("dataset_cancel", args=[version.pk]) in waiting
    version = finish(version)
    page = shown(client, "dataset_detail", version.pk)
    assert "hx-trigger" not in page
    for sentence in (
        version.sha256,
        "&lt;b&gt;For the first model.",
        "accepted labels of first",
        "<bdi>Wren</bdi>",
        "2 pairs of items in different splits are alike.",
        "1 group is in several splits",
        "<bdi>&lt;g&gt;</bdi>",
        "froze the version",
    ):
        assert sentence in page
    evaluate = reverse("evaluation_create", args=[project.slug])
    assert f"{evaluate}?dataset_version={version.pk}" in page
    assert client.get(evaluate, {"dataset_version": version.pk}).status_code == 200
    fragment = client.get(response.url, headers={"HX-Request": "true"}).text
    assert fragment.strip().startswith('<div id="dataset"')
    assert f"v{version.number} <bdi>June</bdi>" in shown(client, "dataset_list", project.slug)


def test_a_form_with_a_mistake_says_what_is_wrong(client, project, batch):
    assert "no stored label" in ask(client, project).text
    make_label(batch)
    refused = ask(client, project, shares="80,30,10")
    assert refused.status_code == 422
    assert "come to 100" in refused.text
    assert not DatasetVersion.objects.exists()


def test_a_version_can_be_cancelled_and_says_that_it_is_nothing(client, project, batch):
    make_label(batch)
    version = begin(project)
    response = client.post(reverse("dataset_cancel", args=[version.pk]))
    assert "did not come about" in client.get(response.url).text
    for name in ("dataset_diff", "dataset_export", "dataset_manifest"):
        assert client.get(reverse(name, args=[version.pk])).status_code == 404
    again = client.post(reverse("dataset_cancel", args=[version.pk]), follow=True)
    assert "already ended" in again.text


def test_differences_open_the_items_page_by_page(client, project, batch, monkeypatch):
    tasks = [make_label(batch, name=f"a{n:03}") for n in range(PAGE_SIZE + 2)]
    first = freeze(project)
    assert "nothing to compare" in shown(client, "dataset_diff", first.pk)
    ids = [task.pk for task in tasks]
    Task.objects.filter(pk__in=ids).update(result_answer={"species": "wren"})
    second = freeze(project)
    page = shown(client, "dataset_diff", second.pk)
    assert f"Another label ({PAGE_SIZE + 2})" in page
    assert "<bdi>Robin</bdi></td><td><bdi>Wren</bdi>" in page
    assert reverse("item_detail", args=[tasks[0].item.public_id]) in page
    assert "a051" not in page
    following = client.get(reverse("dataset_diff", args=[second.pk]))
    cursor = following.context["page"].next_cursor
    rest = shown(client, "dataset_diff", second.pk, query=f"?to=1&kind=relabelled&cursor={cursor}")
    assert "a051" in rest
    assert "a049" not in rest
    back = shown(client, "dataset_diff", first.pk, query="?to=2&kind=added")
    assert "There is no such difference" in back
    for query, status in (("?kind=x", 400), ("?to=9", 404), ("?to=x", 404), ("?x=1", 400)):
        address = reverse("dataset_diff", args=[second.pk]) + query
        assert client.get(address).status_code == status
    # Of large versions a page looks at some entries, and what nobody has counted stays uncounted.
    monkeypatch.setattr(differences, "LOOKED_MOST", 51)
    back = shown(client, "dataset_diff", first.pk, query="?to=2&kind=added")
    assert "There are more to look at" in back
    assert "Another label</a>" in back
    cursor, found = "", []
    while True:
        query = {"kind": "relabelled", "cursor": cursor}
        page = client.get(reverse("dataset_diff", args=[second.pk]), query).context["page"]
        found += [entry.position for entry in page.rows]
        if not (cursor := page.next_cursor):
            break
    assert found == [*range(1, PAGE_SIZE + 3)]


def test_the_manifest_hashes_to_the_sum(client, project, batch):
    for _number in range(3):
        make_label(batch)
    version = freeze(project)
    response = client.get(reverse("dataset_manifest", args=[version.pk]))
    content = b"".join(response.streaming_content)
    assert len(content.splitlines()) == 3
    assert hashlib.sha256(content).hexdigest() == version.sha256


def test_the_number_of_statements_does_not_follow_the_number_of_rows(client, project, batch):
    def count(name, *arguments):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            shown(client, name, *arguments)
        return len(asked)

    make_label(batch)
    freeze(project)
    make_label(batch)
    small = freeze(project)
    few = [
        count("dataset_list", project.slug),
        count("dataset_detail", small.pk),
        count("dataset_diff", small.pk),
    ]
    for _number in range(10):
        make_label(batch, "wren", data={"split": "fold", "group": "g"})
    for _number in range(5):
        large = freeze(project)
    many = [
        count("dataset_list", project.slug),
        count("dataset_detail", large.pk),
        count("dataset_diff", large.pk),
    ]
    assert many == few
    assert max(many) <= 16


def test_others_see_no_dataset(client, project, batch, team):
    make_label(batch)
    version = freeze(project)
    for person in (make_member(team, Role.EXPERT), make_member(make_team(), Role.MANAGER)):
        client.force_login(person)
        assert client.get(reverse("dataset_list", args=[project.slug])).status_code == 404
        assert ask(client, project).status_code == 404
        for name in ("dataset_detail", "dataset_diff", "dataset_export", "dataset_manifest"):
            assert client.get(reverse(name, args=[version.pk])).status_code == 404


def test_an_export_leads_to_its_file_where_all_transfers_are(client, project, batch):
    make_label(batch, name="a", data={"split": "test"})
    version = freeze(project)
    address = reverse("dataset_export", args=[version.pk])
    assert "same to the byte" in client.get(address).text
    refused = client.post(address, {"format": "coco"})
    assert refused.status_code == 422
    assert "boxes" in refused.text
    response = client.post(address, {"format": "jsonl", "split": "test"})
    transfer = Transfer.objects.get()
    assert response.url == reverse("transfer_detail", args=[transfer.job.public_id])
    run_job(transfer.job_id, run_export)
    assert f"{project.slug}-v1-test.jsonl" in shown(client, "transfer_list", project.slug)
    download = client.get(reverse("export_download", args=[transfer.job.public_id]))
    assert b'"item":"a"' in b"".join(download)
