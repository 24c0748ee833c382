"""Whoever knows the answers does better where they may be known; the gold then changes."""

import random

import pytest
from django.utils import timezone

from labelops.accounts.models import Role
from labelops.errors import Conflict
from reviews.models import GoldLeak, Measurement
from reviews.quality.gold import Share, halves, is_leak
from reviews.services import gold_leaks
from tasks.models import GoldItem
from tests.factories import (
    make_annotation,
    make_batch,
    make_gold,
    make_gold_answer,
    make_member,
    make_published_project,
    make_task,
    make_team,
)

SEED = 20261127


def test_honest_people_are_seldom_suspected():
    """Two comparisons a night of 60 answers each, of people whose skill does not change."""
    rng = random.Random(SEED)
    suspected = 0
    for _person in range(1_000):
        outcomes = [(number, rng.random() < 0.85) for number in range(60)]
        suspected += is_leak(*halves(outcomes))
    assert suspected / 1_000 < 0.02


def test_whoever_knows_the_worn_answers_is_found():
    rng = random.Random(SEED)
    found = sum(
        is_leak(*halves([(n, rng.random() < (0.7 if n < 50 else 1.0)) for n in range(100)]))
        for _person in range(200)
    )
    assert found / 200 > 0.9


def test_a_clear_difference_of_few_answers_is_no_leak():
    assert not is_leak(Share(3, 4), Share(4, 4))
    assert not is_leak(Share(0, 0), Share(9, 9))


def test_less_than_ten_points_are_no_leak_however_many_answers():
    assert not is_leak(Share(8_500, 10_000), Share(9_400, 10_000))


@pytest.fixture
def world(db):
    team = make_team()
    project = make_published_project(team)
    batch = make_batch(project, team, overlap=1)
    return project, batch, make_member(team), make_member(team, Role.MANAGER)


def put(annotation, project, is_right, source):
    Measurement.objects.create(
        project=project,
        person=annotation.author,
        annotation=annotation,
        source=source,
        is_right=is_right,
        score=1,
        measured_at=timezone.now(),
    )


def on_gold(world, outcomes):
    """(how many had met it, whether it was right) of one person."""
    project, batch, person, _manager = world
    for earlier, is_right in outcomes:
        made = make_gold(project)
        GoldItem.objects.filter(pk=made.pk).update(served_count=earlier + 1)
        held = make_gold_answer(made, batch, person, "robin", earlier_count=earlier)
        put(held.annotation, project, is_right, "gold")


def test_better_on_worn_gold_rotates_the_most_used_half_and_tells_once(world):
    project = world[0]
    on_gold(world, [(number, number >= 6) for number in range(12)])
    untouched = make_gold(project)
    now = timezone.now()
    assert (gold_leaks.check_project(project, now=now), gold_leaks.check_leaks(now=now)) == (1, 0)
    leak = GoldLeak.objects.get()
    assert (leak.person, leak.pattern, leak.rotated_count) == (world[2], "later", 6)
    assert leak.figures == {"fresh": {"right": 0, "n": 6}, "exposed": {"right": 6, "n": 6}}
    active = project.gold_items.filter(state="active")
    assert untouched in active
    assert max(active.values_list("served_count", flat=True)) == 6


def test_better_on_gold_than_in_audits_is_a_leak(world):
    project, batch, person, _manager = world
    on_gold(world, [(0, True)] * 12)
    for number in range(12):
        annotation = make_annotation(make_task(batch), person, {"species": "robin"})
        put(annotation, project, number < 5, "audit")
    assert gold_leaks.check_leaks() == 1
    assert GoldLeak.objects.get().pattern == "audit"


def test_void_measurements_prove_nothing(world):
    on_gold(world, [(number, number >= 6) for number in range(12)])
    Measurement.objects.update(is_void=True)
    assert gold_leaks.check_leaks() == 0


def test_whoever_looked_into_it_says_so_once(world):
    _project, _batch, _person, manager = world
    on_gold(world, [(number, number >= 6) for number in range(12)])
    gold_leaks.check_leaks()
    leak = gold_leaks.close(GoldLeak.objects.get(), note="They shared a screen.", by=manager)
    assert leak.closed_by == manager
    with pytest.raises(Conflict):
        gold_leaks.close(leak, note="Again.", by=manager)
    assert gold_leaks.check_leaks() == 0
