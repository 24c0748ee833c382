"""What the two hot paths cost: statements after authentication, whatever the number of tasks."""

import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tasks.services import gold_serving
from tests.factories import (
    make_batch,
    make_gold,
    make_member,
    make_published_project,
    make_task,
    make_team,
)

pytestmark = pytest.mark.django_db
NEXT_STATEMENTS = 4
# The pool, who met what, its lock, the gold tasks made and read, slots, servings, the counts.
GOLD_STATEMENTS = 8
SUBMIT_STATEMENTS = 6
NOT_COUNTED = re.compile(r'^(SAVEPOINT|RELEASE|BEGIN)|FROM "(django_session|accounts_user)"')


def statements(call):
    if connection.vendor == "postgresql":
        # A prepared statement leaves no text behind by which to know it.
        connection.connection.prepare_threshold = None
    with CaptureQueriesContext(connection) as captured:
        response = call()
    assert response.status_code in (200, 201), response.content
    return [query["sql"] for query in captured if not NOT_COUNTED.search(query["sql"])]


@pytest.mark.parametrize("task_count", [3, 60])
def test_next_and_submit_cost_the_same_for_any_number_of_tasks(client, task_count):
    team = make_team()
    project = make_published_project(team)
    batch = make_batch(project, team, overlap=2)
    for _number in range(task_count):
        make_task(batch)
    ana = make_member(team)
    client.force_login(ana)
    address = reverse("api_assignment_next")

    def lease():
        return client.post(address, {"count": 1}, content_type="application/json")

    def submit(assignment):
        return client.post(
            reverse("api_assignment_submit", args=[assignment]),
            {"request_id": str(uuid.uuid4()), "answer": {"species": "robin"}},
            content_type="application/json",
        )

    # The first round fills the cache of versions and makes the person's tally.
    submit(lease().json()[0]["assignment"])
    given = []

    def lease_and_keep():
        response = lease()
        given.extend(response.json())
        return response

    taken = statements(lease_and_keep)
    assert len(taken) == NEXT_STATEMENTS, taken
    sent = statements(lambda: submit(given[0]["assignment"]))
    assert len(sent) == SUBMIT_STATEMENTS, sent


@pytest.mark.parametrize("pool_size", [3, 80])
def test_gold_costs_the_same_whatever_the_pool_and_the_number(client, monkeypatch, pool_size):
    team = make_team()
    project = make_published_project(team)
    batch = make_batch(project, team, gold_percent=10)
    for _number in range(9):
        make_task(batch)
    for _number in range(pool_size):
        make_gold(project)
    client.force_login(make_member(team))
    address = reverse("api_assignment_next")

    def lease(count, gold_count):
        monkeypatch.setattr(gold_serving, "due", lambda *_all: gold_count)
        return client.post(address, {"count": count}, content_type="application/json")

    lease(1, 0)
    for count, gold_count in ((3, 1), (6, 2)):
        taken = statements(lambda count=count, due=gold_count: lease(count, due))
        assert len(taken) == NEXT_STATEMENTS + GOLD_STATEMENTS, taken
