"""Decisions that somebody else makes again, blind: who gets them, and what follows."""

import uuid

import pytest
from django.test import override_settings
from django.urls import reverse

from labelops.accounts.models import Role, Team
from labelops.audit.models import Event
from labelops.errors import Conflict
from reviews.models import Feedback, SecondLook
from reviews.services import queue, second_looks, second_opinions, undo
from tasks.models import Assignment, Stage, Task
from tasks.services import assignments, results
from tests.factories import make_batch, make_member, make_published_project, make_team
from tests.reviews.deciding import ROBIN, WREN, decide, decide_next, make_assessed_task, serves

pytestmark = pytest.mark.django_db

State = SecondLook.State


@pytest.fixture(autouse=True)
def every_decision(settings):
    settings.SECOND_REVIEW_PERCENT = 100


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def batch(team):
    return make_batch(make_published_project(team), team, overlap=2, review_percent=0)


@pytest.fixture
def people(team):
    return [make_member(team), make_member(team)]


@pytest.fixture
def experts(team):
    return [make_member(team, Role.EXPERT) for _number in range(3)]


@pytest.fixture
def disputed(batch, people):
    """One said wren, the other robin."""
    return make_assessed_task(batch, "wren", "robin", authors=people)


def look_of(task):
    return SecondLook.objects.get(task=task)


def test_a_drawn_decision_is_served_to_somebody_else(disputed, people, experts):
    first, second, _third = experts
    decide_next(first, "fix", answer=ROBIN)
    look = look_of(disputed)
    assert (look.kind, look.state, look.sampling_percent) == ("audit", "waiting", 100)
    assert serves(first) is None
    assert [serves(person) for person in people] == [None, None]
    assert serves(second) == disputed.pk


def test_the_same_decision_changes_nothing(disputed, experts):
    decide_next(experts[0], "fix", answer=ROBIN)
    before = Task.objects.get(pk=disputed.pk)
    entries = Feedback.objects.count()
    decide_next(experts[1], "fix", answer=ROBIN)
    after = Task.objects.get(pk=disputed.pk)
    assert look_of(disputed).state == State.UPHELD
    assert (after.result_revision, after.state) == (before.result_revision, before.state)
    assert Feedback.objects.count() == entries
    assert serves(experts[2]) is None


def test_two_who_differ_are_decided_between_by_a_third(disputed, experts):
    first, second, third = experts
    decide_next(first, "fix", answer=ROBIN)
    decide_next(second, "accept", answer=WREN)
    assert look_of(disputed).state == State.DISPUTED
    assert Task.objects.get(pk=disputed.pk).state == Task.State.IN_ADJUDICATION
    assert (serves(first), serves(second)) == (None, None)
    decide_next(third, "accept", answer=WREN)
    look = look_of(disputed)
    assert (look.state, look.second.reviewer) == (State.OVERTURNED, second)
    assert Task.objects.get(pk=disputed.pk).result_answer == WREN


def test_a_third_who_sides_with_the_first_upholds_it(disputed, experts):
    decide_next(experts[0], "fix", answer=ROBIN)
    decide_next(experts[1], "accept", answer=WREN)
    decide_next(experts[2], "accept", answer=ROBIN)
    assert look_of(disputed).state == State.UPHELD


def test_a_third_who_takes_their_word_back_may_side_with_the_other(disputed, experts):
    decide_next(experts[0], "fix", answer=ROBIN)
    decide_next(experts[1], "accept", answer=WREN)
    review = decide_next(experts[2], "accept", answer=WREN)
    again = undo.take_back(review.assignment.public_id, by=experts[2])
    look = look_of(disputed)
    assert (look.state, look.closed_at) == (State.DISPUTED, None)
    decide(again, "accept", answer=ROBIN)
    assert look_of(disputed).state == State.UPHELD


def test_without_a_third_the_second_decides(disputed, team):
    first, second = make_member(team, Role.EXPERT), make_member(team, Role.EXPERT)
    decide_next(first, "fix", answer=ROBIN)
    decide_next(second, "accept", answer=WREN)
    assert look_of(disputed).state == State.OVERTURNED
    task = Task.objects.get(pk=disputed.pk)
    assert (task.state, task.result_answer) == (Task.State.ACCEPTED, WREN)
    assert Feedback.objects.filter(review=look_of(disputed).second).count() == 2


