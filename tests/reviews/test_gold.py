"""Gold is made of decisions, approved by a second expert, measured once and scored anew."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.errors import Conflict, DomainError, NotAllowed
from reviews.models import GoldAnswer, Measurement
from reviews.services import exams, gold, gold_measuring
from tasks.models import GoldItem, Qualification, ReservedItem, Task
from tasks.services import questions, withdrawals
from tasks.services.annotations import submit
from tests.factories import (
    make_batch,
    make_gold,
    make_gold_answer,
    make_instruction,
    make_member,
    make_published_project,
    make_task,
    make_team,
    settle,
)
from tests.reviews.gold import REASON, known_answer

pytestmark = pytest.mark.django_db
ROBIN, WREN = {"species": "robin"}, {"species": "wren"}


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def project(team):
    return make_published_project(team)


@pytest.fixture
def batch(project, team):
    return make_batch(project, team)


@pytest.fixture
def elena(team):
    return make_member(team, Role.EXPERT)


@pytest.fixture
def xiu(team):
    return make_member(team, Role.EXPERT)


@pytest.fixture
def decided(batch):
    task = make_task(batch)
    settle(task, ROBIN, source=Task.Source.ADJUDICATION)
    return task


@pytest.fixture
def made(project, elena, xiu):
    """In use, with its answer."""
    made = make_gold(project)
    known_answer(made, by=elena)
    return made


def answered(made, batch, label, **over):
    """A newcomer's answer on gold, measured as the signal would have it."""
    person = over.pop("person", None) or make_member(batch.teams.get())
    held = make_gold_answer(made, batch, person, label, **over)
    gold_measuring.measure_assignment(held.pk)
    return held


def measured():
    rows = Measurement.objects.order_by("pk")
    return list(rows.values_list("is_right", "is_void"))


def refreshed(made):
    return GoldItem.objects.get(pk=made.pk)


# --- made of decisions ---------------------------------------------------------------------


def test_one_click_proposes_and_a_second_expert_puts_it_to_use(decided, elena, xiu):
    proposed = gold.propose(decided, reason=REASON, by=elena)
    assert (proposed.state, proposed.label_class) == (GoldItem.State.PROPOSED, "robin")
    with pytest.raises(NotAllowed):
        gold.approve(proposed.answers.get(), by=elena)
    used = gold.approve(proposed.answers.get(), by=xiu)
    answer = used.answers.get()
    assert (used.state, answer.answer, answer.approver) == (GoldItem.State.ACTIVE, ROBIN, xiu)
    assert set(used.known_to.all()) == {elena, xiu}
    verbs = {event.verb for event in Event.objects.about(used)}
    assert {"gold.added", "gold.written", "gold.approved", "gold.active"} <= verbs


def test_an_expert_alone_needs_nobody(decided, elena):
    assert gold.propose(decided, reason=REASON, by=elena).state == GoldItem.State.ACTIVE


def test_a_reason_is_mandatory_and_a_tolerance_is_a_share(decided, elena, xiu):
    with pytest.raises(DomainError) as error:
        gold.propose(decided, reason=" ", by=elena)
    assert error.value.field == "reason"
    with pytest.raises(DomainError) as error:
        gold.propose(decided, reason=REASON, tolerance=1.5, by=elena)
    assert error.value.field == "tolerance"
    assert not GoldItem.objects.exists()


def test_what_only_annotators_stand_for_is_no_gold(batch, elena):
    task = make_task(batch)
    settle(task, ROBIN, source=Task.Source.VOTE)
    with pytest.raises(Conflict) as error:
        gold.propose(task, reason=REASON, by=elena)
    assert error.value.code == "not_decided"


def test_an_item_still_at_work_elsewhere_is_no_gold(decided, project, elena):
    make_task(make_batch(project), decided.item)
    with pytest.raises(Conflict) as error:
        gold.propose(decided, reason=REASON, by=elena)
    assert error.value.code == "in_work"


def test_gold_and_exams_exclude_each_other(decided, project, elena, xiu):
    gold.propose(decided, reason=REASON, by=elena)
    assert exams.add_to_pool(project, [decided], by=elena) == 0
    with pytest.raises(Conflict) as error:
        gold.propose(decided, reason=REASON, by=elena)
    assert error.value.code == "gold_already"


