"""Calibration runs: the batch waits until its people agree, or until somebody answers for it."""

import random
import uuid

import pytest

from labelops.accounts.models import Role, Team
from labelops.audit.models import Event
from labelops.errors import Conflict, DomainError
from reviews.models import CalibrationRun
from reviews.services import calibration, calibration_figures
from tasks.models import Batch, Stage, Task
from tasks.services import batches, handout, questions, reservations
from tasks.services.annotations import submit
from tasks.services.recounts import recount
from tests.factories import (
    make_annotation,
    make_batch,
    make_member,
    make_published_project,
    make_task,
    make_team,
)

pytestmark = pytest.mark.django_db
ITEMS = 5


@pytest.fixture
def house():
    return make_team(name="House")


@pytest.fixture
def vendor():
    return make_team(name="Vendor", kind=Team.Kind.VENDOR)


@pytest.fixture
def people(vendor):
    return [make_member(vendor, username=name) for name in ("ana", "bo")]


@pytest.fixture
def mei(house):
    return make_member(house, Role.MANAGER, username="mei")


@pytest.fixture
def xiu(house):
    return make_member(house, Role.EXPERT, username="xiu")


@pytest.fixture
def batch(house, vendor, people, mei):
    project = make_published_project(house, vendor, slug="birds", created_by=mei)
    batch = make_batch(project, vendor, name="Dusk", state=Batch.State.DRAFT)
    for _number in range(8):
        make_task(batch)
    return batch


@pytest.fixture
def run(batch, mei):
    return calibration.start_run(batch, by=mei, item_count=ITEMS, rng=random.Random(1))


def answer(run, *labels):
    """Everybody's label on each item of the run: "rw" is a robin by the first, a wren by the
    second.
    """
    values = {"r": "robin", "w": "wren"}
    for task, given in zip(run.run.tasks.order_by("pk"), labels, strict=True):
        slots = list(task.assignments.filter(stage=Stage.ANNOTATE).order_by("slot"))
        for slot, letter in zip(slots, given, strict=True):
            make_annotation(task, slot.offered_to, {"species": values[letter]})


def state(batch):
    return Batch.objects.get(pk=batch.pk).state


def test_a_run_takes_items_out_of_the_batch_and_the_batch_waits(batch, run, people):
    assert state(batch) == Batch.State.CALIBRATING
    assert run.run.overlap == 2
    asked = set(run.run.tasks.values_list("item", flat=True))
    assert len(asked) == ITEMS
    left_out = batch.tasks.filter(state=Task.State.EXCLUDED)
    assert set(left_out.values_list("item", flat=True)) == asked
    for person in people:
        given = handout.next_assignments(person, count=10).assignments
        assert {row.task.item_id for row in given} == asked
        assert {row.batch_id for row in given} == {run.run_id}
    assert [recount(each) for each in (batch, run.run)] == [[], []]


def test_the_items_are_drawn_at_random(batch, run):
    first = list(batch.tasks.order_by("pk").values_list("item", flat=True)[:ITEMS])
    assert set(run.run.tasks.values_list("item", flat=True)) != set(first)


def test_of_a_large_batch_items_are_drawn_by_jumps(batch, mei, monkeypatch):
    monkeypatch.setattr(calibration, "SHUFFLED_WHOLE", 3)
    run = calibration.start_run(batch, by=mei, item_count=ITEMS, rng=random.Random(1))
    assert run.run.tasks.values("item").distinct().count() == ITEMS


def test_it_starts_by_itself_when_people_agree(batch, run):
    answer(run, "rr", "ww", "rr", "ww", "rw")
    assert calibration.check_running() == 1
    run.refresh_from_db()
    assert (run.state, state(batch)) == (CalibrationRun.State.REACHED, Batch.State.RUNNING)
    assert run.figures["value"] == pytest.approx(0.8)
    assert (run.figures["n"], run.figures["pairs"]) == (ITEMS, 1)
    assert run.figures["low"] < 0.8 < run.figures["high"]
    assert Event.objects.get(verb="batch.calibrated").actor is None
    events = Event.objects.count()
    assert calibration.check_running() == 0
    assert Event.objects.count() == events


def test_it_waits_while_people_disagree_or_an_answer_is_missing(batch, run, people):
    answer(run, "rr", "rw", "wr", "rw", "ww")
    assert calibration.check_running() == 0
    run.refresh_from_db()
    assert (run.state, state(batch)) == (CalibrationRun.State.RUNNING, Batch.State.CALIBRATING)
    measured_at = run.measured_at
    assert run.figures["value"] == pytest.approx(0.4)
    calibration.check_running()
    run.refresh_from_db()
    assert run.measured_at == measured_at


def test_nothing_is_measured_before_all_have_answered(batch, run, people):
    *most, last = run.run.tasks.order_by("pk")
    for task in most:
        for person in people:
            make_annotation(task, person, {"species": "robin"})
    make_annotation(last, people[0], {"species": "robin"})
    assert calibration.check_running() == 0
    run.refresh_from_db()
    assert run.measured_at is None
    assert len(calibration_figures.collect(run).by_task) == ITEMS - 1
    make_annotation(last, people[1], {"species": "robin"})
    assert calibration.check_running() == 1


