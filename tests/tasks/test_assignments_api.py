"""The lease life over HTTP, as the labeling page drives it."""

import json
import uuid

import pytest
from django.urls import reverse

from labelops.accounts.models import Team
from tasks.kinds.schema import validate_schema
from tasks.models import Annotation, Assignment, Draft
from tests.factories import (
    make_batch,
    make_instruction,
    make_item,
    make_member,
    make_project,
    make_published_project,
    make_task,
    make_team,
)

pytestmark = pytest.mark.django_db
KEY = b"6f1cc7a0-54d7-4c0e-9d3f-3a5a6f1f0b11"


@pytest.fixture
def vendor():
    return make_team(kind=Team.Kind.VENDOR)


@pytest.fixture
def batch(vendor):
    project = make_published_project(vendor, make_team())
    return make_batch(project, vendor, purpose="The model misses wrens.")


@pytest.fixture
def ana(vendor, client):
    user = make_member(vendor)
    client.force_login(user)
    return user


def post(client, name, *args, **body):
    return client.post(reverse(name, args=args), body, content_type="application/json")


def lease(client, **body):
    response = post(client, "api_assignment_next", **body)
    assert response.status_code == 200, response.content
    return response.json()


def submit(client, assignment, value="robin", **over):
    over.setdefault("request_id", str(uuid.uuid4()))
    return post(client, "api_assignment_submit", assignment, answer={"species": value}, **over)


def test_next_tells_what_the_editor_needs_and_nothing_beyond(batch, ana, client):
    item = make_item(
        batch.project, data={"text": "A wren.", "source": "secret"}, external_id="gold-7"
    )
    make_task(batch, item)
    [given] = lease(client)
    assert given["item"] == {
        "type": "text",
        "data": {"text": "A wren."},
        "media_url": None,
        "thumbnail_url": None,
        "full_url": None,
        "width": None,
        "height": None,
    }
    assert given["instruction_version"]["number"] == 1
    assert given["batch"]["purpose"] == "The model misses wrens."
    assert given["draft"] is None
    assert given["feedback"] is None
    told = json.dumps(given)
    assert "gold-7" not in told
    assert "secret" not in told


def test_an_empty_list_comes_with_its_reason(batch, ana, client):
    response = post(client, "api_assignment_next")
    assert response.json() == []
    assert response.headers["X-LabelOps-Reason"]


def test_foreign_batches_and_projects_hand_out_nothing(batch, ana, client):
    elsewhere = make_batch(make_project(make_team()), make_team())
    make_instruction(elsewhere.project)
    make_task(elsewhere)
    assert lease(client, batch=elsewhere.pk) == []
    assert lease(client, project=elsewhere.project.slug) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [({"count": 0}, "count"), ({"count": "many"}, "count"), ({"batch": "x"}, "batch")],
)
def test_a_wrong_parameter_is_named(batch, ana, client, body, field):
    response = post(client, "api_assignment_next", **body)
    assert response.status_code == 400
    assert response.json()["field"] == field


def test_submit_answers_201_and_its_replay_200_with_the_same_body(batch, ana, client):
    make_task(batch)
    [given] = lease(client)
    key = str(uuid.uuid4())
    first = submit(client, given["assignment"], request_id=key, active_ms=900)
    again = submit(client, given["assignment"], request_id=key, active_ms=900)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Annotation.objects.count() == 1


def test_an_answer_may_hold_five_thousand_boxes(vendor, ana, client):
    boxes = {"name": "birds", "type": "shapes", "tools": ["box"], "labels": [{"value": "bird"}]}
    project = make_project(vendor, item_type="image")
    make_instruction(project, label_schema=validate_schema({"controls": [boxes]}, "image"))
    make_task(make_batch(project, vendor), make_item(project, width=4000, height=3000))
    [task] = lease(client)
    drawn = [
        {"id": f"bird-{number}", "label": "bird", "box": [number / 3, 0.25, 123.456, 78.9]}
        for number in range(5000)
    ]
    body = {"request_id": str(uuid.uuid4()), "answer": {"birds": drawn}}
    assert post(client, "api_assignment_submit", task["assignment"], **body).status_code == 201
    assert len(Annotation.objects.get().answer["birds"]) == 5000


def test_a_reused_request_id_is_a_409(batch, ana, client):
    make_task(batch)
    [given] = lease(client)
    key = str(uuid.uuid4())
    submit(client, given["assignment"], request_id=key)
    response = submit(client, given["assignment"], "wren", request_id=key)
    assert response.status_code == 409
    assert response.json()["code"] == "request_id_reused"


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        ({"species": "eagle"}, "answer.species"),
        ({}, "answer.species"),
        ({"species": "robin", "colour": "red"}, "answer.colour"),
        ([], "answer"),
        ("robin", "answer"),
    ],
)
def test_a_wrong_answer_names_the_field_and_stores_nothing(batch, ana, client, answer, field):
    make_task(batch)
    [given] = lease(client)
    response = post(
        client,
        "api_assignment_submit",
        given["assignment"],
        request_id=str(uuid.uuid4()),
        answer=answer,
    )
    assert response.status_code == 400
    assert response.json()["field"].startswith(field)
    assert not Annotation.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"answer": NaN}',
        b'{"request_id": 1, "request_id": 2}',
        b'{"request_id": "' + KEY + b'", "answer": {"species": "\\u0000"}}',
        b'{"request_id": "' + KEY + b'", "answer": {"species": "\\ud800"}}',
        b"[" * 5_000,
        b"\xff\xfe",
    ],
)
def test_hostile_bodies_get_a_sentence(batch, ana, client, body):
    make_task(batch)
    [given] = lease(client)
    url = reverse("api_assignment_submit", args=[given["assignment"]])
    response = client.post(url, body, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["message"]


def test_a_draft_is_kept_and_comes_back(batch, ana, client):
    make_task(batch)
    [given] = lease(client)
    url = reverse("api_assignment_draft", args=[given["assignment"]])
    response = client.put(url, {"answer": {"species": "wren"}}, content_type="application/json")
    assert response.status_code == 204
    [again] = lease(client)
    assert again["draft"] == {"species": "wren"}


def test_heartbeat_release_and_skip(batch, ana, client):
    make_task(batch), make_task(batch)
    [first] = lease(client)
    assert post(client, "api_assignment_heartbeat", first["assignment"]).status_code == 200
    assert post(client, "api_assignment_release", first["assignment"]).status_code == 204
    [second] = lease(client)
    response = post(client, "api_assignment_skip", second["assignment"], reason="too_hard")
    assert response.status_code == 204
    [third] = lease(client)
    assert third["task"] != second["task"]


def test_another_persons_assignment_does_not_exist(batch, ana, vendor, client):
    make_task(batch)
    [given] = lease(client)
    client.force_login(make_member(vendor))
    response = submit(client, given["assignment"])
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


def test_a_lost_lease_is_a_409_and_the_answer_is_kept(batch, ana, client):
    make_task(batch)
    [given] = lease(client)
    Assignment.objects.filter(public_id=given["assignment"]).update(state=Assignment.State.REVOKED)
    response = submit(client, given["assignment"])
    assert response.status_code == 409
    assert response.json()["code"] == "lease_lost"
    assert Draft.objects.get(annotator=ana).answer == {"species": "robin"}
