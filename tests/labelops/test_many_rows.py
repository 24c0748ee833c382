import pytest
from django.db import IntegrityError, transaction

from labelops.many_rows import insert_rows, reserve_ids
from tasks.models import Assignment, Task
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
