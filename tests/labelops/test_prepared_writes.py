"""A prepared write stores what the model's own save would store."""

import uuid

import pytest
from django.utils import timezone

from labelops.audit.models import Event
from labelops.prepared_writes import add_to, insert, save_fields
from tasks.models import BatchTally, Item
from tests.factories import make_batch, make_item, make_project, make_user

pytestmark = pytest.mark.django_db
ODD = {"text": "“naïve” 100% %s {}", "list": [1, 2.5, None, True]}


def test_a_new_row_reads_back_as_it_was_made():
    event = Event(
        actor=make_user(),
        verb="a.verb",
        target_type="t",
        target_id="1",
        after=ODD,
        request_key=uuid.uuid4(),
    )
    insert(event)
    stored = Event.objects.get(pk=event.pk)
    for field in Event._meta.concrete_fields:
        assert getattr(stored, field.attname) == getattr(event, field.attname), field.name
    assert abs(stored.created_at - timezone.now()).total_seconds() < 60
    with pytest.raises(TypeError):
        event.save()


def test_only_the_named_fields_of_only_this_row_change():
    project = make_project()
    item, other = make_item(project), make_item(project)
    item.data, item.external_id = ODD, "not stored"
    save_fields(item, "data")
    stored = Item.objects.get(pk=item.pk)
    assert (stored.data, stored.external_id == "not stored") == (ODD, False)
    assert Item.objects.get(pk=other.pk).data == other.data


def test_numbers_are_added_where_they_belong():
    batch, person = make_batch(make_project()), make_user()
    mine = BatchTally.objects.create(batch=batch, person=person, skip_count=2)
    others = BatchTally.objects.create(batch=batch, person=make_user(), skip_count=2)
    place = {"batch": batch.pk, "person": person.pk}
    assert add_to(BatchTally, place, skip_count=3, active_ms=-7) == 1
    assert add_to(BatchTally, place | {"person": 0}, skip_count=3) == 0
    mine.refresh_from_db()
    others.refresh_from_db()
    assert (mine.skip_count, mine.active_ms, others.skip_count) == (5, -7, 2)
