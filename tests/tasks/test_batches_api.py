"""Batches over HTTP."""

import pytest
from django.urls import reverse

from labelops.accounts.models import Role
from tasks.models import Batch
from tests.factories import (
    make_batch,
    make_item,
    make_member,
    make_published_project,
    make_team,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team(name="House")


@pytest.fixture
def project(team):
    return make_published_project(team, slug="birds")


@pytest.fixture
def mei(client, team, project):
    mei = make_member(team, Role.MANAGER)
    client.force_login(mei)
    return mei


def post(client, name, *arguments, body=None):
    address = reverse(f"api_{name}", args=arguments)
    return client.post(address, body or {}, content_type="application/json")


def create(client, **over):
    body = {"name": "Dusk", "overlap": 2, "teams": ["House"]} | over
    return post(client, "project_batches", "birds", body=body)


def test_a_batch_is_made_filled_started_paused_and_closed(client, mei, project):
    make_item(project)
    assert create(client, model_bar_percent=79).json()["field"] == "model_bar_percent"
    made = create(client, due_at="2040-05-01T09:30:00+08:00", model_bar_percent=95)
    assert made.status_code == 201, made.json()
    assert made.json()["model_bar_percent"] == 95
    batch_id = made.json()["id"]
    assert (made.json()["state"], made.json()["due_at"]) == ("draft", "2040-05-01T01:30:00Z")
    assert post(client, "batch_items", batch_id, body={"all": True}).json() == {
        "added": 1,
        "is_finished": True,
    }
    assert post(client, "batch_items", batch_id, body={"all": True}).json() == {
        "added": 0,
        "is_finished": True,
    }
    for name, state in [("start", "running"), ("pause", "paused"), ("close", "closed")]:
        answer = post(client, f"batch_{name}", batch_id)
        assert (answer.status_code, answer.json()["state"]) == (200, state)
    found = client.get(reverse("api_batch", args=[batch_id])).json()
    assert found["progress"]["pending_count"] == 1


def test_items_are_named_by_their_external_ids(client, mei, project):
    make_item(project, external_id="a")
    make_item(project, external_id="b")
    batch = make_batch(project)
    assert post(client, "batch_items", batch.pk, body={"items": ["b", "b"]}).json() == {
        "added": 1,
        "is_finished": True,
    }
    response = post(client, "batch_items", batch.pk, body={"items": ["a", "c"]})
    assert response.status_code == 400
    assert response.json()["field"] == "items[1]"
    assert [task.item.external_id for task in batch.tasks.all()] == ["b"]


@pytest.mark.parametrize("body", [{}, {"all": True, "items": []}, {"item": ["a"]}, {"items": "a"}])
def test_a_vague_choice_of_items_is_refused(client, mei, project, body):
    assert post(client, "batch_items", make_batch(project).pk, body=body).status_code == 400


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"overlap": 51}, "overlap"),
        ({"priority": 9}, "priority"),
        ({"target_baseline": "nan"}, "target_baseline"),
        ({"purpose_kind": "because"}, "purpose_kind"),
        ({"teams": ["Others"]}, "teams"),
        ({"state": "running"}, "state"),
        ({"name": " "}, "name"),
        ({"due_at": "tomorrow"}, "due_at"),
    ],
)
def test_a_wrong_field_is_named(client, mei, over, field):
    response = create(client, **over)
    assert (response.status_code, response.json()["field"]) == (400, field)
    assert not Batch.objects.exists()


def test_a_wrong_state_is_a_conflict_with_a_sentence(client, mei, project):
    batch = make_batch(project, state=Batch.State.DRAFT)
    for name, code in [("pause", "wrong_state"), ("close", "wrong_state"), ("start", "no_items")]:
        response = post(client, f"batch_{name}", batch.pk)
        assert (response.status_code, response.json()["code"]) == (409, code)
        assert response.json()["message"].endswith(".")


def test_batches_are_listed_by_page(client, mei, project):
    make_batch(project, name="Dusk")
    page = client.get(reverse("api_project_batches", args=["birds"])).json()
    assert page["next"] is None
    [row] = page["results"]
    assert (row["name"], row["project"], row["progress"]["task_count"]) == ("Dusk", "birds", 0)


def test_experts_read_and_do_not_steer(client, team, project):
    batch = make_batch(project)
    client.force_login(make_member(team, Role.EXPERT))
    assert client.get(reverse("api_batch", args=[batch.pk])).status_code == 200
    assert create(client).status_code == 403
    for name in ("start", "pause", "close", "items"):
        assert post(client, f"batch_{name}", batch.pk).status_code == 404


def test_strangers_find_nothing(client, project):
    batch = make_batch(project)
    client.force_login(make_member(make_team(), Role.MANAGER))
    assert client.get(reverse("api_batch", args=[batch.pk])).status_code == 404
    assert create(client).status_code == 404
    for name in ("start", "pause", "close", "items"):
        assert post(client, f"batch_{name}", batch.pk).status_code == 404


def test_buttons_need_a_post(client, mei, project):
    address = reverse("api_batch_start", args=[make_batch(project).pk])
    assert client.get(address).status_code == 405
