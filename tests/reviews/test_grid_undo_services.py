"""A confirmed page is taken back: every tile as on the desk, and all of it once."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labelops.accounts.models import Role
from reviews.models import AttentionCheck, Consensus, Feedback, Measurement, Review
from reviews.services import attention, grid_review, queue, undo
from reviews.services.grid_decisions import SINGLY, Mark, confirm_page
from reviews.services.grid_undo import take_back_page
from tasks.models import Assignment, Task
from tasks.services import handout
from tasks.services.recounts import recount
from tests.factories import make_member
from tests.reviews.test_desk_undo import world
from tests.reviews.test_grid_review_services import (
    ALL_CHECKS,
    codes,
    confirm,
    expert_says,
    held,
    labeled,
    page_of,
    task_ids,
)

pytestmark = pytest.mark.django_db
MARKED = (("fix", {"value": "wren"}), ("reject", {"reason": "wrong_class"}))


def ids_of(tiles):
    return [tile.public_id for tile in tiles]


def everything():
    """All that decisions change, of every task."""
    return [world(task) for task in Task.objects.order_by("pk")]


def test_a_page_comes_back_as_it_was_and_is_confirmed_anew(project, batch, author, reviewer):
    labeled(batch, author, *["robin"] * 4)
    tiles = page_of(reviewer, project)
    before = everything()
    confirm(reviewer, tiles, *MARKED)
    confirmed = everything()
    assert confirmed != before
    returned = take_back_page(reviewer, ids_of(tiles))
    assert codes(returned) == [None] * 4
    assert everything() == before
    assert not Review.objects.standing().exists()
    assert not Feedback.objects.exists()
    again = Assignment.objects.in_bulk([tile.again for tile in returned], field_name="public_id")
    assert [again[tile.again].task_id for tile in returned] == task_ids(tiles)
    assert {(row.annotator, row.state) for row in again.values()} == {(reviewer, "leased")}
    # The page knows of them: the next one holds none.
    assert page_of(reviewer, project, known=list(again)) == []
    marks = [Mark(tile.again, "accept") for tile in returned]
    assert (
        codes(confirm_page(reviewer, marks, value="robin", request_id=uuid.uuid4())) == [None] * 4
    )
    standing = Review.objects.standing().values_list("decision", flat=True)
    assert list(standing) == ["accept"] * 4
    assert {found["standing"] for found in everything()} == {("sampled", False)}
    assert Measurement.objects.count() == 4
    assert recount(batch) == []


def test_a_page_taken_back_twice_is_taken_back_once(project, batch, author, reviewer):
    labeled(batch, author, *["robin"] * 3)
    tiles = page_of(reviewer, project)
    confirm(reviewer, tiles, *MARKED)
    first = take_back_page(reviewer, ids_of(tiles))
    once = everything(), list(Review.objects.values()), held(reviewer)
    assert take_back_page(reviewer, ids_of(tiles)) == first
    assert (everything(), list(Review.objects.values()), held(reviewer)) == once
    marks = [Mark(tile.again, "accept") for tile in first]
    confirm_page(reviewer, marks, value="robin", request_id=uuid.uuid4())
    # The old ids say nothing of the new decisions.
    assert codes(take_back_page(reviewer, ids_of(tiles))) == ["nothing_to_undo"] * 3
    assert Review.objects.standing().count() == 3


def test_the_page_sent_late_does_not_come_back_by_itself(project, batch, author, reviewer):
    labeled(batch, author, *["robin"] * 2)
    tiles = page_of(reviewer, project)
    key = uuid.uuid4()
    confirm(reviewer, tiles, key=key)
    take_back_page(reviewer, ids_of(tiles))
    assert codes(confirm(reviewer, tiles, key=key)) == ["withdrawn"] * 2
    assert not Review.objects.standing().exists()


def test_what_has_gone_on_stays_and_does_not_hold_up_the_others(project, batch, author, reviewer):
    labeled(batch, author, *["robin"] * 4)
    tiles = page_of(reviewer, project)
    confirm(reviewer, tiles, ("reject", {"reason": "wrong_class"}), (SINGLY, {}))
    [begun] = handout.next_assignments(author).assignments
    assert begun.task_id == task_ids(tiles)[0]
    returned = take_back_page(reviewer, [*ids_of(tiles), uuid.uuid4()])
    too_late, still_open = "undo_too_late", "nothing_to_undo"
    assert codes(returned) == [too_late, still_open, None, None, "not_found"]
    assert all(tile.error["message"] for tile in returned if tile.again is None)
    assert [review.task_id for review in Review.objects.standing()] == task_ids(tiles)[:1]
    # Both that came back, and the one that was left open all along.
    assert held(reviewer) == 3


def test_ten_minutes_later_a_page_stays_as_it_was_confirmed(project, batch, author, reviewer):
    labeled(batch, author, *["robin"] * 2)
    tiles = page_of(reviewer, project)
    confirm(reviewer, tiles)
    late = timezone.now() + undo.WINDOW + timedelta(seconds=1)
    assert codes(take_back_page(reviewer, ids_of(tiles), now=late)) == ["undo_too_late"] * 2
    assert Review.objects.standing().count() == 2


def test_nobody_takes_back_the_page_of_another_or_of_a_team_that_they_left(
    project, batch, team, author, reviewer
):
    labeled(batch, author, "robin")
    tiles = page_of(reviewer, project)
    confirm(reviewer, tiles)
    other = make_member(team, Role.REVIEWER)
    assert codes(take_back_page(other, ids_of(tiles))) == ["not_found"]
    reviewer.memberships.all().delete()
    assert codes(take_back_page(reviewer, ids_of(tiles))) == ["not_found"]
    assert Review.objects.standing().count() == 1


def test_a_page_that_came_back_and_is_left_leaves_no_looks_behind(project, batch, author, reviewer):
    labeled(batch, author, *["robin"] * 2)
    tiles = page_of(reviewer, project)
    confirm(reviewer, tiles)
    returned = take_back_page(reviewer, ids_of(tiles))
    grid_review.release_page(reviewer, [tile.again for tile in returned])
    assert not queue.waiting(reviewer).exists()
    assert len(page_of(reviewer, project)) == 2


@pytest.fixture
def checked_page(project, batch, author, team, reviewer):
    """A page with a known-wrong tile beside its work."""
    expert = make_member(team, Role.EXPERT)
    [known_wrong] = labeled(batch, author, "robin")
    expert_says(known_wrong, "wren", expert)
    labeled(batch, author, *["robin"] * 2)
    return page_of(reviewer, project, rng=ALL_CHECKS)


def test_a_known_wrong_tile_comes_back_like_any_other_and_is_measured_anew(reviewer, checked_page):
    confirm(reviewer, checked_page)
    assert AttentionCheck.objects.get().is_caught is False
    returned = take_back_page(reviewer, ids_of(checked_page))
    assert codes(returned) == [None] * 3
    ids = {tile.again for tile in returned}
    assert not ids & {*ids_of(checked_page)}
    assert {(id.version, id.variant) for id in ids} == {(4, uuid.RFC_4122)}
    assert take_back_page(reviewer, ids_of(checked_page)) == returned
    check = AttentionCheck.objects.get()
    assert (check.is_caught, check.public_id in ids) == (None, True)
    assert attention.is_checked_with(reviewer, check.task.item)
    marks = [
        Mark(id, "fix", value="wren") if id == check.public_id else Mark(id, "accept") for id in ids
    ]
    fates = confirm_page(reviewer, marks, value="robin", request_id=uuid.uuid4())
    assert codes(fates) == [None] * 3
    assert AttentionCheck.objects.get().is_caught is True
    assert codes(take_back_page(reviewer, ids_of(checked_page))) == ["nothing_to_undo"] * 3


def test_a_known_wrong_tile_stays_when_the_others_do(reviewer, checked_page):
    assert codes(take_back_page(reviewer, ids_of(checked_page))) == ["nothing_to_undo"] * 3
    confirm(reviewer, checked_page)
    late = timezone.now() + undo.WINDOW + timedelta(seconds=1)
    returned = take_back_page(reviewer, ids_of(checked_page), now=late)
    assert len({str(tile.error) for tile in returned}) == 1
    assert codes(returned) == ["undo_too_late"] * 3
    assert AttentionCheck.objects.get().is_caught is False


def test_each_tile_costs_the_same_in_a_page_of_any_size(project, batch, author, reviewer):
    other, *_tiles = labeled(batch, author, "wren", *["robin"] * 14)
    # Nobody decides the first of the random order, so no tile comes into the sample by chance.
    Consensus.objects.filter(task=other).update(draw=-1)
    costs = []
    for size in (2, 4, 8):
        tiles = page_of(reviewer, project)[:size]
        confirm(reviewer, tiles)
        with CaptureQueriesContext(connection) as taken:
            returned = take_back_page(reviewer, ids_of(tiles))
        costs.append(len(taken))
        grid_review.release_page(reviewer, [tile.again for tile in returned])
    each = (costs[1] - costs[0]) / 2
    assert (costs[2] - costs[1]) / 4 == each
    assert each <= 34
    assert costs[0] - 2 * each <= 10
