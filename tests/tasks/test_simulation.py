"""Simulated annotators: their answers are valid, and the command drives a real server."""

import json
import random

import pytest
from django.core.management import call_command

from labelops.latencies import summary
from reviews.demo import schemas
from tasks.kinds.answer import validate_answer
from tasks.kinds.items import ItemFacts
from tasks.kinds.samples import sample_answer
from tasks.kinds.schema import validate_schema
from tests.factories import make_project, make_team
from tests.stack import Stack

TEXT = ItemFacts("text", text="A small bird on a branch.")
IMAGE = ItemFacts("image", width=640, height=480)


@pytest.mark.parametrize(
    ("schema", "item"),
    [
        (getattr(schemas, name), IMAGE if name in {"DIGITS", "SCENES"} else TEXT)
        for name in dir(schemas)
        if name.isupper() and isinstance(getattr(schemas, name), dict)
    ],
)
def test_every_sample_is_a_valid_answer(schema, item):
    normal = validate_schema(schema, item.type)
    rng = random.Random(7)
    for _number in range(200):
        validate_answer(normal, sample_answer(normal, item, rng), item)


def test_the_same_generator_gives_the_same_answers():
    schema = {"controls": [{"name": "n", "type": "rating", "min": 1, "max": 9}]}
    first, second = random.Random(3), random.Random(3)
    assert sample_answer(schema, TEXT, first) == sample_answer(schema, TEXT, second)


def test_percentiles_are_by_nearest_rank():
    assert summary([number / 1000 for number in range(1, 101)]) == {
        "n": 100,
        "p50": 50.0,
        "p95": 95.0,
        "p99": 99.0,
        "max": 100.0,
    }


@pytest.mark.django_db
def test_without_a_running_batch_the_command_says_what_to_do(capsys):
    project = make_project(make_team())
    with pytest.raises(SystemExit):
        call_command("simulate", project.slug)
    assert "Start a batch first" in capsys.readouterr().err


SETUP = """
from tests.factories import *
team = make_team()
project = make_project(team, slug="birds")
make_instruction(project)
batch = make_batch(project, team, overlap=2)
for _number in range(300):
    make_task(batch)
"""
LEFT = """
from tasks.models import Annotation, Batch
from tasks.services.recounts import recount
print(Annotation.objects.count(), len(recount(Batch.objects.get())))
"""


@pytest.mark.slow
@pytest.mark.once
def test_it_labels_over_http_without_an_error():
    stack = Stack().start()
    try:
        stack.shell(SETUP)
        told = stack.manage(
            "simulate", "birds", "--annotators", "4", "--minutes", "0.08", "--json",
            "--url", stack.url,
        )  # fmt: skip
        result = json.loads(told)
        assert result["error_count"] == 0
        assert result["answers"] > 5
        stored, drifted = stack.shell(LEFT).split()[-2:]
        assert (int(stored), int(drifted)) == (result["answers"], 0)
    finally:
        stack.stop()
