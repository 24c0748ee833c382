"""Many people at once on real connections: no task too often, none twice to one, none stranded."""

import os
import random
import threading
import uuid

import pytest
from django.db import connection
from django.db.models import Count, F

from labelops.errors import Conflict
from tasks.models import Assignment, Task
from tasks.services import annotations, assignments, handout, leases
from tasks.services.recounts import recount
from tests.factories import (
    make_batch,
    make_member,
    make_published_project,
    make_task,
    make_team,
)

IS_LONG = bool(os.environ.get("LABELOPS_SOAK"))
PEOPLE = 64 if IS_LONG else 12
TASKS = 6_000 if IS_LONG else 60
OVERLAP = 3
SEED = 20261123
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        os.environ.get("LABELOPS_TEST_DATABASE") != "postgresql",
        reason="several connections at once: LABELOPS_TEST_DATABASE=postgresql",
    ),
]


def work(person, seed, counts, errors):
    """Take until there is nothing, with skips, releases, late and repeated submits."""
    rng = random.Random(seed)
    try:
        while given := handout.next_assignments(person, count=rng.randint(1, 3)).assignments:
            for assignment in given:
                counts["leases"] += 1
                step(person, assignment, rng, counts)
    except Exception as error:
        errors.append(repr(error))
    finally:
        connection.close()


def step(person, assignment, rng, counts):
    chance = rng.random()
    try:
        if chance < 0.05:
            assignments.skip(assignment, reason="too_hard", by=person)
        elif chance < 0.15:
            assignments.release(assignment, by=person)
        else:
            sent = {"answer": {"species": rng.choice(["robin", "wren"])}, "by": person}
            key = uuid.UUID(int=rng.getrandbits(128), version=4)
            annotations.submit(assignment.public_id, request_id=key, **sent)
            counts["answers"] += 1
            if chance > 0.9:
                assert annotations.submit(assignment.public_id, request_id=key, **sent).is_replay
        if chance > 0.97:
            leases.expire_leases()
    except Conflict as refused:
        counts[refused.code] = counts.get(refused.code, 0) + 1


def test_racing_people_get_each_task_once_and_all_of_them():
    print(f"seed {SEED}")
    team = make_team()
    project = make_published_project(team)
    batch = make_batch(project, team, overlap=OVERLAP)
    for _number in range(TASKS):
        make_task(batch)
    people = [make_member(team) for _number in range(PEOPLE)]
    counts = [{"leases": 0, "answers": 0} for _person in people]
    errors: list[str] = []
    threads = [
        threading.Thread(target=work, args=[person, f"{SEED}-{number}", counts[number], errors])
        for number, person in enumerate(people)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Whoever stopped because everything was taken for a moment comes back for the rest.
    for number, person in enumerate(people):
        work(person, f"{SEED}-again-{number}", counts[number], errors)
    assert errors == []
    print({name: sum(count.get(name, 0) for count in counts) for name in counts[0]})
    live = Assignment.objects.filter(stage="annotate", state__in=["open", "leased", "submitted"])
    slots = live.values("task", "round").annotate(count=Count("pk"))
    assert not slots.filter(count__gt=F("task__batch__overlap")).exists()
    twice = live.exclude(state="open").values("task", "round", "annotator")
    assert not twice.annotate(count=Count("pk")).filter(count__gt=1).exists()
    left = Task.objects.filter(state__in=["pending", "labeling"], labels_missing__gt=0)
    assert list(left) == []
    assert recount(batch) == []
