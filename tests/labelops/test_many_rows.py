import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from labelops.many_rows import Among, insert_rows, reserve_ids, update_rows
from tasks.models import Assignment, Item, Task
from tests.factories import make_batch, make_item, make_project, make_task, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch():
    return make_batch(make_project(make_team()))


def test_what_is_not_named_gets_the_default_of_the_model(batch):
    items = [make_item(batch.project) for _number in range(2)]
    insert_rows(Task, ("batch", "item"), [(batch.pk, item.pk) for item in items])
    stored = list(Task.objects.order_by("item").values())
    for item, row in zip(items, stored, strict=True):
        made = Task(pk=row["id"], public_id=row["public_id"], batch=batch, item=item)
        assert row == {field.attname: getattr(made, field.attname) for field in Task._meta.fields}
    assert stored[0]["public_id"] != stored[1]["public_id"]


def test_reserved_ids_are_those_of_no_other_row_before_or_after(batch):
    before = make_task(batch)
    ids = reserve_ids(Task, 3)
    rows = [(pk, batch.pk, make_item(batch.project).pk) for pk in ids]
    insert_rows(Task, ("id", "batch", "item"), rows)
    after = make_task(batch)
    assert len({before.pk, *ids, after.pk}) == 5
    assert list(Task.objects.values_list("pk", flat=True)) == [before.pk, *ids, after.pk]
    # Also of a table that never had a row.
    assert len(set(reserve_ids(Assignment, 2))) == 2


def test_a_broken_constraint_is_an_error_of_django(batch):
    row = (batch.pk, make_item(batch.project).pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(Task, ("batch", "item"), [row, row])
    assert not Task.objects.exists()


def test_rows_are_changed_each_in_its_own_way_and_no_others(batch):
    first, other, last = [make_item(batch.project, width=1) for _number in range(3)]
    rows = [({"text": "é"}, None, first.pk), ({}, 7, last.pk)]
    update_rows(Item, ("data", "width"), rows)
    stored = dict(Item.objects.values_list("pk", "width"))
    assert stored == {first.pk: None, other.pk: 1, last.pk: 7}
    assert Item.objects.get(pk=first.pk).data == {"text": "é"}
    update_rows(Item, ("width",), [])


def test_what_is_among_very_many_is_found_whatever_it_looks_like(batch):
    strange = ['a"b', "it's", "{x}", "a,b", "\\", "NULL", " ", "é\u2028", "1", "x" * 300]
    items = [make_item(batch.project, external_id=name) for name in strange]
    assert among("external_id", [*strange, "another", "x" * 301]) == {item.pk for item in items}
    assert among("external_id", ["x" * 301, "a"]) == among("pk", []) == set()
    ids = [items[3].pk, 2**62]
    assert among("pk", ids) == {items[3].pk}
    assert among("project", [batch.project_id]) == {item.pk for item in items}


def among(name, values):
    found = Item.objects.filter(Among(F(name), values))
    return set(found.values_list("pk", flat=True))
