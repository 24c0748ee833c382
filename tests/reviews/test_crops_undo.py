"""A confirmed page of crops is taken back."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from labelops.accounts.models import Role
from labelops.audit.models import Event
from reviews.models import ObjectCheck
from reviews.services import crops, desk, queue
from reviews.services.object_checks import Mark, confirm_page
from reviews.services.object_checks_undo import take_back_page
from tasks.models import Assignment, LabelClass, Task
from tests.factories import make_member
from tests.reviews.crops import crop, make_fish, make_fish_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(team):
    return make_fish_project(team)


@pytest.fixture
def other(team):
    return make_member(team, Role.REVIEWER)


def confirm(user, project, verdicts, key=None):
    """`verdicts` by the name of the crop."""
    marks = [
        Mark(name, verdict, reason="" if verdict == "right" else "extra_object")
        for name, verdict in verdicts.items()
    ]
    fates = confirm_page(user, project, marks, value="pike", request_id=key or uuid.uuid4())
    return [fate.error.get("code") for fate in fates]


def take_back(user, project, *names, **over):
    return [
        fate.error.get("code")
        for fate in take_back_page(user, project, names, value="pike", **over)
    ]


def state(task):
    return Task.objects.get(pk=task.pk).state


def test_checks_and_the_review_they_asked_for_are_taken_back(project, batch, author, reviewer):
    task, sound = make_fish(batch, author, "pike", "pike"), make_fish(batch, author, "pike")
    page = {crop(task, 0): "wrong", crop(task, 1): "right", crop(sound, 0): "right"}
    confirm(reviewer, project, page)
    assert (state(task), state(sound)) == ("in_review", "accepted")
    for _time in range(2):
        assert take_back(reviewer, project, *page) == [None] * 3
    assert (state(task), state(sound)) == ("accepted", "accepted")
    assert not ObjectCheck.objects.standing().exists()
    assert not Assignment.objects.filter(stage="review", state="open").exists()
    assert Event.objects.filter(verb="task.object_checks_withdrawn").count() == 2
    assert not LabelClass.objects.filter(is_looked_through=True).exists()
    # All three are there again, and can be confirmed anew.
    found = crops.next_page(reviewer, project, value="pike").crops
    assert {entry.name for entry in found} == set(page)
    assert confirm(reviewer, project, page) == [None] * 3
    assert state(task) == "in_review"


def test_a_page_that_was_taken_back_does_not_arrive_late(project, batch, author, reviewer):
    task = make_fish(batch, author, "pike")
    key, page = uuid.uuid4(), {crop(task, 0): "wrong"}
    confirm(reviewer, project, page, key)
    take_back(reviewer, project, *page)
    assert confirm(reviewer, project, page, key) == ["withdrawn"]
    assert state(task) == "accepted"


def test_a_review_that_somebody_has_begun_stays(project, batch, author, reviewer, other):
    task = make_fish(batch, author, "pike", "pike")
    page = {crop(task, 0): "wrong", crop(task, 1): "right"}
    confirm(reviewer, project, page)
    held = queue.next_review(other, is_required=True)
    assert take_back(reviewer, project, *page) == ["undo_too_late", None]
    desk.decide(held, decision="accept", by=other, request_id=uuid.uuid4())
    assert take_back(reviewer, project, crop(task, 0)) == ["undo_too_late"]
    assert state(task) == "accepted"


def test_an_adjudication_that_was_asked_for_is_taken_back(project, batch, author, reviewer, other):
    task = make_fish(batch, author, "pike")
    held = queue.next_review(other)
    desk.decide(held, decision="accept", by=other, request_id=uuid.uuid4())
    page = {crop(task, 0): "wrong"}
    confirm(reviewer, project, page)
    assert state(task) == "in_adjudication"
    assert take_back(reviewer, project, *page) == [None]
    assert state(task) == "accepted"
    assert not Assignment.objects.filter(stage="adjudicate", state="open").exists()


def test_after_ten_minutes_nothing_is_taken_back(project, batch, author, reviewer):
    task = make_fish(batch, author, "pike")
    page = {crop(task, 0): "wrong"}
    confirm(reviewer, project, page)
    late = timezone.now() + timedelta(minutes=11)
    assert take_back(reviewer, project, *page, now=late) == ["undo_too_late"]
    assert state(task) == "in_review"


def test_what_others_marked_keeps_the_task_on_the_desk(project, batch, author, reviewer, other):
    task = make_fish(batch, author, "pike", "pike")
    confirm(reviewer, project, {crop(task, 0): "wrong"})
    confirm(other, project, {crop(task, 1): "wrong"})
    # What another person said is not taken back.
    assert take_back(reviewer, project, crop(task, 0), crop(task, 1)) == [None, None]
    assert state(task) == "in_review"
    [left] = ObjectCheck.objects.standing()
    assert left.reviewer == other
    assert take_back(other, project, crop(task, 1)) == [None]
    assert state(task) == "accepted"


def test_foreign_and_unknown_crops_are_not_found(project, batch, author, reviewer):
    task = make_fish(batch, author, "pike")
    own = make_fish(batch, reviewer, "pike")
    found = take_back(reviewer, project, crop(own, 0), f"{uuid.uuid4()}:{'0' * 32}")
    assert found == ["not_found", "not_found"]
    # Nothing was said of it: there is nothing to take back, and nothing wrong.
    assert take_back(reviewer, project, crop(task, 0)) == [None]
