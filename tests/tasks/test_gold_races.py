"""Many at once on real connections: nobody meets gold twice, and no two share a slot."""

import os
import threading
import uuid
from collections import Counter

import pytest
from django.db import connection

from tasks.models import Assignment, GoldItem, GoldServing, Task
from tasks.services import annotations, gold_serving, handout
from tests.factories import (
    make_batch,
    make_gold,
    make_member,
    make_published_project,
    make_task,
    make_team,
)

PEOPLE = 8
POOL = 6
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        os.environ.get("LABELOPS_TEST_DATABASE") != "postgresql",
        reason="several connections at once: LABELOPS_TEST_DATABASE=postgresql",
    ),
]


@pytest.fixture
def batch(monkeypatch):
    """Every second task that anybody takes is gold, as long as there is some."""
    team = make_team()
    project = make_published_project(team)
    batch = make_batch(project, team, overlap=PEOPLE, gold_percent=50)
    for _number in range(12):
        make_task(batch)
    for _number in range(POOL):
        make_gold(project)
    monkeypatch.setattr(gold_serving, "due", lambda batch, level, count, rng: count)
    return batch


def work(person, errors):
    try:
        for _turn in range(6):
            given = handout.next_assignments(person, count=2).assignments
            for held in given:
                sent = {"answer": {"species": "robin"}, "request_id": uuid.uuid4(), "by": person}
                annotations.submit(held.public_id, **sent)
    except Exception as error:
        errors.append(repr(error))
    finally:
        connection.close()


def run(people):
    errors = []
    threads = [threading.Thread(target=work, args=(person, errors)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def test_many_people_at_the_pool_at_once(batch):
    people = [make_member(batch.teams.get()) for _number in range(PEOPLE)]
    assert run(people) == []
    served = Counter(GoldServing.objects.values_list("gold", flat=True))
    counted = dict(GoldItem.objects.values_list("pk", "served_count"))
    assert served
    assert {gold: served[gold] for gold in counted} == counted
    # The database forbids these two; that nothing was refused is what the lock is for.
    slots = Assignment.objects.filter(task__state=Task.State.GOLD).values_list("task", "slot")
    assert len(set(slots)) == len(slots) == sum(served.values())
    by_batch = Task.objects.filter(batch=batch, state=Task.State.GOLD).values_list("item")
    assert len(set(by_batch)) == len(by_batch)


def test_one_person_in_four_tabs_never_meets_gold_twice(batch):
    person = make_member(batch.teams.get())
    errors = run([person] * 4)
    # A tab may find that another one has answered already; that is no second meeting.
    assert all("already_submitted" in error or "answered" in error for error in errors), errors
    servings = GoldServing.objects.filter(person=person)
    assert servings.count() == servings.values("gold").distinct().count() <= POOL
    assert set(GoldItem.objects.values_list("served_count", flat=True)) <= {0, 1}