def test_an_open_question_keeps_the_batch_waiting(batch, run, people, xiu):
    ana, bo = people
    for _number in range(ITEMS):
        [given] = handout.next_assignments(bo).assignments
        submit(given.public_id, answer={"species": "wren"}, request_id=uuid.uuid4(), by=bo)
    asked = handout.next_assignments(ana, count=ITEMS).assignments
    question = questions.ask(asked[0], text="Is it one?", by=ana)
    for given in asked[1:]:
        submit(given.public_id, answer={"species": "wren"}, request_id=uuid.uuid4(), by=ana)
    assert calibration.check_running() == 0
    questions.answer(question, text="It is.", by=xiu)
    assert calibration.check_running() == 0
    [given] = handout.next_assignments(ana).assignments
    submit(given.public_id, answer={"species": "wren"}, request_id=uuid.uuid4(), by=ana)
    assert calibration.check_running() == 1


def test_an_expert_starts_the_batch_all_the_same_and_says_why(batch, run, xiu):
    answer(run, *["rw"] * ITEMS)
    calibration.check_running()
    with pytest.raises(DomainError) as refused:
        calibration.override(run, reason=" ", by=xiu)
    assert refused.value.field == "reason"
    run = calibration.override(run, reason="The rulings settle it.", by=xiu)
    assert (run.state, run.overridden_by) == (CalibrationRun.State.OVERRIDDEN, xiu)
    assert state(batch) == Batch.State.RUNNING
    event = Event.objects.get(verb="batch.calibrated")
    assert (event.actor, event.reason) == (xiu, "The rulings settle it.")
    for late in (calibration.override, calibration.cancel):
        reason = {"reason": "Again."} if late == calibration.override else {}
        with pytest.raises(Conflict):
            late(run, by=xiu, **reason)
    assert calibration.check_running() == 0


def test_a_run_that_is_given_up_gives_back_what_it_did_not_finish(batch, run, people, mei):
    done, begun, *_rest = run.run.tasks.order_by("pk")
    for person in people:
        make_annotation(done, person, {"species": "robin"})
    make_annotation(begun, people[0], {"species": "robin"})
    taught = run.run.tasks.order_by("pk").last().item
    reservations.reserve([taught], "example", by=mei)
    calibration.cancel(run, by=mei)
    assert state(batch) == Batch.State.DRAFT
    assert state(run.run) == Batch.State.CLOSED
    assert batch.tasks.get(item=begun.item).state == Task.State.PENDING
    for kept in (done.item, taught):
        assert batch.tasks.get(item=kept).state == Task.State.EXCLUDED
    assert [recount(each) for each in (batch, run.run)] == [[], []]
    batches.start_batch(batch, by=mei)


def test_a_running_batch_waits_again_and_pauses_when_given_up(batch, mei):
    batches.start_batch(batch, by=mei)
    run = calibration.start_run(batch, by=mei, item_count=2)
    assert calibration.cancel(run, by=mei).batch.pk == batch.pk
    assert state(batch) == Batch.State.PAUSED


def test_a_second_run_asks_other_items(batch, run, people, mei):
    answer(run, *["rw"] * ITEMS)
    calibration.cancel(run, by=mei)
    with pytest.raises(DomainError) as refused:
        calibration.start_run(batch, by=mei, item_count=ITEMS)
    assert (refused.value.field, state(batch)) == ("item_count", Batch.State.DRAFT)
    again = calibration.start_run(batch, by=mei, item_count=3)
    asked = set(run.run.tasks.values_list("item", flat=True))
    assert not asked & set(again.run.tasks.values_list("item", flat=True))
    assert again.run.name == "Calibration of Dusk (2)"


def test_what_somebody_has_begun_is_not_drawn(batch, people, mei):
    batches.start_batch(batch, by=mei)
    [held] = handout.next_assignments(people[0]).assignments
    run = calibration.start_run(batch, by=mei, item_count=7)
    assert held.task.item_id not in run.run.tasks.values_list("item", flat=True)


def test_chosen_people_and_an_expert_take_part_and_nobody_else(batch, vendor, people, mei, xiu):
    other = make_member(vendor)
    run = calibration.start_run(batch, by=mei, people=[people[0], xiu], item_count=2)
    assert {team.name for team in run.run.teams.all()} == {"House", "Vendor"}
    for person, count in ((people[0], 2), (xiu, 2), (people[1], 0), (other, 0)):
        assert len(handout.next_assignments(person, count=9).assignments) == count


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"item_count": 1}, "item_count"),
        ({"item_count": 201}, "item_count"),
        ({"threshold_percent": 0}, "threshold_percent"),
        ({"threshold_percent": 101}, "threshold_percent"),
        ({"people": []}, "people"),
    ],
)
def test_what_makes_no_sense_is_refused(batch, mei, change, field):
    with pytest.raises(DomainError) as refused:
        calibration.start_run(batch, by=mei, **{"item_count": 2, **change})
    assert refused.value.field == field
    assert state(batch) == Batch.State.DRAFT


def test_a_stranger_cannot_be_chosen(batch, people, mei):
    with pytest.raises(DomainError) as refused:
        calibration.start_run(batch, by=mei, people=[people[0], make_member(make_team())])
    assert (refused.value.code, refused.value.field) == ("unknown_person", "people")


def test_a_run_is_not_calibrated_nor_a_waiting_batch_started(batch, run, mei):
    for refused in (
        lambda: calibration.start_run(run.run, by=mei),
        lambda: calibration.start_run(batch, by=mei, item_count=2),
        lambda: batches.start_batch(batch, by=mei),
        lambda: batches.close_batch(batch, by=mei),
    ):
        with pytest.raises(Conflict):
            refused()
