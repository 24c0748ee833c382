"""Predictions over HTTP: who may send them, what a wrong row does, and what a list costs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tasks.models import Prediction
from tasks.services import predictions
from tests.factories import make_batch, make_item, make_member, make_task

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/predictions/"
# The session and its person, the role, project, model version, rules and items; in one transaction
# the lock, what is known, new rows, changed rows and the event.
MOST_STATEMENTS = 16


@pytest.fixture
def mei(client, team):
    manager = make_member(team, "manager")
    client.force_login(manager)
    return manager


def body(project, *rows, **over):
    return {"project": project.slug, "model": "m", "model_version": "1", "predictions": rows} | over


def post(client, sent):
    return client.post(ADDRESS, sent, content_type="application/json")


def row(item, label="robin", **over):
    return {"item": item.external_id, "answer": {"species": label}, **over}


def test_sent_twice_it_is_stored_once(client, mei, project):
    sent = body(project, row(make_item(project)), row(make_item(project), score=0.4))
    assert post(client, sent).json() == {"added": 2, "unchanged": 0, "replaced": 0}
    assert post(client, sent).json() == {"added": 0, "unchanged": 2, "replaced": 0}


def test_one_wrong_row_stores_none_and_is_named(client, mei, project):
    item = make_item(project)
    answered = post(client, body(project, row(item), row(item, "crow")))
    assert answered.status_code == 400
    assert (answered.json()["row"], answered.json()["field"]) == (2, "answer.species")
    assert not Prediction.objects.exists()


def test_a_thousand_at_once_and_no_more(client, mei, project):
    item = make_item(project)
    assert post(client, body(project, *[row(item)] * 1_000)).status_code == 200
    refused = post(client, body(project, *[row(item)] * 1_001))
    assert (refused.status_code, refused.json()["field"]) == (400, "predictions")


def test_a_list_costs_the_same_statements_however_long_it_is(client, mei, project):
    items = [make_item(project) for _number in range(40)]
    post(client, body(project, row(items[0])))
    costs = []
    for some in (items[:3], items):
        sent = [row(item, "wren", score=0.5) for item in some]
        changed = [row(item, "robin") for item in some]
        for rows in (sent, sent, changed):
            with CaptureQueriesContext(connection) as captured:
                assert post(client, body(project, *rows)).status_code == 200
            costs.append(len(captured))
    assert costs[:3] == costs[3:]
    assert max(costs) <= MOST_STATEMENTS
    stored = Prediction.objects.values_list("answer__species", "score")
    assert set(stored) == {("robin", None)}


@pytest.mark.parametrize("rows", [[3], [{}, None], "abc", {}, []])
def test_a_list_of_something_else_is_refused(client, mei, project, rows):
    refused = post(client, body(project, predictions=rows))
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid")
    assert refused.json()["field"].startswith("predictions")


def test_annotators_send_none(client, project, ana):
    client.force_login(ana)
    assert post(client, body(project, row(make_item(project)))).status_code == 404


def test_the_page_is_told_the_suggestion_it_may_show(client, project, team, ana):
    batch = make_batch(project, team, suggestions="shown", blind_percent=0)
    task = make_task(batch)
    model = predictions.get_model_version(project, name="m", version="1", by=ana)
    Prediction.objects.create(
        model_version=model,
        item=task.item,
        answer={"species": "wren"},
        score=0.7,
        created_at=task.item.created_at,
    )
    client.force_login(ana)
    [given] = client.post("/api/v1/assignments/next/", {}, content_type="application/json").json()
    assert given["suggestion"] == {"mode": "shown", "answer": {"species": "wren"}, "score": 0.7}
