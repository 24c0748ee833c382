"""Undo: an answer taken back is as if it had never been, and its old request stays dead."""

import random
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from labelops.accounts.models import Role
from labelops.errors import Conflict
from reviews.services import consensus, queue
from tasks.models import Annotation, Assignment, Task
from tasks.services import withdrawals
from tasks.services.recounts import recount
from tests.factories import (
    make_batch,
    make_member,
    make_published_project,
    make_task,
    make_team,
)
from tests.tasks.labeling import answer, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(team):
    project = make_published_project(team)
    return make_batch(project, team, overlap=1)


def undo(assignment, user, **over):
    return withdrawals.withdraw(assignment.public_id, by=user, **over)


def test_the_answer_comes_back_as_a_draft_under_a_lease(batch, ana):
    task = make_task(batch)
    [given] = take(ana)
    answer(given, ana)
    back = undo(given, ana)
    assert back.state == Assignment.State.LEASED
    assert not Annotation.objects.exists()
    task.refresh_from_db()
    assert (task.state, task.labels_complete_at) == (Task.State.PENDING, None)
    [again] = take(ana)
    assert (again.pk, again.draft_answer) == (given.pk, {"species": "robin"})
    assert recount(batch) == []


def test_undo_twice_is_undo_once(batch, ana):
    make_task(batch)
    [given] = take(ana)
    answer(given, ana)
    undo(given, ana)
    assert undo(given, ana).state == Assignment.State.LEASED
    assert recount(batch) == []


def test_a_late_repetition_of_the_old_request_does_not_bring_it_back(batch, ana):
    make_task(batch)
    [given] = take(ana)
    key = uuid.uuid4()
    answer(given, ana, request_id=key)
    undo(given, ana)
    with pytest.raises(Conflict) as refused:
        answer(given, ana, request_id=key)
    assert refused.value.code == "withdrawn"
    answer(given, ana, "wren")
    assert Annotation.objects.get().answer == {"species": "wren"}


def test_a_label_settled_by_vote_is_taken_back_too(batch, ana):
    task = make_task(batch)
    [given] = take(ana)
    answer(given, ana)
    consensus.assess(task.pk, rng=random.Random(1))
    undo(given, ana)
    task.refresh_from_db()
    assert (task.state, task.result_answer) == (Task.State.PENDING, None)
    answer(given, ana, "wren")
    consensus.assess(task.pk, rng=random.Random(1))
    task.refresh_from_db()
    assert task.result_answer == {"species": "wren"}
    assert recount(batch) == []


def test_a_review_nobody_has_begun_is_called_off(batch, ana):
    batch.review_percent = 100
    batch.save()
    task = make_task(batch)
    [given] = take(ana)
    answer(given, ana)
    consensus.assess(task.pk)
    undo(given, ana)
    assert not Assignment.objects.filter(stage="review", state="open").exists()
    assert recount(batch) == []


def test_it_is_too_late_once_a_reviewer_has_it_or_time_is_over(batch, ana, team):
    batch.review_percent = 100
    batch.save()
    task = make_task(batch)
    [given] = take(ana)
    answer(given, ana)
    with pytest.raises(Conflict) as refused:
        undo(given, ana, now=timezone.now() + timedelta(hours=25))
    assert refused.value.code == "undo_too_late"
    given.refresh_from_db()
    in_an_hour = timezone.now() + timedelta(hours=1)
    assert withdrawals.withdrawable([given], now=in_an_hour) == {given.pk}
    consensus.assess(task.pk)
    assert queue.next_review(make_member(team, Role.REVIEWER))
    with pytest.raises(Conflict) as refused:
        undo(given, ana)
    assert refused.value.code == "undo_too_late"


def test_what_was_accepted_by_vote_stays_so_after_ten_minutes(batch, ana):
    task = make_task(batch)
    [given] = take(ana)
    answer(given, ana)
    consensus.assess(task.pk, rng=random.Random(1))
    with pytest.raises(Conflict) as refused:
        undo(given, ana, now=timezone.now() + timedelta(minutes=11))
    assert refused.value.code == "undo_too_late"


def test_the_api_gives_the_task_as_next_does(batch, ana, client):
    make_task(batch)
    [given] = take(ana)
    answer(given, ana)
    client.force_login(ana)
    response = client.post(reverse("api_assignment_undo", args=[given.public_id]))
    assert response.status_code == 200
    assert response.json()["draft"] == {"species": "robin"}
    client.force_login(make_member(make_team()))
    response = client.post(reverse("api_assignment_undo", args=[given.public_id]))
    assert response.status_code == 404
