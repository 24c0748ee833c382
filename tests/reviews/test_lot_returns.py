"""What goes back of a rejected lot: what the manager picks, and nothing that experts decided."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import JobStopped, cancel_job, claim_job, run_job
from reviews.models import Lot
from reviews.services import lot_returns, queue, sampling
from reviews.services.lot_returns import Picked
from tasks.models import Assignment, Batch, Stage, Task
from tasks.services import handout, results
from tests.factories import make_accepted_tasks, settle
from tests.reviews.lots import House, decide

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return House()


@pytest.fixture
def lot(house):
    """Rejected: ten robins and five wrens by ana, five wrens by bo, one decided by an expert."""
    house.label(10)
    house.label(5, label="wren")
    expert, *_rest = house.label(5, label="wren", author=house.bo)
    settle(expert, {"species": "robin"})
    lot = house.open()
    Lot.objects.filter(pk=lot.pk).update(state="rejected", ended_at=timezone.now())
    lot.refresh_from_db()
    return lot


def give_back(house, lot, picked, way="review"):
    job = lot_returns.start(lot, way=way, picked=picked, by=house.mei)
    run_job(job.pk, lot_returns.run_return)
    job.refresh_from_db()
    return job


@pytest.mark.parametrize(
    ("picked", "count"),
    [
        (lambda house: Picked(), 0),
        (lambda house: Picked(is_whole=True), 19),
        (lambda house: Picked(classes=[("species", "wren")]), 9),
        (lambda house: Picked(people=[house.bo.pk]), 4),
        (lambda house: Picked(classes=[("species", "wren")], people=[house.ana.pk]), 19),
        (lambda house: Picked(classes=[("species", "owl")]), 0),
    ],
)
def test_what_is_picked_is_counted_before_and_goes_back_as_counted(house, lot, picked, count):
    picked = picked(house)
    make_accepted_tasks(house.batch, 3, answer={"species": "wren"}, author=house.bo)
    assert lot_returns.count(lot, picked) == count
    if picked:
        job = give_back(house, lot, picked)
        assert job.result.get("returned", 0) == count
        assert Task.objects.filter(state=Task.State.IN_REVIEW).count() == count
        assert lot_returns.count(lot, picked) == 0


def test_the_preview_costs_the_same_for_a_lot_of_any_size(house, lot):
    picked = Picked(classes=[("species", "wren")], people=[house.bo.pk])
    with CaptureQueriesContext(connection) as captured:
        lot_returns.count(lot, picked)
    assert len(captured) == 1


def test_experts_are_asked_about_each_label_that_goes_back(house, lot):
    give_back(house, lot, Picked(people=[house.bo.pk]))
    asked = Task.objects.filter(state=Task.State.IN_REVIEW)
    slots = Assignment.objects.filter(task__in=asked, stage=Stage.REVIEW, state="open")
    assert slots.count() == asked.count() == 4


def test_whoever_is_at_a_label_that_goes_back_decides_it(house, lot):
    held = queue.next_review(house.xiu)
    job = give_back(house, lot, Picked(is_whole=True))
    assert (job.state, job.result["returned"]) == (Job.State.DONE, 19)
    decide(held, by=house.xiu)
    assert Task.objects.get(pk=held.task_id).state == Task.State.ACCEPTED


def test_a_label_that_was_reviewed_before_is_adjudicated(house, lot):
    held = queue.next_review(house.xiu)
    decide(held, by=house.xiu)
    results.open_review(results.lock_task(held.task_id), by=house.mei, reason="new rule")
    again = queue.next_review(house.xiu)
    assert (again.task_id, again.stage) == (held.task_id, Stage.ADJUDICATE)


def test_authors_label_anew_and_read_why(house, lot):
    give_back(house, lot, Picked(people=[house.bo.pk]), way="relabel")
    given = handout.next_assignments(house.bo, count=10).assignments
    assert len(given) == 4
    assert given[0].rework_note["reason"] == "Too many labels were wrong"
    assert Task.objects.get(pk=given[0].task_id).state == Task.State.PENDING


def test_a_return_that_was_stopped_goes_on_where_it_was(house, lot, monkeypatch):
    monkeypatch.setattr(lot_returns, "CHUNK", 4)
    job = lot_returns.start(lot, way="review", picked=Picked(is_whole=True), by=house.mei)
    running = claim_job(job.pk)
    saved = []

    def save_progress(job):
        saved.append(job.done_count)
        real(job)
        if len(saved) == 2:
            cancel_job(job, by=house.mei)

    real = lot_returns.save_progress
    monkeypatch.setattr(lot_returns, "save_progress", save_progress)
    with pytest.raises(JobStopped):
        lot_returns.run_return(running)
    Job.objects.filter(pk=job.pk).update(state=Job.State.CANCELLED)
    assert Task.objects.filter(state=Task.State.IN_REVIEW).count() == 8
    again = lot_returns.go_on(lot, by=house.mei)
    run_job(again.pk, lot_returns.run_return)
    assert Task.objects.filter(state=Task.State.IN_REVIEW).count() == 19
    with pytest.raises(Conflict):
        lot_returns.go_on(lot, by=house.mei)


def test_returns_that_make_no_sense_are_refused(house, lot):
    whole = Picked(is_whole=True)

    def refusal(**over):
        keywords = {"way": "review", "picked": whole, "by": house.mei} | over
        with pytest.raises(DomainError) as refused:
            lot_returns.start(lot, **keywords)
        return refused.value.code

    assert refusal(way="forget") == "invalid"
    assert refusal(picked=Picked()) == "nothing_picked"
    Batch.objects.update(state=Batch.State.CLOSED)
    assert refusal(way="relabel") == "batch_closed"
    Batch.objects.update(state=Batch.State.RUNNING)
    house.batch.teams.clear()
    assert refusal(way="relabel") == "no_team"
    lot_returns.start(lot, way="review", picked=whole, by=house.mei)
    assert refusal() == "still_running"
    Job.objects.update(state=Job.State.DONE)
    Lot.objects.filter(pk=lot.pk).update(state="accepted")
    assert refusal() == "wrong_state"


def test_after_a_return_the_lot_stays_as_it_ended(house):
    house.label(30)
    lot = house.ended(accepted=False)
    give_back(house, lot, Picked(is_whole=True))
    sampling.reopen(lot.items.filter(outcome="wrong").first().task)
    lot.refresh_from_db()
    assert lot.state == Lot.State.REJECTED
