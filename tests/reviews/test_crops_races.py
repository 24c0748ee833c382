"""Crops confirmed and taken back at once, on real connections: one check an object."""

import os
import threading
import uuid

import pytest
from django.db import connection

from labelops.accounts.models import Role
from reviews.models import ObjectCheck
from reviews.services.object_checks import Mark, confirm_page
from reviews.services.object_checks_undo import take_back_page
from tasks.models import Assignment, Task
from tasks.services.recounts import recount
from tests.factories import make_batch, make_member, make_team
from tests.reviews.crops import crop, make_fish, make_fish_project

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        os.environ.get("LABELOPS_TEST_DATABASE") != "postgresql",
        reason="several connections at once: LABELOPS_TEST_DATABASE=postgresql",
    ),
]
REVIEWERS = 3
ROUNDS = 4


def review(person, project, names, errors):
    try:
        for _round in range(ROUNDS):
            marks = [Mark(name, "wrong", reason="extra_object") for name in names]
            fates = confirm_page(person, project, marks, value="pike", request_id=uuid.uuid4())
            fates += take_back_page(person, project, names[::-1], value="pike")
            errors += [fate.error for fate in fates if fate.error]
    except Exception as error:
        errors.append(repr(error))
    finally:
        connection.close()


def test_each_object_is_checked_once_and_every_task_comes_back():
    team = make_team()
    project = make_fish_project(team)
    batch = make_batch(project, team, overlap=1)
    author = make_member(team)
    tasks = [make_fish(batch, author, "pike", "pike") for _number in range(4)]
    names = [crop(task, number) for task in tasks for number in range(2)]
    errors = []
    threads = [
        threading.Thread(
            target=review, args=(make_member(team, Role.REVIEWER), project, names, errors)
        )
        for _number in range(REVIEWERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert not ObjectCheck.objects.standing().exists()
    assert set(Task.objects.values_list("state", flat=True)) == {"accepted"}
    assert not Assignment.objects.filter(stage="review", state="open").exists()
    assert recount(batch) == []
