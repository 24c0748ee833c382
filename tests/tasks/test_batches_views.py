"""The pages and buttons of a batch."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from labelops.accounts.models import Role
from labelops.jobs.models import Job
from tasks.jobs import run_filling
from tasks.models import Batch
from tasks.services import batch_filling, batch_items, handout
from tests.factories import (
    make_batch,
    make_item,
    make_member,
    make_published_project,
    make_task,
    make_team,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(team):
    return make_published_project(team, slug="birds")


@pytest.fixture
def mei(client, team):
    mei = make_member(team, Role.MANAGER, time_zone="Asia/Manila")
    client.force_login(mei)
    return mei


def new_batch(team, **over):
    return {
        "name": "Dusk",
        "purpose": "Birds at dusk are missed.",
        "priority": 2,
        "overlap": 3,
        "review_percent": 5,
        "teams": [team.pk],
        "items": "new",
    } | over


def create(client, sent):
    return client.post(reverse("batch_create", args=["birds"]), sent)


def press(client, name, batch):
    return client.post(reverse(f"batch_{name}", args=[batch.pk]))


def said(response):
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def test_a_batch_is_made_with_the_items_no_batch_has(client, mei, project, team):
    make_task(make_batch(project), make_item(project))
    free = make_item(project)
    response = create(client, new_batch(team))
    batch = Batch.objects.get(name="Dusk")
    assert response.headers["Location"] == reverse("batch_detail", args=[batch.pk])
    assert [task.item for task in batch.tasks.all()] == [free]
    assert batch.assignments.count() == 3
    assert "1 item was added." in said(response)


@pytest.mark.parametrize(("items", "count"), [("all", 2), ("none", 0)])
def test_all_items_or_none_can_be_chosen(client, mei, project, team, items, count):
    make_task(make_batch(project), make_item(project))
    make_item(project)
    create(client, new_batch(team, items=items))
    assert Batch.objects.get(name="Dusk").tasks.count() == count


def test_the_due_date_is_read_and_shown_in_the_persons_zone(client, mei, project, team):
    create(client, new_batch(team, due_at="2040-05-01T09:30"))
    batch = Batch.objects.get()
    assert batch.due_at == datetime(2040, 5, 1, 9, 30, tzinfo=ZoneInfo("Asia/Manila"))
    page = client.get(reverse("batch_edit", args=[batch.pk])).content.decode()
    assert 'value="2040-05-01T09:30"' in page
    assert "Asia/Manila" in page


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"overlap": 0}, "greater than or equal to 1"),
        ({"overlap": "many"}, "Enter a whole number."),
        ({"review_percent": 101}, "less than or equal to 100"),
        ({"due_at": "2001-01-01T00:00"}, "has passed already"),
        ({"due_at": "soon"}, "Enter a valid date/time."),
        ({"teams": []}, "This field is required."),
        ({"items": "some"}, "Select a valid choice"),
    ],
)
def test_a_mistake_is_shown_and_nothing_is_made(client, mei, project, team, over, sentence):
    response = create(client, new_batch(team, **over))
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Batch.objects.exists()


def test_a_taken_name_is_shown_at_its_field(client, mei, project, team):
    make_batch(project, name="Dusk")
    response = create(client, new_batch(team))
    assert response.status_code == 422
    assert "has a batch called" in response.content.decode()


def test_a_team_without_access_is_no_choice(client, mei, project, team):
    stranger = make_team()
    response = create(client, new_batch(team, teams=[stranger.pk]))
    assert response.status_code == 422


def test_the_buttons_walk_through_the_states(client, mei, project, team):
    batch = make_batch(project, team, state=Batch.State.DRAFT)
    make_task(batch)
    for name, state in [
        ("start", "running"),
        ("pause", "paused"),
        ("start", "running"),
        ("close", "closed"),
        ("start", "running"),
    ]:
        assert press(client, name, batch).status_code == 302
        batch.refresh_from_db()
        assert batch.state == state


def test_a_button_of_another_state_says_why_not(client, mei, project):
    batch = make_batch(project, state=Batch.State.DRAFT)
    assert "Only a running batch can be paused" in said(press(client, "pause", batch))
    assert "empty" in said(press(client, "start", batch))


def test_the_page_shows_figures_history_and_refreshes_while_running(client, mei, project, team):
    batch = make_batch(project, team, state=Batch.State.DRAFT)
    make_task(batch)
    press(client, "start", batch)
    address = reverse("batch_detail", args=[batch.pk])
    page = client.get(address).content.decode()
    assert "waiting: 1" in page
    history = client.get(reverse("batch_history", args=[batch.pk])).content.decode()
    assert "started the batch" in history
    assert 'hx-trigger="every 5s"' in page
    fragment = client.get(address, headers={"HX-Request": "true"})
    assert "<html" not in fragment.content.decode()
    assert "HX-Request" in fragment.headers["Vary"]
    press(client, "pause", batch)
    assert "every 5s" not in client.get(address).content.decode()


def test_items_are_added_later(client, mei, project):
    batch = make_batch(project)
    make_item(project)
    address = reverse("batch_add_items", args=[batch.pk])
    assert "1 item was added." in said(client.post(address, {"items": "new"}))
    assert "Choose which items" in said(client.post(address, {"items": "x"}))


def test_many_items_are_added_in_the_background(client, mei, project, monkeypatch):
    monkeypatch.setattr(batch_filling, "AT_ONCE", 2)
    monkeypatch.setattr(batch_items, "CHUNK", 2)
    batch = make_batch(project)
    for _ in range(5):
        make_item(project)
    response = client.post(reverse("batch_add_items", args=[batch.pk]), {"items": "new"})
    assert "being added" in said(response)
    address = reverse("batch_detail", args=[batch.pk])
    assert "Items are being added" in client.get(address).content.decode()
    job = Job.objects.get()
    run_filling(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done_count, job.total_count) == ("done", 5, 5)
    assert batch.tasks.count() == 5
    assert "Items are being added" not in client.get(address).content.decode()


def test_a_filling_that_was_interrupted_goes_on(mei, project, monkeypatch):
    monkeypatch.setattr(batch_filling, "AT_ONCE", 0)
    monkeypatch.setattr(batch_items, "CHUNK", 2)
    batch = make_batch(project)
    ids = [make_item(project).pk for _ in range(5)]
    job = batch_filling.fill(batch, "all", by=mei).job
    batch_items.add_items(batch, ids[:2], by=mei)
    Job.objects.filter(pk=job.pk).update(done_count=2)
    run_filling(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done_count) == ("done", 5)
    assert batch.tasks.count() == 5


def test_a_closed_batch_takes_no_items(client, mei, project):
    batch = make_batch(project, state=Batch.State.CLOSED)
    make_item(project)
    address = reverse("batch_add_items", args=[batch.pk])
    assert "Reopen the batch first" in said(client.post(address, {"items": "all"}))


def test_an_edit_changes_the_terms_of_a_filled_batch(client, mei, project, team):
    batch = make_batch(project, team, name="Dusk")
    make_task(batch)
    client.force_login(mei)
    address = reverse("batch_edit", args=[batch.pk])
    sent = new_batch(team, name="Dawn", overlap=5, min_level=0)
    page = client.post(address, sent, follow=True).content.decode()
    batch.refresh_from_db()
    assert (batch.name, batch.overlap) == ("Dawn", 5)
    assert "adjusted to the new overlap" in page


@pytest.mark.parametrize(
    "name",
    ["batch_edit", "batch_start", "batch_pause", "batch_close", "batch_add_items"],
)
def test_experts_may_look_but_not_steer(client, project, team, name):
    batch = make_batch(project)
    client.force_login(make_member(team, Role.EXPERT))
    assert client.get(reverse("batch_detail", args=[batch.pk])).status_code == 200
    assert client.post(reverse(name, args=[batch.pk])).status_code == 404


def test_strangers_find_no_batch(client, project):
    batch = make_batch(project)
    client.force_login(make_member(make_team(), Role.MANAGER))
    assert client.get(reverse("batch_detail", args=[batch.pk])).status_code == 404
    assert client.post(reverse("batch_close", args=[batch.pk])).status_code == 404


@pytest.mark.parametrize("name", ["start", "pause", "close", "add_items"])
def test_changes_need_a_post(client, mei, project, name):
    address = reverse(f"batch_{name}", args=[make_batch(project).pk])
    assert client.get(address).status_code == 405


def test_a_manager_takes_leases_back_and_drafts_stay(client, mei, project, team):
    batch = make_batch(project, team, overlap=1)
    make_task(batch)
    ana = make_member(team)
    [given] = handout.next_assignments(ana).assignments
    client.force_login(mei)
    page = client.post(reverse("batch_revoke", args=[batch.pk]), follow=True).content.decode()
    assert "1 task was taken back." in page
    given.refresh_from_db()
    assert given.state == "revoked"


def test_a_level_is_given_with_a_reason_and_shown(client, mei, project, team):
    ana = make_member(team, name="Ana")
    client.force_login(mei)
    address = reverse("qualification_edit", args=["birds", ana.pk])
    assert client.post(address, {"level": 3, "reason": ""}).status_code == 422
    page = client.post(address, {"level": 3, "reason": "exam"}, follow=True).content.decode()
    assert "The level of Ana is set." in page
    assert "exam" in page
    assert client.get(reverse("qualification_edit", args=["birds", mei.pk])).status_code == 404
