"""A prepared query finds what the queryset itself finds, for any values and shapes."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from labelops.accounts.models import User
from labelops.prepared import PreparedQuery
from tasks import access
from tasks.models import Assignment, Batch
from tests.factories import (
    make_batch,
    make_member,
    make_project,
    make_published_project,
    make_task,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db


def test_texts_lists_and_nothing_are_told_apart():
    people = [make_user(language="en"), make_user(language="de"), make_user(language="en")]

    def build(names, language):
        found = User.objects.filter(username__in=["", *names])
        return (found.filter(language=language) if language else found).order_by("pk")

    query = PreparedQuery(build)
    names = [person.username for person in people]
    for chosen in ([], names[:1], names, names[1:]):
        for language in (None, "en", "de"):
            assert query.fetch(names=chosen, language=language) == list(build(chosen, language))


def test_related_rows_annotations_times_and_uuids_arrive():
    team = make_team()
    project = make_published_project(team)
    task = make_task(make_batch(project, team, overlap=1))
    now = timezone.now()
    slot = task.assignments.get()
    Assignment.objects.filter(pk=slot.pk).update(leased_until=now)
    query = PreparedQuery(
        lambda public_id, until: Assignment.objects.filter(
            public_id=public_id, leased_until__lte=until
        ).select_related("task__item")
    )
    [found] = query.fetch(public_id=slot.public_id, until=now)
    assert (found, found.leased_until, found.public_id) == (slot, now, slot.public_id)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.db.models.query.QuerySet._fetch_all", None)
        assert found.task.item.data == {"text": "A small bird with a red breast."}
    assert query.fetch(public_id=uuid.uuid4(), until=now) == []
    assert query.fetch(public_id=slot.public_id, until=now - timedelta(seconds=1)) == []


def test_the_rule_of_who_may_work_is_the_same_prepared_or_not():
    team, other = make_team(), make_team()
    project = make_project(team, other)
    for over in ({}, {"language": "pt"}, {"min_level": 1}, {"state": Batch.State.PAUSED}):
        make_batch(project, team, **over)
    make_batch(project, other)
    query = PreparedQuery(
        lambda user_id, reads: access.batches_to_work_on(user_id, reads).order_by("pk")
    )
    for person in (make_member(team), make_member(team, languages=["pt-BR"]), make_user()):
        expected = list(access.workable_batches(person).order_by("pk"))
        assert query.fetch(user_id=person.pk, reads=person.reads) == expected
