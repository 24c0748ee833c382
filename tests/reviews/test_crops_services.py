"""Which objects a page of crops holds, and what becomes of each when it is confirmed."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from labelops.accounts.models import Role, Team
from labelops.audit.models import Event
from labelops.errors import DomainError
from reviews.models import ObjectCheck
from reviews.reports.glance import crop_rows
from reviews.services import crops, queue
from reviews.services.object_checks import Mark, confirm_page
from tasks.models import Assignment, LabelClass, Suspension, Task
from tests.factories import make_batch, make_member, make_team, settle
from tests.reviews.crops import box, crop, make_fish, make_fish_project
from tests.reviews.test_grid_review_services import NO_CHECKS

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(team):
    return make_fish_project(team)


@pytest.fixture
def other(team):
    return make_member(team, Role.REVIEWER)


def names(page):
    return [found.name for found in page.crops]


def shown(user, project, value="pike", **over):
    over.setdefault("rng", NO_CHECKS)
    return names(crops.next_page(user, project, value=value, **over))


def confirm(user, project, *marks, key=None, value="pike"):
    key = key or uuid.uuid4()
    fates = confirm_page(user, project, marks, value=value, request_id=key)
    return [fate.error.get("code") for fate in fates]


def right(name):
    return Mark(name, "right")


def wrong(name, **over):
    return Mark(name, "wrong", **({"reason": "extra_object"} | over))


def state(task):
    return Task.objects.get(pk=task.pk).state


def test_a_page_holds_the_objects_of_one_class_by_risk(project, batch, author, reviewer):
    sure = make_fish(batch, author, "pike", "carp", "pike", risk=0.1)
    doubtful = make_fish(batch, author, "pike", risk=0.9)
    make_fish(batch, author, "carp")
    assert shown(reviewer, project) == [crop(doubtful, 0), crop(sure, 0), crop(sure, 2)]
    assert shown(reviewer, project, known=[crop(doubtful, 0)]) == [crop(sure, 0), crop(sure, 2)]
    # Nothing is leased, and nothing moves.
    assert not Assignment.objects.filter(state="leased").exists()
    assert {state(sure), state(doubtful)} == {"accepted"}


def test_nobody_gets_their_own_work_nor_that_of_other_houses(project, batch, author, reviewer):
    task = make_fish(batch, reviewer, "pike")
    stranger = make_member(make_team(), Role.REVIEWER)
    assert shown(reviewer, project) == shown(stranger, project) == []
    assert confirm(reviewer, project, wrong(crop(task, 0))) == ["not_found"]
    assert confirm(stranger, project, wrong(crop(task, 0))) == ["not_found"]
    assert state(task) == "accepted"


def test_a_vendor_sees_its_own_batches_and_who_is_suspended_none(project, team, author, batch):
    vendor = make_team(kind=Team.Kind.VENDOR)
    project.teams.add(vendor)
    theirs = make_batch(project, vendor, overlap=1)
    make_fish(batch, author, "pike")
    task = make_fish(theirs, author, "pike")
    reviewer = make_member(vendor, Role.REVIEWER)
    assert shown(reviewer, project) == [crop(task, 0)]
    now = timezone.now()
    Suspension.objects.create(
        project=project,
        person=reviewer,
        reason="A pause.",
        started_at=now,
        until=now + timedelta(days=1),
    )
    assert shown(reviewer, project) == []
    assert confirm(reviewer, project, right(crop(task, 0))) == ["not_found"]


def test_a_page_goes_on_behind_a_stretch(project, batch, author, reviewer, monkeypatch):
    monkeypatch.setattr(crops, "STRETCH", 2)
    first, second, third = (make_fish(batch, author, "pike") for _number in range(3))
    page = crops.next_page(reviewer, project, value="pike")
    assert names(page) == [crop(first, 0), crop(second, 0)]
    assert page.go_on_after == second.public_id
    last = crops.next_page(reviewer, project, value="pike", after=page.go_on_after)
    assert (names(last), last.go_on_after) == ([crop(third, 0)], None)
    # A place that does not exist is the beginning.
    assert shown(reviewer, project, after=uuid.uuid4()) == names(page)


def test_the_work_of_one_author_alone(project, batch, team, author, reviewer):
    task = make_fish(batch, author, "pike")
    make_fish(batch, make_member(team), "pike")
    assert shown(reviewer, project, by=author.pseudonym) == [crop(task, 0)]
    for over in ({"by": "nobody"}, {"value": "shark"}):
        with pytest.raises(DomainError):
            shown(reviewer, project, **over)


def test_what_was_checked_does_not_come_again(project, batch, author, reviewer, other):
    task = make_fish(batch, author, "pike", "pike")
    assert confirm(reviewer, project, right(crop(task, 0))) == [None]
    assert shown(other, project) == [crop(task, 1)]
    assert {row.value: row.count for row in crop_rows(other, project)} == {"pike": 1, "carp": 0}
    confirm(other, project, right(crop(task, 1)))
    assert shown(reviewer, project) == []
    # It is not even looked for any more.
    assert LabelClass.objects.get(task=task).is_looked_through
    assert {row.value: row.count for row in crop_rows(other, project)} == {"pike": 0, "carp": 0}
    assert state(task) == "accepted"
    assert Event.objects.filter(verb="task.objects_checked").count() == 2


def test_an_object_that_is_drawn_anew_comes_again(project, batch, author, reviewer):
    task = make_fish(batch, author, "pike", "pike")
    confirm(reviewer, project, right(crop(task, 0)), right(crop(task, 1)))
    kept, drawn = task.result_answer["fish"]
    settle(task, {"fish": [kept, {**drawn, "box": [11, 11, 8, 8]}]})
    assert shown(reviewer, project) == [crop(task, 1)]


def test_a_class_that_was_looked_through_under_an_earlier_label_is_found_out(
    project, batch, author, reviewer
):
    task = make_fish(batch, author, "pike", "carp")
    confirm(reviewer, project, right(crop(task, 0)))
    settle(task, {"fish": task.result_answer["fish"][:1]})
    assert not LabelClass.objects.get(task=task).is_looked_through
    assert shown(reviewer, project) == []
    assert LabelClass.objects.get(task=task).is_looked_through


def test_a_wrong_object_sends_its_task_to_the_desk(project, batch, author, reviewer, other):
    task = make_fish(batch, author, "pike", "pike")
    assert confirm(
        reviewer, project, wrong(crop(task, 0), should_be="carp", reason=""), right(crop(task, 1))
    ) == [None, None]
    assert state(task) == "in_review"
    first, second = ObjectCheck.objects.order_by("object_id")
    assert (first.should_be, first.reason, first.shown_as) == ("carp", "wrong_class", "pike")
    assert (first.look.state, second.look) == ("open", None)
    # The desk has it, for the one who marked it, too.
    assert queue.next_review(other, is_required=True).task == task
    assert shown(reviewer, project) == []


def test_of_two_reviewers_the_first_counts_and_the_other_is_told_nothing_wrong(
    project, batch, author, reviewer, other
):
    task = make_fish(batch, author, "pike")
    assert confirm(reviewer, project, right(crop(task, 0))) == [None]
    assert confirm(other, project, wrong(crop(task, 0))) == [None]
    assert state(task) == "accepted"
    [check] = ObjectCheck.objects.all()
    assert (check.reviewer, check.verdict) == (reviewer, "right")
    check.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        check.save(force_insert=True)


def test_the_same_page_again_changes_nothing(project, batch, author, reviewer):
    task = make_fish(batch, author, "pike", "pike")
    key = uuid.uuid4()
    marks = [wrong(crop(task, 0)), right(crop(task, 1)), wrong(crop(task, 0))]
    for _time in range(2):
        assert confirm(reviewer, project, *marks, key=key) == [None, None, None]
    assert ObjectCheck.objects.count() == 2
    assert Assignment.objects.filter(task=task, stage="review").count() == 1
    assert Event.objects.filter(verb="task.objects_checked").count() == 1


def test_a_label_that_has_changed_is_said_row_by_row(project, batch, author, reviewer):
    task, same = (make_fish(batch, author, "pike") for _number in range(2))
    before = crop(task, 0)
    settle(task, {"fish": [box("carp", 0)]})
    found = confirm(reviewer, project, wrong(before), right(crop(same, 0)))
    assert found == ["label_changed", None]
    assert state(task) == "accepted"
    assert ObjectCheck.objects.count() == 1


def test_a_task_that_waits_already_takes_further_marks(project, batch, author, reviewer):
    task = make_fish(batch, author, "pike", "pike")
    confirm(reviewer, project, wrong(crop(task, 0)))
    assert confirm(reviewer, project, wrong(crop(task, 1))) == [None]
    assert Assignment.objects.filter(task=task, stage="review").count() == 1
    assert ObjectCheck.objects.values("look").distinct().count() == 1


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"reason": ""}, "reason_needed"),
        ({"reason": "missed_object"}, "reason_needed"),
        ({"should_be": "shark"}, "invalid"),
        ({"should_be": "pike"}, "invalid"),
    ],
)
def test_a_mark_that_says_nothing_is_refused(project, batch, author, reviewer, over, code):
    task = make_fish(batch, author, "pike")
    assert confirm(reviewer, project, wrong(crop(task, 0), **over)) == [code]
    assert state(task) == "accepted"


def test_a_page_costs_the_same_for_twelve_and_for_sixty(
    project, batch, author, reviewer, django_assert_num_queries
):
    for _number in range(70):
        make_fish(batch, author, "pike")
    for size in (12, 60):
        with django_assert_num_queries(6):
            assert len(shown(reviewer, project, size=size)) == size
