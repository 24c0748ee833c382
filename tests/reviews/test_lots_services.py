"""Lots: the labels and the sample that are fixed, who looks at it, and how severe the plan is."""

import random

import numpy as np
import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.errors import Conflict, DomainError, NotAllowed
from reviews.models import Consensus, Lot
from reviews.quality.acceptance import Plan
from reviews.quality.stratified_draw import draw
from reviews.services import (
    consensus,
    desk,
    lot_population,
    lot_samples,
    lots,
    queue,
    sampling,
)
from tasks.models import Assignment, Stage, Task
from tests.factories import make_batch, make_labeled_task, make_member, settle
from tests.reviews.lots import WIDE, House, decide

pytestmark = pytest.mark.django_db
OPEN_LOOKS = {"stage": Stage.REVIEW, "state": Assignment.State.OPEN}


@pytest.fixture
def house():
    return House()


def looks():
    return set(Assignment.objects.filter(**OPEN_LOOKS).values_list("task", flat=True))


def test_a_lot_fixes_its_labels_and_asks_about_a_sample_of_them(house):
    tasks = house.label(30)
    lot = house.open()
    assert (lot.size, lot.plan, lot.state) == (30, Plan(12, 1), Lot.State.SAMPLING)
    assert lot.members.tolist() == [task.pk for task in tasks]
    sampled = set(lot.items.values_list("task", flat=True))
    assert len(sampled) == 12
    assert looks() == sampled
    assert set(Task.objects.values_list("state", flat=True)) == {Task.State.ACCEPTED}
    event = Event.objects.get(verb="lot.opened")
    assert (event.actor, event.after["sample"], event.after["allowed"]) == (house.mei, 12, 1)


def test_whoever_knows_the_seed_draws_the_same_sample(house):
    house.label(20)
    house.label(10, label="wren", author=house.bo)
    strata = lot_population.collect(house.batch, None, most=1_000)
    lot = house.open()
    again = draw(strata, lot.sample_count, seed=lot.seed)
    assert list(lot.items.values_list("task", flat=True)) == [task for task, _stratum in again]


def test_the_sample_has_its_share_of_every_class_and_person(house):
    house.label(20)
    house.label(10, label="wren", author=house.bo)
    lot = house.open()
    assert lot.strata == {
        "classes": [["species", "robin", 20], ["species", "wren", 10]],
        "people": [[house.ana.pk, 20], [house.bo.pk, 10]],
    }
    by_ana = sum(item.stratum["people"] == [house.ana.pk] for item in lot.items.all())
    assert by_ana == 8
    assert lot.items.first().revision == 1


def test_what_an_expert_has_decided_counts_as_right_at_once(house):
    tasks = house.label(30)
    for task in tasks[:20]:
        settle(task, {"species": "wren"})
    lot = house.open()
    decided = set(lot.items.filter(outcome="right").values_list("task", flat=True))
    sampled = set(lot.items.values_list("task", flat=True))
    assert decided == sampled & {task.pk for task in tasks[:20]}
    assert lot.right_count == len(decided) > 0
    assert looks() == sampled - decided


def test_a_lot_that_experts_have_gone_through_before_ends_at_once(house):
    for task in house.label(30):
        settle(task, {"species": "wren"})
    assert house.open().state == Lot.State.ACCEPTED
    assert looks() == set()


def test_the_sample_comes_before_what_looks_risky(house):
    tasks = house.label(30)
    lot = house.open()
    sampled = set(lot.items.values_list("task", flat=True))
    other = next(task for task in tasks if task.pk not in sampled)
    Consensus.objects.filter(task=other).update(risk=0.99, draw=0.0)
    held = queue.next_review(house.xiu, rng=random.Random(1))
    assert held.task_id in sampled


def test_the_sample_is_served_in_the_order_of_the_draw(house):
    house.label(30)
    lot = house.open()
    drawn = list(lot.items.values_list("task", flat=True))
    assert drawn != sorted(drawn)
    served = []
    while len(served) < len(drawn):
        served.append(queue.next_review(house.xiu, batch=lot.batch))
        Assignment.objects.filter(pk=served[-1].pk).update(state=Assignment.State.SKIPPED)
    assert [held.task_id for held in served] == drawn
    assert set(lot_samples.unseen_tasks([lot.batch_id])) == set(drawn)
    assert not lot_samples.unseen_tasks([lot.batch_id + 1]).exists()


def test_nobody_inspects_the_lot_of_their_own_vendor(house):
    house.label(15)
    lot = house.open()
    sampled = set(lot.items.values_list("task", flat=True))
    vera = make_member(house.vendor, Role.REVIEWER)
    assert not set(queue.waiting(vera).values_list("task", flat=True)) & sampled
    for _number in range(15 - len(sampled)):
        held = queue.next_review(vera, rng=random.Random(2))
        assert held.task_id not in sampled
        decide(held, by=vera)
    assert queue.next_review(vera) is None
    assert queue.next_review(house.xiu).task_id in sampled


def test_looks_outside_the_sample_change_nothing(house):
    tasks = house.label(30)
    lot = house.open()
    sampled = set(lot.items.values_list("task", flat=True))
    other = next(task for task in tasks if task.pk not in sampled)
    sampling.note_decision(other, was_wrong=True)
    lot.refresh_from_db()
    assert lot.seen_count == 0


def test_a_decision_costs_the_same_in_a_lot_of_any_size(house):
    def cost(count):
        batch = make_batch(house.project, house.team, overlap=1)
        house.label(count, batch=batch)
        # Nobody before them in the random order: none comes into the random sample.
        Consensus.objects.update(draw=0.5)
        lot = house.open(batch=batch)
        held = queue.next_review(house.xiu, batch=batch)
        assert lot.items.filter(task=held.task_id).exists()
        with CaptureQueriesContext(connection) as captured:
            decide(held, by=house.xiu)
        return len(captured)

    # The first reads the rules once for all.
    cost(12)
    assert cost(12) == cost(40)


