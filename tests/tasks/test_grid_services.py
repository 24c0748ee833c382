"""Pages of many items: what is leased for them, and what becomes of each row."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from labelops.errors import DomainError
from tasks.models import Annotation, Assignment, Batch
from tasks.services import annotations, grid, handout
from tests.factories import CHOICE_SCHEMA, make_batch, make_task
from tests.tasks.labeling import take
from tests.tasks.test_predictions_services import predict, suggesting

pytestmark = pytest.mark.django_db


def leased(user):
    return Assignment.objects.filter(annotator=user, state="leased").count()


def answered(row, value="robin"):
    return grid.Answered(row.public_id, uuid.uuid4(), {"species": value})


@pytest.mark.parametrize(
    ("change", "is_suitable"),
    [
        ({}, True),
        ({"required": False}, False),
        ({"multiple": True}, False),
        ({"type": "rating"}, False),
    ],
)
def test_one_required_single_choice_suits_the_grid(change, is_suitable):
    [control] = CHOICE_SCHEMA["controls"]
    schema = {"controls": [control | change]}
    assert (grid.grid_control(schema) is not None) == is_suitable
    assert grid.grid_control({"controls": [control, control]}) is None


def test_a_page_and_the_one_ahead_and_never_more(project, team, ana):
    batch = make_batch(project, team, overlap=1)
    for _number in range(2 * grid.PAGE + 10):
        make_task(batch)
    known = []
    for expected in (grid.PAGE, grid.PAGE, 0):
        page = grid.next_page(ana, batch.pk, value="robin", known=known)
        assert len(page.assignments) == expected
        known += [row.public_id for row in page.assignments]
    assert leased(ana) == len(set(known)) == grid.LEASES
    assert len(take(ana, count=500)) == handout.LEASES_PER_PERSON


def test_a_page_holds_one_proposed_class(project, team, ana):
    batch = suggesting(project, team)
    for label in ["wren", "robin", "wren", "wren"]:
        predict(project, make_task(batch).item, label)
    make_task(batch)
    first = grid.next_page(ana, batch.pk)
    assert (first.value, len(first.assignments)) == ("wren", 3)
    known = [row.public_id for row in first.assignments]
    assert grid.next_page(ana, batch.pk, value="wren", known=known).assignments == []
    second = grid.next_page(ana, batch.pk, known=known)
    assert (second.value, len(second.assignments)) == ("robin", 1)
    known += [row.public_id for row in second.assignments]
    assert grid.next_page(ana, batch.pk, known=known).assignments == []
    # The item without a prediction is left to the ordinary page.
    assert leased(ana) == 4


def test_a_rare_class_is_found_stretch_by_stretch(
    project, team, ana, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(grid, "LOOK", 3)
    batch = suggesting(project, team)
    for label in ["wren", "wren", "wren", "wren", "robin", "wren", "wren", "robin"]:
        predict(project, make_task(batch).item, label)
    found, after = [], None
    for _request in range(3):
        with django_assert_max_num_queries(14):
            page = grid.next_page(ana, batch.pk, value="robin", after=after)
        found.append(len(page.assignments))
        after = page.go_on_after
    # What is held already comes again until the page says that it has it.
    assert (found, after) == ([0, 1, 2], None)
    assert grid.next_page(ana, batch.pk, value="robin", after=uuid.uuid4()).go_on_after


def test_a_page_is_kept_alive_at_once(project, team, ana, bo, django_assert_max_num_queries):
    batch = make_batch(project, team, overlap=1)
    for _number in range(5):
        make_task(batch)
    page = grid.next_page(ana, batch.pk, value="robin").assignments
    ids = [row.public_id for row in page]
    later = timezone.now() + timedelta(minutes=5)
    with django_assert_max_num_queries(4):
        fates = grid.beat_page(ana, ids, now=later)
    assert all(not fate.error for fate in fates)
    ends = Assignment.objects.filter(annotator=ana).values_list("leased_until", flat=True)
    assert set(ends) == {later + batch.lease_time}
    grid.release_page(ana, ids[:1])
    codes = [fate.error.get("code") for fate in grid.beat_page(ana, ids)]
    assert codes == ["lease_lost", None, None, None, None]
    assert {fate.error["code"] for fate in grid.beat_page(bo, ids)} == {"lease_lost"}


def test_a_page_is_the_same_when_it_is_asked_for_again(project, team, ana):
    batch = suggesting(project, team)
    for _number in range(3):
        predict(project, make_task(batch).item)
    page = grid.next_page(ana, batch.pk)
    again = grid.next_page(ana, batch.pk)
    assert [row.pk for row in page.assignments] == [row.pk for row in again.assignments]


def test_what_is_kept_back_never_comes_onto_a_page_of_proposals(project, team, ana):
    batch = suggesting(project, team, blind_percent=50)
    for _number in range(30):
        predict(project, make_task(batch).item)
    page = grid.next_page(ana, batch.pk)
    assert 0 < len(page.assignments) < 30
    for row in page.assignments:
        annotations.submit(
            row.public_id, answer={"species": "robin"}, request_id=uuid.uuid4(), by=ana
        )
    assert set(Annotation.objects.values_list("suggestion_mode", flat=True)) == {"shown"}


def test_two_people_share_the_items_and_nobody_gets_one_twice(project, team, ana, bo):
    batch = suggesting(project, team)
    for _number in range(grid.PAGE + 5):
        predict(project, make_task(batch).item)
    first, second = grid.next_page(ana, batch.pk), grid.next_page(bo, batch.pk)
    assert (len(first.assignments), len(second.assignments)) == (grid.PAGE, 5)
    assert not {r.task_id for r in first.assignments} & {r.task_id for r in second.assignments}


def test_with_overlap_a_person_gets_each_item_once(project, team, ana):
    batch = make_batch(project, team, suggestions="shown", blind_percent=0, overlap=3)
    for _number in range(4):
        predict(project, make_task(batch).item)
    page = grid.next_page(ana, batch.pk)
    assert len({row.task_id for row in page.assignments}) == len(page.assignments) == 4


def test_the_share_of_one_person_is_kept(project, team, ana):
    batch = suggesting(project, team, person_limit=2)
    for _number in range(5):
        predict(project, make_task(batch).item)
    assert len(grid.next_page(ana, batch.pk).assignments) == 2


@pytest.mark.parametrize("mode", ["hidden", "after"])
def test_batches_without_a_grid_or_a_class(project, team, ana, mode):
    batch = make_batch(project, team, suggestions=mode)
    make_task(batch)
    expected = Batch.DoesNotExist if mode == "after" else DomainError
    with pytest.raises(expected):
        grid.next_page(ana, batch.pk)
    with pytest.raises(expected):
        grid.next_page(ana, batch.pk, value="dodo")


def test_one_bad_row_does_not_lose_the_others_and_time_is_shared_out(project, team, ana):
    batch = make_batch(project, team, overlap=1)
    for _number in range(3):
        make_task(batch)
    first, second, third = grid.next_page(ana, batch.pk, value="robin").assignments
    rows = [answered(first), answered(second, "dodo"), answered(third, "wren")]
    rows.append(grid.Answered(uuid.uuid4(), uuid.uuid4(), {"species": "robin"}))
    clocks = annotations.Clocks(active_ms=8_000)
    fates = grid.submit_page(ana, rows, clocks=clocks)
    assert [fate.error.get("code") for fate in fates] == [None, "unknown_option", None, "not_found"]
    assert list(Annotation.objects.values_list("active_ms", flat=True)) == [2_000, 2_000]
    # Sent again after a lost reply: nothing is stored twice.
    assert grid.submit_page(ana, rows, clocks=clocks) == fates
    assert Annotation.objects.count() == 2


def test_a_page_is_taken_back_and_given_up(project, team, ana):
    batch = make_batch(project, team, overlap=1)
    for _number in range(3):
        make_task(batch)
    page = grid.next_page(ana, batch.pk, value="robin").assignments
    ids = [row.public_id for row in page]
    grid.submit_page(ana, [answered(row) for row in page])
    assert all(not fate.error for fate in grid.undo_page(ana, ids))
    assert (Annotation.objects.count(), leased(ana)) == (0, 3)
    assert all(not fate.error for fate in grid.release_page(ana, ids))
    assert leased(ana) == 0
    assert Assignment.objects.filter(state="open").count() == 3
    assert {fate.error["code"] for fate in grid.release_page(ana, ids)} == {"lease_lost"}


def test_nobody_answers_undoes_or_gives_up_for_another(project, team, ana, bo):
    batch = make_batch(project, team, overlap=1)
    make_task(batch)
    [row] = grid.next_page(ana, batch.pk, value="robin").assignments
    for fates in (
        grid.submit_page(bo, [answered(row)]),
        grid.undo_page(bo, [row.public_id]),
        grid.release_page(bo, [row.public_id]),
    ):
        assert [fate.error["code"] for fate in fates] == ["not_found"]
    assert leased(ana) == 1
