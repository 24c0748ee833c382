"""Limits of what one person gets: in a batch, and in a project on one day of UTC."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from labelops.accounts.models import Role
from labelops.errors import DomainError
from tasks.models import Annotation, WorkCap
from tasks.services import batches, caps, gold_serving, handout, pace
from tests.factories import make_batch, make_gold, make_member, make_published_project, make_task
from tests.tasks.labeling import answer, take
from tests.tasks.test_statement_counts import NEXT_STATEMENTS, statements

pytestmark = pytest.mark.django_db
NOON = datetime(2031, 5, 6, 12, tzinfo=UTC)


@pytest.fixture
def mei(team):
    return make_member(team, Role.MANAGER)


@pytest.fixture
def work(project, team):
    """Six batches of the project, with two tasks each."""
    found = [make_batch(project, team, overlap=1) for _number in range(6)]
    for batch in found:
        for _number in range(2):
            make_task(batch)
    return found


def test_a_day_ends_at_midnight_utc_and_spans_all_batches(project, ana, bo, mei, work):
    caps.set_cap(project, ana, labels_per_day=5, by=mei)
    for given in take(ana, count=3, now=NOON):
        answer(given, ana, now=NOON)
    # Of several batches together no more than what is left; what is held counts.
    assert len(take(ana, count=10, now=NOON)) == 2
    held = take(ana, count=10, now=NOON)
    assert len(held) == 2
    for given in held:
        answer(given, ana, now=NOON)
    refused = handout.next_assignments(ana, count=3, now=NOON)
    assert refused.assignments == []
    assert "in a day, 5" in refused.reason
    assert len(take(bo, count=1, now=NOON)) == 1
    # A second before midnight there is nothing, at midnight a new day.
    midnight = NOON.replace(hour=0) + timedelta(days=1)
    assert take(ana, count=1, now=midnight - timedelta(seconds=1)) == []
    assert len(take(ana, count=10, now=midnight)) == 5


def test_a_claim_over_many_batches_keeps_to_the_limit(project, team, ana, mei, work):
    """Also where the queue gives too little and is walked from its start, group by group."""
    for given in take(ana, count=1, now=NOON):
        answer(given, ana, now=NOON)
    other = make_published_project(team)
    make_task(make_batch(other, team, overlap=1))
    caps.set_cap(project, ana, labels_per_day=8, by=mei)
    given = take(ana, count=10, now=NOON)
    of_project = [row for row in given if row.batch.project_id == project.pk]
    assert len(of_project) == 7
    assert len(given) == 8


def test_gold_counts_like_work(project, ana, mei, work, monkeypatch):
    make_gold(project)
    monkeypatch.setattr(gold_serving, "due", lambda *_all: 1)
    caps.set_cap(project, ana, labels_per_day=2, by=mei)
    given = take(ana, count=5, now=NOON)
    assert len(given) == 2
    assert [row.task.state for row in given].count("gold") == 1


def test_the_share_of_a_batch_follows_its_size(project, team, ana, mei):
    batch = make_batch(project, team, overlap=1)
    for _number in range(9):
        make_task(batch)
    batch = batches.update_batch(batch, by=mei, person_share_percent=25)
    assert (batch.share_limit, batch.most_by_person) == (2, 2)
    assert len(take(ana, count=5)) == 2
    for given in take(ana, count=5):
        answer(given, ana)
    assert "as one person may give" in handout.next_assignments(ana).reason
    for _number in range(3):
        make_task(batch)
    pace.refresh_running()
    assert len(take(ana, count=5)) == 1
    batches.update_batch(batch, by=mei, person_limit=1)
    batch.refresh_from_db()
    assert batch.most_by_person == 1
    with pytest.raises(DomainError):
        batches.update_batch(batch, by=mei, person_share_percent=101)
    batches.update_batch(batch, by=mei, person_share_percent=None, person_limit=None)
    assert len(take(ana, count=9)) == 9


def test_a_limit_costs_no_statement_and_is_set_on_a_page(client, project, ana, mei, work):
    client.force_login(mei)
    address = reverse("work_cap", args=[project.slug, ana.pk])
    for wrong in ("0", "x", "-1", "100001"):
        assert client.post(address, {"labels_per_day": wrong}).status_code == 422
    assert client.post(address, {"labels_per_day": "40"}).status_code == 302
    assert 'value="40"' in client.get(address).content.decode()
    client.force_login(ana)
    following = reverse("api_assignment_next")

    def lease():
        return client.post(following, {"count": 1}, content_type="application/json")

    [given] = lease().json()
    assert given
    answer(take(ana)[0], ana)
    assert Annotation.objects.count() == 1
    assert len(statements(lease)) == NEXT_STATEMENTS
    client.force_login(mei)
    client.post(address, {"labels_per_day": ""})
    assert not WorkCap.objects.exists()
