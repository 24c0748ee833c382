"""C over HTTP: what cannot be drawn is refused at its place, and the work stays leased."""

import json
import os
import random
import uuid

import pytest
from django.urls import reverse

from labelops.accounts.models import Role
from tasks.kinds.schema import validate_schema
from tasks.models import Annotation, Assignment, Item, Prediction
from tests.bad_input.corpus import geometry, mutated
from tests.factories import (
    make_batch,
    make_instruction,
    make_item,
    make_member,
    make_project,
    make_task,
    make_team,
)
from tests.tasks.imports import import_bytes

pytestmark = pytest.mark.django_db
MUTATIONS = 150 if os.environ.get("LABELOPS_SOAK") else 3
FACTS = {
    "image": {"media_key": "a/key", "width": 640, "height": 480, "data": {}},
    "text": {"data": {"text": geometry.TEXT}},
}


@pytest.fixture
def team():
    return make_team()


def world(team, item_type):
    project = make_project(team, item_type=item_type)
    schema = validate_schema(geometry.SCHEMAS[item_type], item_type)
    make_instruction(project, label_schema=schema)
    make_item(project, external_id="here", **FACTS[item_type])
    return project


def post(client, address, body):
    sent = body if isinstance(body, bytes) else json.dumps(body)
    return client.post(address, sent, content_type="application/json")


@pytest.mark.parametrize("item_type", ["image", "text"])
def test_a_bad_answer_is_refused_at_its_place_and_the_lease_stays(client, team, item_type):
    project = world(team, item_type)
    make_task(make_batch(project, team, overlap=1), project.items.get())
    client.force_login(make_member(team))
    leased = post(client, reverse("api_assignment_next"), {}).json()[0]
    address = reverse("api_assignment_submit", args=[leased["assignment"]])
    for bad in geometry.ANSWERS:
        if bad.item_type != item_type or not bad.code:
            continue
        refused = post(client, address, {"request_id": str(uuid.uuid4()), "answer": bad.answer})
        told = refused.json()
        assert (refused.status_code, told["code"]) == (400, bad.code), (str(bad), told)
        assert told["field"] == f"answer.{bad.path}", (str(bad), told)
        assert told["message"].endswith((".", "?")), str(bad)
        assert ("two corners" in str(told.get("hint"))) == (bad.row == 42), str(bad)
    assert not Annotation.objects.exists()
    assert Assignment.objects.get().state == "leased"
    good = next(bad for bad in geometry.ANSWERS if bad.item_type == item_type and not bad.code)
    sent = {"request_id": str(uuid.uuid4()), "answer": good.answer}
    assert post(client, address, sent).status_code in (200, 201)


def predictions(project, answer, **over):
    rows = [{"item": "here", "answer": answer}]
    return {"project": project.slug, "model": "m", "model_version": "1", "predictions": rows} | over


@pytest.mark.parametrize("item_type", ["image", "text"])
def test_a_bad_prediction_is_refused_with_its_row(client, team, item_type):
    project = world(team, item_type)
    client.force_login(make_member(team, Role.EXPERT))
    address = reverse("api_predictions")
    for bad in geometry.ANSWERS:
        if bad.item_type != item_type or bad.name == "100,000 points":
            continue
        response = post(client, address, predictions(project, bad.answer))
        if not bad.code:
            assert response.status_code == 200, (str(bad), response.content)
            continue
        assert (response.status_code, response.json()["code"]) == (400, bad.code), str(bad)
    stored = [prediction.answer for prediction in Prediction.objects.all()]
    assert len(stored) == 1
    if item_type == "image":
        assert 0 <= stored[0]["objects"][0]["rotation"] < 360


def test_bodies_that_ask_too_much_are_refused(client, team):
    project = world(team, "image")
    other = make_project(make_team(), item_type="image")
    make_item(other, external_id="theirs", **FACTS["image"])
    client.force_login(make_member(team, Role.EXPERT))
    told = {}
    for bad in geometry.PREDICTIONS:
        body = bad.body.replace(b"SLUG", project.slug.encode())
        response = post(client, reverse("api_predictions"), body)
        told[bad.name] = response.json()
        assert (response.status_code, told[bad.name]["code"]) == (bad.status, bad.code), str(bad)
    assert not Prediction.objects.exists()
    # Nothing tells an item of others from none.
    foreign, unknown = told["foreign item"], told["no such item"]
    assert json.dumps(foreign).replace("theirs", "") == json.dumps(unknown).replace("nowhere", "")


def test_older_and_newer_versions_stand_beside_each_other(client, team):
    project = world(team, "image")
    client.force_login(make_member(team, Role.EXPERT))
    for version in ("2", "1", "2"):
        sent = predictions(project, {"objects": []}, model_version=version)
        assert post(client, reverse("api_predictions"), sent).status_code == 200
    assert sorted(Prediction.objects.values_list("model_version__version", flat=True)) == ["1", "2"]


def test_texts_are_kept_to_the_byte(team):
    project = make_project(team)
    lines = [json.dumps({"id": str(n), "text": t}) for n, t in enumerate(geometry.EXACT_TEXTS)]
    import_bytes(project, "\n".join(lines).encode())
    stored = [item.data["text"] for item in Item.objects.order_by("external_id")]
    assert stored == geometry.EXACT_TEXTS


def hostile(value, rng):
    """The same value with one part of it, anywhere, made into something else."""
    if isinstance(value, dict) and value and rng.random() < 0.8:
        key = rng.choice(sorted(value))
        return value | {key: hostile(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.8:
        place = rng.randrange(min(len(value), 50))
        return [*value[:place], hostile(value[place], rng), *value[place + 1 :]]
    return rng.choice(
        [None, True, "", "9", -1, 0.5, 1e308, 2**63, float("nan"), [], {}, [[]], "\0", "\ud800"]
    )


@pytest.mark.once
def test_changed_answers_never_break_the_api(client, team):
    projects = {item_type: world(team, item_type) for item_type in FACTS}
    client.force_login(make_member(team, Role.EXPERT))
    rng = random.Random(41)
    for bad in geometry.ANSWERS:
        if bad.name == "100,000 points":
            continue
        project = projects[bad.item_type]
        body = json.dumps(predictions(project, bad.answer)).encode()
        changed = [*mutated(body, seed=str(bad), count=MUTATIONS)]
        changed += [
            json.dumps(predictions(project, hostile(bad.answer, rng))) for _n in range(MUTATIONS)
        ]
        for sent in changed:
            response = client.post(
                reverse("api_predictions"), sent, content_type="application/json"
            )
            assert response.status_code in (200, 400, 404), (str(bad), sent[:200])
            if response.status_code != 200:
                assert response.json()["message"], (str(bad), sent[:200])
    for prediction in Prediction.objects.all():
        again = post(
            client,
            reverse("api_predictions"),
            predictions(prediction.item.project, prediction.answer),
        )
        assert again.status_code == 200