def test_nobody_else_means_no_second_look(disputed, team):
    decide_next(make_member(team, Role.EXPERT), "fix", answer=ROBIN)
    assert not SecondLook.objects.exists()


def test_a_rejection_is_compared_by_decision(disputed, experts):
    decide_next(experts[0], "reject")
    assert Task.objects.get(pk=disputed.pk).state == Task.State.REWORK
    decide_next(experts[1], "reject")
    assert look_of(disputed).state == State.UPHELD
    task = Task.objects.get(pk=disputed.pk)
    assert (task.state, task.round) == (Task.State.REWORK, 2)


def test_a_rejection_that_should_have_been_none_is_noted_and_the_rework_goes_on(disputed, experts):
    decide_next(experts[0], "reject")
    decide_next(experts[1], "accept", answer=WREN)
    assert look_of(disputed).state == State.OVERTURNED
    assert Task.objects.get(pk=disputed.pk).state == Task.State.REWORK


@override_settings(SECOND_REVIEW_PERCENT=0)
def test_haste_is_looked_at_again_though_chance_did_not_pick_it(disputed, experts):
    review = decide_next(experts[0], "fix", answer=ROBIN)
    assert not SecondLook.objects.exists()
    review.dwell_ms = second_looks.FAST_MS
    assert second_looks.draw(review.task, review) is None
    review.dwell_ms = second_looks.FAST_MS - 1
    look = second_looks.draw(review.task, review)
    assert (look.kind, look.sampling_percent) == ("fast", None)


def test_nothing_is_looked_at_a_third_time(disputed, experts):
    decide_next(experts[0], "fix", answer=ROBIN)
    decide_next(experts[1], "accept", answer=WREN)
    decide_next(experts[2], "accept", answer=WREN)
    assert SecondLook.objects.count() == 1


def test_a_second_look_survives_a_lease_that_runs_out(disputed, experts):
    decide_next(experts[0], "fix", answer=ROBIN)
    held = queue.next_review(experts[1])
    assignments.release(held, by=experts[1])
    decide_next(experts[2], "fix", answer=ROBIN)
    assert look_of(disputed).state == State.UPHELD


def test_a_lost_slot_of_a_rejection_is_opened_again(disputed, experts):
    decide_next(experts[0], "reject")
    held = queue.next_review(experts[1])
    assignments.release(held, by=experts[1])
    assert serves(experts[1]) is None
    assert second_looks.tend() == 1
    assert second_looks.tend() == 0
    assert serves(experts[1]) == disputed.pk
    assert queue.next_review(experts[1]).round == 1


@pytest.mark.parametrize("is_disputed", [False, True])
def test_an_audit_of_what_is_labeled_anew_is_given_up(disputed, experts, is_disputed):
    decide_next(experts[0], "fix", answer=ROBIN)
    if is_disputed:
        decide_next(experts[1], "accept", answer=WREN)
    task = results.lock_task(disputed.pk)
    results.open_relabel(task, [], by=None, reason="breaking change", note={})
    second_looks.tend()
    assert look_of(disputed).state == State.CANCELLED


def test_an_excluded_task_is_not_looked_at(disputed, experts):
    decide_next(experts[0], "fix", answer=ROBIN)
    results.exclude(results.lock_task(disputed.pk), by=experts[0], reason="bad data")
    assert second_looks.tend() == 1
    assert look_of(disputed).state == State.CANCELLED
    assert serves(experts[1]) is None


def test_two_who_differ_may_adjudicate_once_no_third_is_left(disputed, experts):
    decide_next(experts[0], "fix", answer=ROBIN)
    decide_next(experts[1], "accept", answer=WREN)
    experts[2].is_active = False
    experts[2].save()
    second_looks.tend()
    assert look_of(disputed).state == State.CANCELLED
    assert serves(experts[0]) == disputed.pk


def test_a_decision_taken_back_takes_its_second_look_along(disputed, experts):
    review = decide_next(experts[0], "fix", answer=ROBIN)
    held = queue.next_review(experts[1])
    second_looks.forget(review, by=experts[0])
    assert look_of(disputed).state == State.CANCELLED
    with pytest.raises(Conflict) as refused:
        decide(held, "accept", by=experts[1])
    assert refused.value.code == "lease_lost"


