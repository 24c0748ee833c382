"""For whoever has it before them, gold goes as any work does; nobody else ever sees their slot."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labelops.errors import Conflict
from tasks.models import Assignment, GoldItem, GoldServing, Task
from tasks.services import (
    assignments,
    handout,
    item_reports,
    leases,
    questions,
    recounts,
    withdrawals,
)
from tests.factories import make_batch, make_gold, make_member, make_task
from tests.tasks.gold import Never, answer, gold_of, next_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(project, team):
    batch = make_batch(project, team, overlap=2, gold_percent=10)
    for _number in range(4):
        make_task(batch)
    return batch


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
