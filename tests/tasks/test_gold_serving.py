"""Gold comes among the work: at its rate, once a person, balanced, and to nobody else."""

import random
import uuid
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from labelops.errors import Conflict
from tasks.models import (
    Assignment,
    GoldItem,
    GoldServing,
    Qualification,
    ReservedItem,
    Task,
)
from tasks.services import (
    assignments,
    batches,
    gold,
    gold_serving,
    handout,
    item_reports,
    leases,
    questions,
    recounts,
    withdrawals,
)
from tasks.services.annotations import submit
from tasks.services.reservations import reserve
from tests.factories import (
    make_batch,
    make_gold,
    make_item,
    make_labeled_task,
    make_member,
    make_task,
)

pytestmark = pytest.mark.django_db
SEED = 20261127


class Always(random.Random):
    """Gold is due at every place that has a rate at all."""

    def random(self):
        return 0.0


class Never(random.Random):
    """It is never due."""

    def random(self):
        return 0.99


@pytest.fixture
def batch(project, team):
    batch = make_batch(project, team, overlap=2, gold_percent=10)
    for _number in range(4):
        make_task(batch)
    return batch


def next_of(person, count=1, rng=None):
    return handout.next_assignments(person, count=count, rng=rng or Always(SEED)).assignments


def gold_of(person, **over):
    [held] = next_of(person, **over)
    assert held.task.state == Task.State.GOLD
    return held


def answer(held, person, label="robin"):
    return submit(held.public_id, answer={"species": label}, request_id=uuid.uuid4(), by=person)


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
    assert gold_serving.serve(ana, other, 5, version_id=1, level=None, **moment()) == []
    assert gold_of(bo).task.state == Task.State.GOLD


def moment():
    return {"now": timezone.now(), "rng": Always(SEED)}


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
        gold_serving.serve(
            person, batch, 40, version_id=1, level=level, now=timezone.now(), rng=rng
        )
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
        gold_serving.serve(ana, batch, 2, version_id=1, level=None, **moment())
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
    assert made.item not in batches.items_without_batch(project)
    assert batches.add_items(batch, [made.item_id], by=elena) == 0


def test_without_work_there_is_no_gold(project, team, ana):
    make_batch(project, team, gold_percent=50)
    make_gold(project)
    assert next_of(ana) == []


ENDINGS = {
    "released": lambda held, person: assignments.release(held, by=person),
    "expired": lambda held, person: leases.expire_leases(now=timezone.now() + timedelta(hours=2)),
    "revoked": lambda held, person: leases.revoke_person(person, by=None, reason="a break"),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_freed_slot_waits_for_its_person_alone(batch, project, ana, bo, ending):
    make_gold(project)
    held = gold_of(ana)
    assignments.save_draft(held, {"species": "wren"}, by=ana)
    ENDINGS[ending](held, ana)
    held.refresh_from_db()
    assert held.state == ending
    later = timezone.now() + timedelta(days=3)
    others = handout.next_assignments(bo, count=9, rng=Never(), now=later)
    kept = Assignment.objects.get(task=held.task, state="open")
    assert kept.public_id not in {row.public_id for row in others.assignments}
    [again] = next_of(ana)
    assert (again.task, again.draft_answer) == (held.task, {"species": "wren"})
    assert GoldServing.objects.filter(person=ana).count() == 1


def test_what_is_kept_for_somebody_else_is_no_reason_to_look_again(project, team, ana, bo):
    batch = make_batch(project, team, overlap=1, gold_percent=10)
    make_gold(project)
    make_task(batch)
    assignments.release(gold_of(ana), by=ana)
    for held in next_of(bo, rng=Never()):
        answer(held, bo)
    nothing = handout.next_assignments(bo)
    assert (nothing.assignments, nothing.reason) == (
        [], "You have done everything that is open to you. Thank you!",
    )  # fmt: skip


def test_a_skipped_one_is_not_offered_again_and_never_goes_to_an_expert(batch, project, team):
    make_gold(project)
    for _number in range(4):
        person = make_member(team)
        held = gold_of(person)
        assignments.skip(held, reason="too_hard", by=person)
        assert next_of(person, rng=Never())[0].task_id != held.task_id
    held.task.refresh_from_db()
    assert held.task.state == Task.State.GOLD
    assert not Assignment.objects.filter(task=held.task, state="open").exists()


def test_a_report_of_the_item_ends_it_like_any_other(batch, project, ana):
    make_gold(project)
    held = gold_of(ana)
    item_reports.report_item(held, reason="truncated", by=ana)
    held.task.refresh_from_db()
    held.refresh_from_db()
    assert (held.task.state, held.state) == (Task.State.GOLD, "skipped")


def test_an_answer_is_taken_back_like_any_other(batch, project, ana):
    make_gold(project)
    held = gold_of(ana)
    answer(held, ana)
    again = withdrawals.withdraw(held.public_id, by=ana)
    again.task.refresh_from_db()
    assert (again.state, again.task.state) == ("leased", Task.State.GOLD)
    answer(held, ana, "wren")
    assert list(recounts.recount(batch)) == []


def test_a_second_answer_is_refused_like_any_other(batch, project, ana):
    make_gold(project)
    held = gold_of(ana)
    answer(held, ana)
    with pytest.raises(Conflict) as error:
        answer(held, ana)
    assert error.value.code == "already_submitted"


def test_a_question_over_gold_comes_back_to_its_asker_alone(batch, project, ana, bo, elena):
    make_gold(project)
    held, others = gold_of(ana), gold_of(bo)
    question = questions.ask(held, text="Is a puppet a robin?", by=ana)
    held.task.refresh_from_db()
    assert held.task.state == Task.State.GOLD
    assert next_of(ana, rng=Never())[0].task_id != held.task_id
    answer(others, bo)
    questions.answer(question, text="No: a puppet is no bird.", by=elena)
    back = Assignment.objects.get(task=held.task, state="open")
    assert (back.offered_to, back.offered_until) == (ana, None)
    given = next_of(ana, count=2, rng=Never())
    assert held.task_id in {row.task_id for row in given}
    held.task.refresh_from_db()
    assert held.task.state == Task.State.GOLD


def test_a_closed_question_gives_the_gold_back_too(batch, project, ana, elena):
    make_gold(project)
    held = gold_of(ana)
    question = questions.ask(held, text="Is a puppet a robin?", by=ana)
    questions.close(question, reason="See the instructions.", by=elena)
    assert Assignment.objects.get(task=held.task, state="open").offered_to == ana


def test_an_item_that_an_expert_excludes_is_suspended_as_gold(batch, project, ana, elena):
    made = make_gold(project)
    held = gold_of(ana)
    question = questions.ask(held, text="Is this a bird at all?", by=ana)
    questions.exclude_item(question, text="It cannot be seen.", by=elena)
    made.refresh_from_db()
    held.task.refresh_from_db()
    assert (made.state, held.task.state) == (GoldItem.State.SUSPENDED, Task.State.GOLD)
    assert not Assignment.objects.filter(task=held.task, state__in=["open", "parked"]).exists()


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
    assert make_item(project) in batches.items_without_batch(project)
    assert made.item in batches.items_without_batch(project)
    gold.add(made.item, label_class="wren", by=elena, state=GoldItem.State.ACTIVE)
    made.refresh_from_db()
    assert (made.state, made.label_class) == (GoldItem.State.ACTIVE, "wren")
    assert made.item not in batches.items_without_batch(project)
