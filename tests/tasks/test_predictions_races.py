"""Several clients send predictions of the same items at once, on real connections."""

import os
import threading
from collections import Counter

import pytest
from django.db import connection
from django.test import Client

from labelops.audit.models import Event
from tasks.models import ModelVersion, Prediction
from tests.factories import make_item, make_member, make_published_project, make_team

CLIENTS, LISTS, ITEMS = 4, 3, 60
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        os.environ.get("LABELOPS_TEST_DATABASE") != "postgresql",
        reason="several connections at once: LABELOPS_TEST_DATABASE=postgresql",
    ),
]


def test_all_are_answered_and_each_item_has_one_prediction():
    team = make_team()
    project = make_published_project(team)
    manager = make_member(team, "manager")
    names = [make_item(project).external_id for _number in range(ITEMS)]
    told, wrong = Counter(), []

    def send(number):
        client = Client()
        client.force_login(manager)
        label = ("robin", "wren")[number % 2]
        # Each in another order: what is locked in passing could meet head on.
        order = names[number * 7 :] + names[: number * 7]
        rows = [{"item": name, "answer": {"species": label}} for name in order]
        sent = {"project": project.slug, "model": "m", "model_version": "1", "predictions": rows}
        start.wait()
        for _turn in range(LISTS):
            answered = client.post("/api/v1/predictions/", sent, content_type="application/json")
            if answered.status_code != 200:
                wrong.append(answered.content)
                break
            told.update(answered.json())
        connection.close()

    start = threading.Barrier(CLIENTS)
    threads = [threading.Thread(target=send, args=[number]) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert told["added"] == Prediction.objects.count() == ITEMS
    assert sum(told.values()) == CLIENTS * LISTS * ITEMS
    assert ModelVersion.objects.count() == 1
    stored = Event.objects.filter(verb="predictions.imported").values_list("after", flat=True)
    assert sum((Counter(after) for after in stored), Counter())["replaced"] == told["replaced"]