def test_a_decision_that_was_looked_at_stands(disputed, experts):
    first = decide_next(experts[0], "fix", answer=ROBIN)
    second = decide_next(experts[1], "fix", answer=ROBIN)
    for review in (first, second):
        with pytest.raises(Conflict) as refused:
            second_looks.forget(review, by=review.reviewer)
        assert refused.value.code == "second_look_decided"


def test_the_same_request_decides_a_second_look_once(disputed, experts):
    decide_next(experts[0], "fix", answer=ROBIN)
    held = queue.next_review(experts[1])
    key = uuid.uuid4()
    made = [
        decide(held, "fix", answer=ROBIN, by=experts[1], request_id=key) for _number in range(2)
    ]
    assert made[0] == made[1]
    assert Event.objects.filter(verb="second_look.upheld").count() == 1


def test_a_vendors_reviewer_gets_second_looks_of_the_vendors_batches(batch, disputed, team):
    vendor = make_team(kind=Team.Kind.VENDOR)
    reviewer = make_member(vendor, Role.REVIEWER)
    expert = make_member(team, Role.EXPERT)
    batch.teams.add(vendor)
    decide_next(expert, "fix", answer=ROBIN)
    assert serves(reviewer) == disputed.pk


def test_page_and_api_of_a_second_look_are_those_of_a_first(batch, people, experts, client):
    first, second, _third = experts
    batch.review_percent = 100
    batch.save()
    # Alike, for the order of answers that differ depends on their ids.
    once = make_assessed_task(batch, "wren", "wren", authors=people)
    decide_next(first, "fix", answer=ROBIN, comment="The breast is red.")
    twice_slot = queue.next_review(second)
    assert twice_slot.task == once
    looked = _api_and_page(client, second, twice_slot)
    decide(twice_slot, "fix", answer=ROBIN)
    fresh = make_assessed_task(batch, "wren", "wren", authors=people)
    fresh_slot = queue.next_review(second)
    assert fresh_slot.task == fresh
    assert _api_and_page(client, second, fresh_slot) == looked
    assert "The breast is red." not in looked[1]


def _api_and_page(client, user, slot):
    client.force_login(user)
    [body] = client.post(reverse("api_review_next"), {}, "application/json").json()
    body = {name: value for name, value in body.items() if name not in UNLIKE}
    body["item"] = sorted(body["item"])
    page = client.get(reverse("review_task", args=[slot.public_id])).content.decode()
    shown = page[page.index("<main") :]
    of_task = (slot.task.public_id, slot.task.item.external_id, slot.task.item.public_id)
    for word in (slot.public_id, *of_task):
        shown = shown.replace(str(word), "")
    lines = [line for line in shown.splitlines() if not any(word in line for word in OF_THE_MOMENT)]
    return body, "".join(lines)


# Keys, and the way back to whatever the person decided before.
OF_THE_MOMENT = ("csrf", "request_id", "data-desk-undo")
UNLIKE = {"assignment", "lease_until", "task"}


def test_what_a_rejection_and_a_fix_to_something_new_have_in_common(disputed, experts):
    review = decide_next(experts[0], "reject")
    fix = decide_next(experts[1], "fix", answer={"_undecidable": "a blur"})
    schema = fix.assignment.instruction_version.label_schema
    given = [WREN, ROBIN]
    assert second_opinions.is_same(schema, review, fix, given)
    assert not second_opinions.is_same(schema, review, fix, [*given, {"_undecidable": "dark"}])
    assert look_of(disputed).state == State.UPHELD


def test_the_stage_of_a_second_look_at_an_adjudication_is_a_review(disputed, experts):
    decide_next(experts[0], "escalate")
    assert not SecondLook.objects.exists()
    decide_next(experts[1], "accept", answer=WREN)
    slot = Assignment.objects.get(task=disputed, state="open")
    assert (slot.stage, slot.slot) == (Stage.REVIEW, look_of(disputed).slot)
    assert serves(experts[2]) == disputed.pk
    assert serves(experts[0]) is None
