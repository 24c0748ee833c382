"""Gold comes among the work: at its rate, once a person, and balanced."""

import random
from collections import Counter

import pytest
from django.utils import timezone

from tasks.models import GoldItem, GoldServing, Qualification, ReservedItem, Task
from tasks.services import batch_items, gold, gold_serving, recounts
from tasks.services.reservations import reserve
from tests.factories import (
    make_batch,
    make_gold,
    make_item,
    make_labeled_task,
    make_member,
    make_task,
)
from tests.tasks.gold import SEED, answer, gold_of, next_of, served

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(project, team):
    batch = make_batch(project, team, overlap=2, gold_percent=10)
    for _number in range(4):
        make_task(batch)
    return batch


def test_gold_is_served_among_the_work_and_counted_as_no_task(batch, project, ana):
    made = make_gold(project)
    held = gold_of(ana)
    assert held.task.item_id == made.item_id
    answer(held, ana)
    held.task.refresh_from_db()
    made.refresh_from_db()
    assert (held.task.state, made.served_count) == (Task.State.GOLD, 1)
    assert batch.progress.pending_count == 4
    assert list(recounts.recount(batch)) == []


def test_nobody_meets_one_gold_item_twice_in_whatever_batch(batch, project, team, ana, bo):
    make_gold(project)
    answer(gold_of(ana), ana)
    other = make_batch(project, team, gold_percent=50)
    make_task(other)
    assert served(ana, other, 5) == []
    assert gold_of(bo).task.state == Task.State.GOLD


def test_the_rate_is_the_larger_of_the_batchs_and_the_levels(batch):
    rates = [gold_serving.rate(batch, level) for level in (None, 0, 1, 2, 3, 4, 5)]
    assert rates == [10, 20, 20, 10, 10, 10, 10]
    batch.gold_percent = 0
    rates = [gold_serving.rate(batch, level) for level in (None, 0, 1, 2, 3, 4, 5)]
    assert rates == [0, 20, 20, 10, 4, 2, 2]


def test_the_rate_is_met_over_many_tasks(batch):
    rng = random.Random(SEED)
    due = sum(gold_serving.due(batch, None, 3, rng) for _call in range(2_000))
    assert 0.09 < due / 6_000 < 0.11


def test_half_of_the_gold_of_beginners_teaches_and_nobody_elses(batch, project, elena):
    for _number in range(40):
        make_gold(project)
    rng, shares = random.Random(SEED), {}
    for level in (None, 1, 3):
        person = make_member(batch.teams.get())
        served(person, batch, 40, level=level, rng=rng)
        servings = GoldServing.objects.filter(person=person)
        shares[level] = servings.filter(is_teaching=True).count() / servings.count()
    assert 0.25 < shares.pop(1) < 0.75
    assert set(shares.values()) == {0}


def test_classes_are_balanced_for_a_person_though_the_pool_is_not(batch, project, ana):
    for _number in range(20):
        make_gold(project, "robin")
    for _number in range(5):
        make_gold(project, "wren")
    for _call in range(5):
        served(ana, batch, 2)
    met = Counter(GoldServing.objects.values_list("gold__label_class", flat=True))
    assert met == {"robin": 5, "wren": 5}


def test_what_was_served_least_comes_first(batch, project, team, ana):
    used, fresh = make_gold(project), make_gold(project)
    GoldItem.objects.filter(pk=used.pk).update(served_count=3)
    assert gold_of(ana).task.item_id == fresh.item_id


def test_it_is_chance_which_of_the_equals_comes(batch, project, team):
    for _number in range(6):
        make_gold(project)
    first = {
        tuple(gold_serving._pick(make_member(team), batch, 1, random.Random(seed)))
        for seed in range(12)
    }
    assert len(first) > 2


def test_after_thirty_people_it_retires_and_is_free_for_other_uses(batch, project, ana):
    made = make_gold(project)
    GoldItem.objects.filter(pk=made.pk).update(served_count=gold_serving.SERVINGS_MOST - 1)
    gold_of(ana)
    made.refresh_from_db()
    assert made.state == GoldItem.State.RETIRED
    assert not ReservedItem.objects.filter(item=made.item, purpose="gold").exists()


@pytest.mark.parametrize("state", ["proposed", "suspended", "retired"])
def test_only_what_is_in_use_is_served(batch, project, ana, state):
    make_gold(project, state=state)
    assert next_of(ana)[0].task.state != Task.State.GOLD


def test_what_a_person_knows_or_has_met_is_not_served_to_them(batch, project, team, ana, bo):
    known = make_gold(project)
    known.known_to.add(ana)
    done = make_labeled_task(make_batch(project, team), "robin", "robin", authors=[ana, bo])
    Task.objects.filter(pk=done.pk).update(state=Task.State.ACCEPTED)
    make_gold(project, item=done.item)
    assert next_of(ana)[0].task.state != Task.State.GOLD
    assert gold_of(bo).task.item == known.item


def test_what_is_at_work_in_doubt_or_taught_with_is_not_served(batch, project, elena, ana):
    at_work = make_task(make_batch(project))
    make_gold(project, item=at_work.item)
    doubted = make_task(make_batch(project))
    version = project.instruction_versions.get()
    Task.objects.filter(pk=doubted.pk).update(state="accepted", stale_version=version)
    make_gold(project, item=doubted.item)
    shown = make_gold(project)
    reserve([shown.item], ReservedItem.Purpose.LESSON, by=elena)
    shown.refresh_from_db()
    assert shown.state == GoldItem.State.RETIRED
    assert next_of(ana)[0].task.state != Task.State.GOLD


def test_gold_is_kept_out_of_new_work(batch, project, elena):
    made = make_gold(project)
    assert made.item not in batch_items.items_without_batch(project)
    assert batch_items.add_items(batch, [made.item_id], by=elena) == 0


def test_without_work_there_is_no_gold(project, team, ana):
    make_batch(project, team, gold_percent=50)
    make_gold(project)
    assert next_of(ana) == []


def test_a_level_brings_gold_into_a_batch_without_a_rate(project, team, ana, elena):
    batch = make_batch(project, team)
    make_task(batch)
    make_gold(project)
    Qualification.objects.create(
        project=project, person=ana, level=1, set_by=elena, set_at=timezone.now()
    )
    assert gold_of(ana).batch == batch


def test_retiring_and_using_again_says_so_in_the_history(project, elena):
    made = make_gold(project)
    gold.move(made, GoldItem.State.RETIRED, by=elena, reason="too easy")
    assert make_item(project) in batch_items.items_without_batch(project)
    assert made.item in batch_items.items_without_batch(project)
    gold.add(made.item, label_class="wren", by=elena, state=GoldItem.State.ACTIVE)
    made.refresh_from_db()
    assert (made.state, made.label_class) == (GoldItem.State.ACTIVE, "wren")
    assert made.item not in batch_items.items_without_batch(project)
