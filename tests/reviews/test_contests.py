"""Contests: once, with a sentence why, decided blind by another expert of the own house."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from labelops.accounts.models import Role, Team
from labelops.errors import Conflict, DomainError, NotAllowed
from reviews.models import Consensus, Feedback, Measurement, SecondLook
from reviews.services import feedback, queue, second_looks, second_reviewers, undo
from tasks.models import Annotation, Assignment, Task
from tasks.services import handout, results
from tests.factories import (
    make_annotation,
    make_batch,
    make_member,
    make_published_project,
    make_team,
)
from tests.reviews.deciding import ROBIN, WREN, decide, decide_next, make_assessed_task, serves

State = SecondLook.State
WHY = "The tail is cocked, as a wren's is."


class Cast:
    """Ana said wren, Bo said robin; the first expert said robin."""

    def __init__(self, decision="fix", **over):
        self.team = make_team()
        self.vendor = make_team(kind=Team.Kind.VENDOR)
        self.batch = make_batch(
            make_published_project(self.team, self.vendor), self.team, overlap=2
        )
        self.batch.teams.add(self.vendor)
        self.ana, self.bo = make_member(self.team), make_member(self.team)
        self.first, self.second = (make_member(self.team, Role.EXPERT) for _number in range(2))
        self.task = make_assessed_task(self.batch, "wren", "robin", authors=[self.ana, self.bo])
        if decision == "fix":
            over.setdefault("answer", ROBIN)
        self.review = decide_next(self.first, decision, **over)
        self.entry = Feedback.objects.get(author=self.ana)

    def contest(self, **over):
        return feedback.contest(self.entry, **({"words": WHY, "by": self.ana} | over))

    def now(self):
        return Task.objects.get(pk=self.task.pk)


@pytest.fixture
def cast(db):
    return Cast()


def test_a_contest_is_served_to_another_expert_of_the_own_house_only(cast):
    reviewer = make_member(cast.team, Role.REVIEWER)
    vendors_expert = make_member(cast.vendor, Role.EXPERT)
    cast.contest()
    for other in (cast.first, cast.ana, cast.bo, reviewer, vendors_expert):
        assert serves(other) is None
    assert serves(cast.second) == cast.task.pk


def test_who_may_take_it_is_told_alike_from_both_sides(cast):
    make_member(cast.team, Role.REVIEWER)
    make_member(cast.vendor, Role.EXPERT)
    look = cast.contest()
    assert list(second_reviewers.eligible(look)) == [cast.second]
    assert not second_reviewers.stuck_contests().exists()


def test_an_overturned_contest_restores_the_answer_and_tells_everybody_concerned(cast):
    look = cast.contest()
    review = decide_next(cast.second, "accept", answer=WREN)
    look.refresh_from_db()
    assert (look.state, look.second) == (State.OVERTURNED, review)
    task = cast.now()
    assert task.result_answer == WREN
    assert (task.state, task.result_source) == (Task.State.ACCEPTED, Task.Source.ADJUDICATION)
    states = dict(Annotation.objects.filter(task=task).values_list("author", "state"))
    assert states == {cast.ana.pk: "accepted", cast.bo.pk: "fixed"}
    told = dict(Feedback.objects.filter(review=review).values_list("author", "outcome"))
    assert told == states


def test_an_upheld_contest_changes_nothing(cast):
    look = cast.contest()
    before = cast.now()
    review = decide_next(cast.second, "fix", answer=ROBIN, comment="Its breast is red.")
    look.refresh_from_db()
    assert look.state == State.UPHELD
    assert cast.now().result_revision == before.result_revision
    assert not Feedback.objects.filter(review=review).exists()


def test_the_figures_of_the_author_are_measured_anew(cast):
    def measured():
        rows = Measurement.objects.filter(annotation__task=cast.task, is_void=False)
        return dict(rows.values_list("person", "is_right"))

    # The only task of its batch is its random sample, once it is decided.
    assert measured() == {cast.ana.pk: False, cast.bo.pk: True}
    cast.contest()
    decide_next(cast.second, "accept", answer=WREN)
    assert measured() == {cast.ana.pk: True, cast.bo.pk: False}
    consensus = Consensus.objects.get(task=cast.task)
    assert consensus.was_wrong == (consensus.answer != WREN)


def test_a_rejection_is_contested_too_and_its_rework_ends(db):
    cast = Cast("reject")
    assert cast.now().state == Task.State.REWORK
    cast.contest()
    decide_next(cast.second, "accept", answer=WREN)
    task = cast.now()
    assert (task.state, task.result_answer) == (Task.State.ACCEPTED, WREN)
    assert handout.next_assignments(cast.ana).assignments == []
    states = dict(Annotation.objects.filter(task=task).values_list("author", "state"))
    assert states == {cast.ana.pk: "accepted", cast.bo.pk: "fixed"}


def test_a_newer_decision_keeps_its_label_and_the_author_gets_the_figure_back(db):
    cast = Cast("reject")
    look = cast.contest()
    for author in (cast.ana, cast.bo):
        make_annotation(cast.now(), author, ROBIN)
    results.open_review(results.lock_task(cast.task.pk), by=None, reason="reworked")
    decide_next(cast.first, "fix", answer=ROBIN)
    second_looks.tend()
    Measurement.objects.filter(annotation=cast.entry.annotation).update(is_void=False)
    decide_next(cast.second, "accept", answer=WREN)
    look.refresh_from_db()
    assert look.state == State.OVERTURNED
    assert cast.now().result_answer == ROBIN
    contested = Annotation.objects.get(pk=cast.entry.annotation_id)
    assert contested.state == Annotation.State.ACCEPTED
    assert not Measurement.objects.filter(annotation=contested, is_void=False).exists()


def test_a_contest_outlives_what_moves_the_task_on(cast):
    look = cast.contest()
    results.open_relabel(results.lock_task(cast.task.pk), [], by=None, reason="rule", note={})
    assert second_looks.tend() == 1
    look.refresh_from_db()
    assert look.state == State.WAITING
    assert serves(cast.second) == cast.task.pk


def test_an_expert_who_escalates_leaves_it_to_another(cast):
    third = make_member(cast.team, Role.EXPERT)
    look = cast.contest()
    decide_next(cast.second, "escalate")
    look.refresh_from_db()
    assert (look.state, look.second) == (State.WAITING, None)
    assert serves(cast.second) is None
    decide_next(third, "accept", answer=WREN)
    look.refresh_from_db()
    assert look.state == State.OVERTURNED


def test_a_contest_that_nobody_can_decide_waits_for_an_expert_to_come(cast):
    cast.second.is_active = False
    cast.second.save()
    look = cast.contest()
    second_looks.tend()
    look.refresh_from_db()
    assert look.state == State.WAITING
    assert list(second_reviewers.stuck_contests()) == [look]
    newcomer = make_member(cast.team, Role.EXPERT)
    assert serves(newcomer) == cast.task.pk
    assert not second_reviewers.stuck_contests().exists()


def test_a_contest_is_filed_once(cast):
    cast.contest()
    with pytest.raises(Conflict) as refused:
        cast.contest()
    assert refused.value.code == "contested_already"


def test_after_got_it_nothing_is_contested(cast):
    feedback.mark_read(cast.entry, by=cast.ana)
    with pytest.raises(Conflict) as refused:
        cast.contest()
    assert refused.value.code == "feedback_closed"


def test_silence_closes_an_entry_after_seven_days(cast):
    later = cast.entry.created_at + timedelta(days=7)
    assert list(feedback.open_entries(cast.ana, now=later - timedelta(seconds=1))) == [cast.entry]
    assert not feedback.open_entries(cast.ana, now=later).exists()
    with pytest.raises(Conflict) as refused:
        cast.contest(now=later)
    assert refused.value.code == "feedback_closed"
    assert cast.contest(now=later - timedelta(seconds=1)).state == State.WAITING


@pytest.mark.parametrize("words", ["", "  ", "x" * 1001, "a\x00b"])
def test_a_contest_needs_a_sentence(cast, words):
    with pytest.raises(DomainError) as refused:
        cast.contest(words=words)
    assert refused.value.field == "words"


def test_only_the_author_contests_and_only_what_was_not_accepted(cast):
    with pytest.raises(NotAllowed):
        cast.contest(by=cast.bo)
    with pytest.raises(Conflict):
        feedback.contest(Feedback.objects.get(author=cast.bo), words=WHY, by=cast.bo)


def test_what_is_out_of_the_work_is_not_contested(cast):
    results.exclude(results.lock_task(cast.task.pk), by=cast.first, reason="bad data")
    with pytest.raises(Conflict) as refused:
        cast.contest()
    assert refused.value.code == "task_excluded"


def test_exclusion_ends_a_contest_even_for_who_holds_it(cast):
    look = cast.contest()
    held = queue.next_review(cast.second)
    results.exclude(results.lock_task(cast.task.pk), by=cast.first, reason="bad data")
    decide(held, "accept", answer=WREN)
    look.refresh_from_db()
    assert look.state == State.CANCELLED
    assert cast.now().state == Task.State.EXCLUDED


def test_a_decision_taken_back_voids_its_contest(cast):
    look = cast.contest()
    second_looks.forget(cast.review, by=cast.first)
    look.refresh_from_db()
    assert look.state == State.CANCELLED
    assert serves(cast.second) is None


def test_one_of_two_experts_gets_a_contest(cast):
    third = make_member(cast.team, Role.EXPERT)
    cast.contest()
    assert queue.next_review(cast.second).task == cast.task
    assert queue.next_review(third) is None


postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql",
    reason="several connections at once: LABELOPS_TEST_DATABASE=postgresql",
)


def _at_once(*calls):
    def run(call):
        try:
            return call()
        except Conflict as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@postgresql
@pytest.mark.django_db(transaction=True)
def test_two_experts_at_once_and_one_contest():
    cast = Cast()
    third = make_member(cast.team, Role.EXPERT)
    cast.contest()
    taken = _at_once(lambda: queue.next_review(cast.second), lambda: queue.next_review(third))
    assert sum(slot is not None for slot in taken) == 1
    assert Assignment.objects.filter(task=cast.task, state="leased").count() == 1


@postgresql
@pytest.mark.django_db(transaction=True)
def test_two_contests_at_once_are_one():
    cast = Cast()
    made = _at_once(cast.contest, cast.contest)
    assert SecondLook.objects.count() == 1
    assert "contested_already" in made


@postgresql
@pytest.mark.django_db(transaction=True)
def test_a_contest_taken_while_its_decision_is_taken_back_ends_one_way():
    cast = Cast()
    look = cast.contest()
    _at_once(
        lambda: queue.next_review(cast.second),
        lambda: undo.take_back(cast.review.assignment.public_id, by=cast.first),
    )
    look.refresh_from_db()
    held = Assignment.objects.filter(task=cast.task, annotator=cast.second, state="leased")
    assert look.state in {State.WAITING, State.CANCELLED}
    assert held.exists() == (look.state == State.WAITING)
    cast.review.refresh_from_db()
    assert (cast.review.withdrawn_at is None) == (look.state == State.WAITING)
