"""The page of labels that look wrong: what it lists, what managers do there, and what it costs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labelops.accounts.models import Role
from labelops.jobs.models import Job
from reviews.models import DetectorStanding, LabelIssue
from reviews.services import label_issues
from tasks.models import Task
from tests.factories import (
    make_accepted_tasks,
    make_batch,
    make_member,
    make_model_version,
    make_prediction,
    make_published_project,
    make_team,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def version(team):
    return make_model_version(make_published_project(team))


@pytest.fixture
def page(client, team, version):
    client.force_login(make_member(team, Role.MANAGER))
    return f"/projects/{version.project.slug}/label-issues/"


def suspect(version, count, **over):
    """Accepted robins that the version holds for wrens."""
    [team] = version.project.teams.all()
    batch, author = make_batch(version.project, team, overlap=1), make_member(team)
    tasks = make_accepted_tasks(batch, count, answer={"species": "robin"}, author=author)
    make_prediction(version, tasks[0].item, "wren")
    start = LabelIssue.objects.count()
    found = {"project": version.project, "detector": "classes", "label": "robin"}
    LabelIssue.objects.bulk_create(
        LabelIssue(
            task=task,
            model_version=version,
            revision=1,
            suggested="wren",
            score=0.06,
            rank=start + number,
            found_at=timezone.now(),
            **found | over,
        )
        for number, task in enumerate(tasks, start=1)
    )
    standing, _is_new = DetectorStanding.objects.get_or_create(
        **found, defaults={"computed_at": timezone.now(), "decided": 4, "confirmed": 3}
    )
    return tasks, standing


def test_it_lists_what_is_stored_and_suggested_at_a_constant_cost(client, page, version):
    suspect(version, 10)
    shown = client.get(page).content.decode()
    for words in ("Robin", "Wren", "likelier than “Robin” (0.94)", "75.0 %", "n = 4", "item-"):
        assert words in shown
    counts = []
    for _more in range(2):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(page)
        counts.append(len(queries))
        suspect(version, 10)
    assert counts[0] == counts[1] <= 25
    first = client.get(page)
    following = first.context["issues"].page.next_cursor
    second = client.get(page, {"detector": "classes", "class": "robin", "cursor": following})
    assert [row.issue.rank for row in second.context["issues"].page.rows] == [26, 27, 28, 29, 30]
    assert client.get(page, {"class": "wren"}).context["issues"].page.rows == []


def test_as_a_file_it_has_all_of_them(client, page, version):
    suspect(version, 30)
    lines = b"".join(client.get(page, {"as": "csv"})).decode().splitlines()
    assert lines[0] == "rank,item,detector,given,suggested,score,state,batch"
    assert len(lines) == 31
    assert ",classes,robin,wren,0.06,accepted," in lines[1]


@pytest.mark.parametrize(
    "given", [{"detector": "x"}, {"class": "\x00"}, {"cursor": "x"}, {"as": "x"}, {"label": "x"}]
)
def test_it_refuses_what_it_does_not_know(client, page, given):
    assert client.get(page, given).status_code == 400


def test_empty_it_says_what_comes_next(client, page, version):
    assert "A model is needed" in client.get(page).content.decode()
    client.post(f"{page}find/")
    assert not Job.objects.exists()
    suspect(version, 1)
    LabelIssue.objects.all().delete()
    DetectorStanding.objects.all().delete()
    assert "Look now" in client.get(page).content.decode()
    client.post(f"{page}find/")
    job = label_issues.unfinished(version.project)
    assert "Looking at the labels" in client.get(f"{page}progress/").content.decode()
    client.post(f"{page}stop/")
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED


def test_ticked_labels_wait_for_an_expert(client, page, version):
    tasks, _standing = suspect(version, 3)
    issues = list(LabelIssue.objects.order_by("rank"))
    ticked = [issues[0].pk, issues[1].pk, "x", "9" * 30]
    for _again in range(2):
        client.post(f"{page}review/", {"issue": ticked, "detector": "classes"})
    states = [Task.objects.get(pk=task.pk).state for task in tasks]
    assert states == [Task.State.IN_REVIEW, Task.State.IN_REVIEW, Task.State.ACCEPTED]
    answered = client.post(f"{page}review/", {}, follow=True).content.decode()
    assert "Tick the labels" in answered


def test_a_manager_mutes_a_detector_and_says_why(client, page, version):
    _tasks, standing = suspect(version, 1)
    decide = f"{page}detectors/{standing.pk}/"
    refused = client.post(decide, {"choice": "mute"}, follow=True).content.decode()
    assert "Write a text" in refused
    shown = client.post(decide, {"choice": "mute", "reason": "It dozes."}, follow=True)
    assert "It dozes." in shown.content.decode()
    standing.refresh_from_db()
    assert standing.muted_at is not None
    client.post(decide, {"choice": "evidence"})
    standing.refresh_from_db()
    assert (standing.muted_at, standing.set_by) == (None, None)