def test_one_lot_at_a_time(house):
    house.label(30)
    lot = house.open()
    with pytest.raises(Conflict) as refused:
        house.open()
    assert refused.value.code == "lot_open"
    with pytest.raises(IntegrityError), transaction.atomic():
        Lot.objects.filter(pk=lot.pk).update(
            packed_members=lot.packed_members, state="rejected", ended_at=None
        )
    assert house.open(team=house.vendor).number == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        Lot.objects.create(
            **{
                field.name: getattr(lot, field.name)
                for field in Lot._meta.fields
                if field.name not in {"id", "number"}
            },
            number=9,
        )


def test_an_accepted_lot_is_not_asked_about_again(house):
    first = house.label(12)
    house.ended(accepted=True)
    with pytest.raises(Conflict) as refused:
        house.open()
    assert refused.value.code == "nothing_to_sample"
    new = house.label(5)
    settle(first[0], {"species": "wren"}, source=Task.Source.VOTE)
    lot = house.open()
    # What was labeled anew since is new as well.
    assert lot.members.tolist() == [first[0].pk, *(task.pk for task in new)]


def test_a_rejected_lot_may_be_drawn_anew_and_both_stay(house):
    house.label(30)
    first = house.ended(accepted=False)
    second = house.open()
    assert (second.number, second.size) == (first.number + 1, 29 + 1)
    assert np.array_equal(first.members, second.members)
    assert Lot.objects.count() == 2


def test_a_lot_takes_the_oldest_labels_and_the_next_one_the_rest(house):
    tasks = house.label(16)
    lot = house.ended(accepted=True, most=12)
    assert lot.members.tolist() == [task.pk for task in tasks[:12]]
    assert house.open().members.tolist() == [task.pk for task in tasks[12:]]


def test_a_vendors_lot_has_the_labels_that_its_people_made_alone(house):
    batch = make_batch(house.project, house.team, house.vendor, overlap=2)
    carl = make_member(house.team)
    own = make_labeled_task(batch, "robin", "robin", authors=[house.ana, house.bo])
    make_labeled_task(batch, "robin", "robin", authors=[house.ana, carl])
    make_labeled_task(batch, "robin", "robin", authors=[carl, make_member(house.team)])
    consensus.assess_waiting()
    lot = house.open(batch=batch, team=house.vendor)
    assert lot.members.tolist() == [own.pk]
    assert house.open(batch=batch).size == 3


def test_severity_follows_from_the_lots_of_the_same_team(house):
    for _number in range(2):
        house.label(10)
        lot = house.ended(accepted=False, team=house.vendor)
    assert lot.severity == Lot.Severity.NORMAL
    house.label(30)
    tightened = house.open(team=house.vendor)
    assert tightened.severity == Lot.Severity.TIGHTENED
    assert tightened.allowed_count < house.open().allowed_count + 1
    assert house.batch.lots.get(team=None).severity == Lot.Severity.NORMAL


def end_many(house, *states):
    """Lots of the vendor that ended, as rows."""
    lot = house.open(team=house.vendor)
    lots.cancel_lot(lot, reason="No use.", by=house.mei)
    fields = {
        field.name: getattr(lot, field.name) for field in Lot._meta.fields if field.name != "id"
    }
    for number, state in enumerate(states, lot.number + 1):
        now = timezone.now()
        Lot.objects.create(**fields | {"number": number, "state": state, "ended_at": now})


def test_after_ten_accepted_lots_the_sample_is_smaller(house):
    house.label(30)
    end_many(house, *["accepted"] * 10)
    Lot.objects.update(opened_at=timezone.now() - timezone.timedelta(days=1))
    lot = house.open(team=house.vendor)
    assert (lot.severity, lot.plan) == (Lot.Severity.REDUCED, Plan(5, 1))


def test_a_stopped_vendor_needs_a_managers_word(house):
    house.label(30)
    end_many(house, *["rejected"] * 7)
    with pytest.raises(NotAllowed) as refused:
        house.open(team=house.vendor, by=house.xiu, reason="They promised.")
    assert refused.value.code == "lots_stopped"
    with pytest.raises(DomainError) as refused:
        house.open(team=house.vendor)
    assert refused.value.field == "reason"
    lot = house.open(team=house.vendor, reason="They have trained.")
    assert lot.severity == Lot.Severity.TIGHTENED
    assert Event.objects.filter(verb="lot.opened").first().reason == "They have trained."


@pytest.mark.parametrize(
    ("rates", "code"),
    [
        ({"aql_percent": 5, "ltpd_percent": 5}, "rates_in_order"),
        ({"aql_percent": -1}, "invalid"),
        ({"ltpd_percent": 101}, "invalid"),
        ({"producer_risk_percent": 0}, "invalid"),
    ],
)
def test_plans_that_promise_nothing_are_refused(house, rates, code):
    house.label(3)
    with pytest.raises(DomainError) as refused:
        house.open(rates=lots.Rates(**rates))
    assert refused.value.code == code
    assert not Lot.objects.exists()


def test_a_look_that_somebody_had_begun_counts(house):
    house.label(30)
    held = queue.next_review(house.xiu)
    lot = house.open(rates=lots.Rates(aql_percent=0, ltpd_percent=WIDE.ltpd_percent))
    if not lot.items.filter(task=held.task_id).exists():
        desk.decide(held, by=house.xiu, request_id=held.public_id, decision="accept")
        held = queue.next_review(house.xiu)
    decide(held, by=house.xiu)
    lot.refresh_from_db()
    assert lot.right_count == 1
