"""How lots end, early or given up, and how they go on when a decision is taken back."""

import io
from datetime import timedelta

import pytest

from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.errors import Conflict, DomainError
from reviews.models import Lot
from reviews.services import bulk_reviews, lot_series, lots, queue, sampling
from tasks.models import Assignment, Stage, Task
from tests.factories import CHOICE_SCHEMA, make_member
from tests.reviews.lots import House, decide

pytestmark = pytest.mark.django_db
OPEN_LOOKS = {"stage": Stage.REVIEW, "state": Assignment.State.OPEN}


@pytest.fixture
def house():
    return House()


def looks():
    return set(Assignment.objects.filter(**OPEN_LOOKS).values_list("task", flat=True))


def test_a_lot_is_rejected_with_the_first_mistake_too_many(house):
    house.label(15)
    house.label(15, label="wren", author=house.bo)
    lot = house.open()
    house.look()
    house.look(is_wrong=True)
    lot.refresh_from_db()
    assert (lot.state, lot.right_count, lot.wrong_count) == (Lot.State.SAMPLING, 1, 1)
    last = house.look(decision="reject")
    lot.refresh_from_db()
    assert (lot.state, lot.wrong_count, lot.unseen_count) == (Lot.State.REJECTED, 2, 9)
    assert lot.reason == "2 wrong, 1 allowed"
    assert last.pk in lot.items.filter(outcome="wrong").values_list("task", flat=True)
    assert sum(row[-1] for row in lot.failing["people"]) == 2
    assert {row[0] for row in lot.failing["classes"]} == {"species"}
    assert looks() == set()
    event = Event.objects.get(verb="lot.rejected")
    assert (event.actor, event.after) == (None, {"right": 1, "wrong": 2, "unseen": 9})


def test_a_lot_is_accepted_once_the_rest_cannot_change_it(house):
    house.label(30)
    lot = house.open()
    for _number in range(11):
        house.look()
    lot.refresh_from_db()
    assert (lot.state, lot.right_count, lot.unseen_count) == (Lot.State.ACCEPTED, 11, 1)
    assert lot.ended_at is not None
    assert looks() == set()
    accepted = Task.objects.filter(state=Task.State.ACCEPTED).count()
    assert accepted == 30


def test_an_escalated_label_waits_for_the_adjudication(house):
    house.label(30)
    lot = house.open()
    task = house.look(decision="escalate")
    lot.refresh_from_db()
    assert lot.seen_count == 0
    held = queue.next_review(house.xiu)
    assert (held.task_id, held.stage) == (task.pk, Stage.ADJUDICATE)
    decide(held, is_wrong=True, by=house.xiu)
    lot.refresh_from_db()
    assert lot.wrong_count == 1


def test_decisions_from_a_table_count_too(house):
    house.label(30)
    lot = house.open()
    rows = [f"{item.task.item.external_id},wren" for item in lot.items.all()[:2]]
    content = "\n".join(["item,label", *rows]).encode()
    [control] = CHOICE_SCHEMA["controls"]
    bulk_reviews.review_file(
        house.project, control, stream=io.BytesIO(content), file_name="rows.csv", by=house.xiu
    )
    lot.refresh_from_db()
    assert (lot.state, lot.wrong_count) == (Lot.State.REJECTED, 2)


def test_a_decision_taken_back_is_as_if_nobody_had_looked(house):
    house.label(30)
    lot = house.open()
    task = house.look(is_wrong=True)
    sampling.reopen(task)
    lot.refresh_from_db()
    assert (lot.wrong_count, lot.unseen_count) == (0, 12)
    assert lot.items.get(task=task).decided_at is None


def test_a_look_that_is_overturned_counts_as_the_second_has_it(house, settings):
    settings.SECOND_REVIEW_PERCENT = 100
    yan = make_member(house.team, Role.EXPERT)
    house.label(30)
    lot = house.open()
    task = house.look()
    assert house.look(is_wrong=True, by=yan) == task
    lot.refresh_from_db()
    assert (lot.right_count, lot.wrong_count, lot.unseen_count) == (0, 1, 11)


def test_a_lot_goes_on_when_the_decision_that_ended_it_is_taken_back(house):
    house.label(30)
    lot = house.ended(accepted=False)
    task = lot.items.filter(outcome="wrong").first().task
    sampling.reopen(task)
    lot.refresh_from_db()
    assert (lot.state, lot.wrong_count, lot.failing) == (Lot.State.SAMPLING, 1, {})
    assert Event.objects.get(verb="lot.reopened").before == {"state": "rejected"}
    assert lots.tend_open_lots() == 1
    waiting = lot.items.filter(outcome="").exclude(task=task)
    assert looks() == set(waiting.values_list("task", flat=True))


def test_an_end_that_something_was_built_on_stays(house):
    house.label(30)
    lot = house.ended(accepted=False)
    house.open()
    sampling.reopen(lot.items.filter(outcome="wrong").first().task)
    lot.refresh_from_db()
    assert (lot.state, lot.wrong_count) == (Lot.State.REJECTED, 2)
    assert Event.objects.filter(verb="lot.decision_taken_back").exists()


def test_an_end_is_final_after_a_day(house):
    house.label(30)
    lot = house.ended(accepted=False)
    Lot.objects.update(ended_at=lot.ended_at - timedelta(days=1))
    sampling.reopen(lot.items.filter(outcome="wrong").first().task)
    lot.refresh_from_db()
    assert lot.state == Lot.State.REJECTED


def test_a_lot_is_given_up_with_a_reason(house):
    house.label(30)
    lot = house.open()
    with pytest.raises(DomainError):
        lots.cancel_lot(lot, reason=" ", by=house.mei)
    lot = lots.cancel_lot(lot, reason="Wrong batch.", by=house.mei)
    assert (lot.state, lot.reason) == (Lot.State.CANCELLED, "Wrong batch.")
    assert looks() == set()
    with pytest.raises(Conflict):
        lots.cancel_lot(lot, reason="Again.", by=house.mei)
    assert lot_series.inspection_of(house.project, None, lot.version).accepted == 0


def test_lost_looks_come_back_and_excluded_items_drop_out(house):
    house.label(30)
    lot = house.open()
    lost, excluded, *_rest = lot.items.all()
    Assignment.objects.filter(task=lost.task, **OPEN_LOOKS).update(state="revoked")
    Task.objects.filter(pk=excluded.task_id).update(state=Task.State.EXCLUDED)
    assert lots.tend_open_lots() == 1
    assert lots.tend_open_lots() == 0
    lot.refresh_from_db()
    assert (lot.gone_count, lot.unseen_count) == (1, 11)
    assert lost.task_id in looks()


def test_a_lot_of_which_nothing_is_left_is_given_up(house):
    house.label(3)
    lot = house.open()
    Task.objects.update(state=Task.State.EXCLUDED)
    lots.tend_open_lots()
    lot.refresh_from_db()
    assert lot.state == Lot.State.CANCELLED
