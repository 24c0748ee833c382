"""Crops that are known to be of another class: whoever confirms them has not looked."""

import random
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from labelops.accounts.models import Role
from reviews.models import AttentionCheck, ObjectCheck
from reviews.reports.attention import attention_by_reviewer
from reviews.services import crops, desk, queue
from reviews.services.object_checks import Mark, confirm_page
from reviews.services.object_checks_undo import take_back_page
from tasks.models import Task
from tests.factories import make_member
from tests.reviews.crops import crop, make_fish, make_fish_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(team):
    return make_fish_project(team)


@pytest.fixture
def known(team, batch, author):
    """A label with a pike and a carp that an expert let stand."""
    task = make_fish(batch, author, "pike", "carp", risk=9)
    expert = make_member(team, Role.EXPERT)
    held = queue.next_review(expert)
    assert held.task == task
    desk.decide(held, decision="accept", by=expert, request_id=uuid.uuid4())
    confirm(expert, task.batch.project, Mark(crop(task, 0), "right"))
    return Task.objects.get(pk=task.pk)


def confirm(user, project, *marks, **over):
    over = {"value": "pike", "request_id": uuid.uuid4()} | over
    return [fate.error for fate in confirm_page(user, project, marks, **over)]


def shown(user, project, value="pike", **over):
    planting = random.Random(5)
    planting.random = lambda: 0.0
    page = crops.next_page(user, project, value=value, rng=planting, **over)
    return [found.name for found in page.crops]


def test_a_page_holds_objects_that_are_known_to_be_something_else(
    project, batch, author, reviewer, known
):
    task = make_fish(batch, author, "pike")
    names = shown(reviewer, project)
    assert sorted(names) == sorted([crop(known, 1), crop(task, 0)])
    [check] = AttentionCheck.objects.all()
    assert (check.task, check.shown_as, check.is_caught) == (known, "pike", None)
    # Once a person, and never a page of nothing else.
    assert shown(reviewer, project) == [crop(task, 0)]
    assert shown(reviewer, project, known=[crop(task, 0)]) == []


@pytest.mark.parametrize(("verdict", "is_caught"), [("right", False), ("wrong", True)])
def test_what_is_said_of_it_decides_nothing(
    project, batch, author, reviewer, known, verdict, is_caught
):
    make_fish(batch, author, "pike")
    shown(reviewer, project)
    before = ObjectCheck.objects.count()
    mark = Mark(crop(known, 1), verdict, reason="wrong_class" if is_caught else "")
    for _time in range(2):
        assert confirm(reviewer, project, mark) == [{}]
    assert AttentionCheck.objects.get().is_caught is is_caught
    assert ObjectCheck.objects.count() == before
    assert Task.objects.get(pk=known.pk).state == "accepted"
    [row] = attention_by_reviewer(project)
    assert (row.caught.n, row.caught.percent) == (1, 100 * is_caught)


def test_on_the_page_of_its_own_class_it_is_work(project, batch, author, reviewer, known):
    make_fish(batch, author, "pike")
    shown(reviewer, project)
    mark = Mark(crop(known, 1), "right")
    assert confirm(reviewer, project, mark, value="carp") == [{}]
    assert AttentionCheck.objects.get().is_caught is None
    assert ObjectCheck.objects.filter(task=known, shown_as="carp").count() == 1


def test_a_class_that_it_is_not_and_was_not_shown_as_has_changed(project, reviewer, known):
    [error] = confirm(reviewer, project, Mark(crop(known, 1), "right"))
    assert error["code"] == "label_changed"


def test_a_page_that_is_taken_back_counts_as_it_ends(project, batch, author, reviewer, known):
    make_fish(batch, author, "pike")
    shown(reviewer, project)
    name = crop(known, 1)
    confirm(reviewer, project, Mark(name, "right"))
    for _time in range(2):
        [fate] = take_back_page(reviewer, project, [name], value="pike")
        assert fate.error == {}
    assert AttentionCheck.objects.get().is_caught is None
    confirm(reviewer, project, Mark(name, "wrong", reason="wrong_class"))
    assert AttentionCheck.objects.get().is_caught is True
    late = timezone.now() + timedelta(minutes=11)
    [fate] = take_back_page(reviewer, project, [name], value="pike", now=late)
    assert fate.error["code"] == "undo_too_late"
    assert AttentionCheck.objects.get().is_caught is True


def test_what_was_left_unanswered_for_long_is_forgotten(project, batch, author, reviewer, known):
    make_fish(batch, author, "pike")
    first = shown(reviewer, project)
    later = timezone.now() + timedelta(hours=3)
    assert sorted(shown(reviewer, project, now=later)) == sorted(first)
    assert AttentionCheck.objects.get().shown_at == later


def test_nobody_is_checked_with_what_they_labeled_or_decided(project, batch, team, author, known):
    make_fish(batch, make_member(team), "pike")
    expert = known.reviews.get().reviewer
    for person in (expert, author):
        person.memberships.update(role=Role.REVIEWER)
        assert crop(known, 1) not in shown(person, project)
    assert not AttentionCheck.objects.exists()