def test_alternatives_are_kept_once_and_without_the_answer(decided, elena):
    made = gold.propose(decided, reason=REASON, alternatives=[WREN, ROBIN, WREN], by=elena)
    assert made.answers.get().alternatives == [WREN]


def test_only_the_newest_version_can_be_approved(decided, elena, xiu):
    made = gold.propose(decided, reason=REASON, by=elena)
    first = made.answers.get()
    gold.revise(made, answer=WREN, reason="It is a wren.", by=elena)
    with pytest.raises(Conflict):
        gold.approve(first, by=xiu)
    assert gold.approve(made.answers.first(), by=xiu).label_class == "wren"


def test_retired_gold_may_return_unless_too_many_have_met_it(decided, elena):
    made = gold.propose(decided, reason=REASON, by=elena)
    gold.retire(made, reason="Too easy.", by=elena)
    assert not ReservedItem.objects.exists()
    made = gold.propose(decided, reason=REASON, by=elena)
    assert made.answers.count() == 2
    gold.retire(made, reason="Too easy.", by=elena)
    GoldItem.objects.update(served_count=30)
    with pytest.raises(Conflict) as error:
        gold.propose(decided, reason=REASON, by=elena)
    assert error.value.code == "worn_out"


# --- measured ------------------------------------------------------------------------------


def test_an_answer_is_measured_once(made, batch):
    held = answered(made, batch, "wren")
    assert gold_measuring.measure_assignment(held.pk) is False
    [found] = Measurement.objects.all()
    assert (found.source, found.is_right, found.expected, found.given) == (
        "gold", False, "robin", "wren",
    )  # fmt: skip


def test_the_submit_itself_asks_for_the_measuring(
    made, batch, team, monkeypatch, django_capture_on_commit_callbacks
):
    asked = []
    monkeypatch.setattr(
        "reviews.receivers.wake", lambda job, assignment: asked.append((job.name, assignment))
    )
    held = make_gold_answer(made, batch, make_member(team))
    with django_capture_on_commit_callbacks(execute=True):
        submit(held.public_id, answer=ROBIN, request_id=uuid.uuid4(), by=held.annotator)
    assert asked == [("reviews.jobs.measure_gold", held.pk)]


def test_a_lost_wake_up_is_found_by_the_sweep(made, batch, team):
    make_gold_answer(made, batch, make_member(team), "robin")
    assert (gold_measuring.measure_waiting(), gold_measuring.measure_waiting()) == (1, 0)


def test_gold_that_teaches_measures_nobody(made, batch, team):
    make_gold_answer(made, batch, make_member(team), "wren", is_teaching=True)
    assert gold_measuring.measure_waiting() == 0
    answered(made, batch, "wren", is_teaching=True)
    assert measured() == []


def test_an_answer_taken_back_is_measured_by_the_next_one(made, batch):
    held = answered(made, batch, "wren")
    withdrawals.withdraw(held.public_id, by=held.annotator)
    assert measured() == []
    submit(held.public_id, answer=ROBIN, request_id=uuid.uuid4(), by=held.annotator)
    gold_measuring.measure_waiting()
    assert measured() == [(True, False)]


def test_alternatives_and_tolerance_count_as_right(project, batch, elena):
    first, second = make_gold(project), make_gold(project)
    known_answer(first, by=elena, alternatives=[WREN])
    known_answer(second, by=elena, tolerance=1)
    answered(first, batch, "wren"), answered(second, batch, "wren")
    assert measured() == [(True, False), (True, False)]


def test_whoever_answered_under_older_rules_is_not_blamed(made, batch, project, elena):
    held = make_gold_answer(made, batch, make_member(batch.teams.get()), "wren")
    project.instruction_versions.update(state="superseded")
    newer = make_instruction(project, number=2, breaking_number=2)
    made.answers.update(version=newer)
    gold_measuring.measure_assignment(held.pk)
    assert measured() == [(False, True)]


# --- scored anew ---------------------------------------------------------------------------


def test_a_new_version_scores_the_past_anew_with_its_approval(made, batch, elena, xiu):
    answered(made, batch, "wren"), answered(made, batch, "robin")
    revised = gold.revise(made, answer=WREN, reason="It is a wren.", by=elena)
    assert measured() == [(False, False), (True, False)]
    gold.approve(revised, by=xiu)
    assert measured() == [(True, False), (False, False)]
    assert refreshed(made).label_class == "wren"
    event = Event.objects.about(made).get(verb="gold.rescored")
    assert event.after == {"number": 2, "count": 2}


