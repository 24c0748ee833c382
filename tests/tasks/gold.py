"""Gold for tests of the work engine: chance that always or never wants it, and who gets what."""

import random
import uuid

from django.utils import timezone

from tasks.models import Task
from tasks.services import gold_serving, handout
from tasks.services.annotations import submit

SEED = 20261127


class Always(random.Random):
    """Gold is due at every place that has a rate at all."""

    def random(self):
        return 0.0


class Never(random.Random):
    """It is never due."""

    def random(self):
        return 0.99


def next_of(person, count=1, rng=None):
    return handout.next_assignments(person, count=count, rng=rng or Always(SEED)).assignments


def gold_of(person, **over):
    [held] = next_of(person, **over)
    assert held.task.state == Task.State.GOLD
    return held


def answer(held, person, label="robin"):
    return submit(held.public_id, answer={"species": label}, request_id=uuid.uuid4(), by=person)


def served(person, batch, count, *, level=None, rng=None):
    version = batch.project.instruction_versions.get()
    return gold_serving.serve(
        person,
        batch,
        count,
        version_id=version.pk,
        level=level,
        now=timezone.now(),
        rng=rng or Always(SEED),
    )