def test_three_who_fail_alike_suspend_the_gold_and_nothing_counts(made, batch):
    for _person in range(2):
        answered(made, batch, "wren")
    assert refreshed(made).state == GoldItem.State.ACTIVE
    answered(made, batch, "wren")
    assert refreshed(made).state == GoldItem.State.SUSPENDED
    answered(made, batch, "robin")
    assert measured() == [(False, True)] * 3 + [(True, True)]


def test_gold_that_most_people_get_right_stays(made, batch):
    for _person in range(4):
        answered(made, batch, "robin")
    for _person in range(3):
        answered(made, batch, "wren")
    assert refreshed(made).state == GoldItem.State.ACTIVE


def test_where_there_are_experienced_people_only_their_failures_speak(made, batch, elena):
    team = batch.teams.get()
    trusted = [make_member(team) for _number in range(3)]
    for person in trusted:
        Qualification.objects.create(
            project=batch.project, person=person, level=3, set_by=elena, set_at=timezone.now()
        )
    for _person in range(3):
        answered(made, batch, "wren")
    assert refreshed(made).state == GoldItem.State.ACTIVE
    for person in trusted:
        answered(made, batch, "wren", person=person)
    assert refreshed(made).state == GoldItem.State.SUSPENDED


def test_an_expert_who_stands_by_it_settles_what_was_said_so_far(made, batch, elena):
    for _person in range(3):
        answered(made, batch, "wren")
    gold.resume(made, reason="The tail shows it.", by=elena)
    assert measured() == [(False, False)] * 3
    answered(made, batch, "wren"), answered(made, batch, "wren")
    assert refreshed(made).state == GoldItem.State.ACTIVE
    answered(made, batch, "wren")
    assert refreshed(made).state == GoldItem.State.SUSPENDED


def test_a_better_answer_takes_suspended_gold_back_into_use(made, batch, elena, xiu):
    for _person in range(3):
        answered(made, batch, "wren")
    gold.approve(gold.revise(made, answer=WREN, reason="A wren.", by=elena), by=xiu)
    assert refreshed(made).state == GoldItem.State.ACTIVE
    assert measured() == [(True, False)] * 3


def test_what_suspended_gold_measured_never_counts_once_it_is_retired(made, batch, elena):
    for _person in range(3):
        answered(made, batch, "wren")
    gold.retire(made, reason="Nobody can tell.", by=elena)
    # Somebody had it before them at that moment.
    answered(made, batch, "wren")
    assert measured() == [(False, True)] * 4


def test_worn_gold_counts_for_whoever_had_it_before_them(made, batch, elena):
    answered(made, batch, "robin")
    gold.retire(made, reason="Too easy.", by=elena)
    answered(made, batch, "robin")
    assert measured() == [(True, False)] * 2


@pytest.mark.parametrize("arrow", [gold.resume, gold.suspend, gold.retire])
def test_arrows_leave_only_where_they_begin(made, elena, arrow):
    gold.retire(made, reason="Too easy.", by=elena)
    with pytest.raises(Conflict):
        arrow(made, reason="Again.", by=elena)


def test_a_second_expert_who_came_later_is_found(made, elena, xiu):
    revised = gold.revise(made, answer=WREN, reason="A wren.", by=elena)
    assert revised.approved_at is None
    assert made.answers.in_force().get().number == 1
    assert GoldAnswer.objects.filter(approved_at__isnull=True).count() == 1


def test_old_servings_are_not_swept_for_ever(made, batch, team):
    held = make_gold_answer(made, batch, make_member(team), "robin")
    held.task.gold_servings.update(served_at=timezone.now() - timedelta(days=60))
    assert gold_measuring.measure_waiting() == 0


def test_gold_that_an_expert_excluded_over_a_question_is_void_with_the_next_sweep(
    made, batch, elena
):
    answered(made, batch, "wren")
    asker, other = (make_gold_answer(made, batch, make_member(batch.teams.get())) for _n in "12")
    question = questions.ask(asker, text="Is it a bird at all?", by=asker.annotator)
    questions.ask(other, text="Is this a picture?", by=other.annotator)
    questions.exclude_item(question, text="It cannot be seen.", by=elena)
    assert measured() == [(False, False)]
    gold_measuring.measure_waiting()
    assert measured() == [(False, True)]
    assert not made.servings.first().task.assignments.filter(state__in=["open", "parked"]).exists()
