"""Tags on items: put on, taken off, and found again."""

from collections.abc import Sequence

from django.db.models import QuerySet

from labelops.accounts.models import User
from labelops.audit.services import record_each
from tasks.models import Item, ItemTag
from tasks.models.item_tags import TAG_LENGTH
from tasks.services.checks import check_words


def check_tag(name: str) -> str:
    """A tag as it is kept, on one line. Raises DomainError."""
    return check_words(" ".join(name.split()), TAG_LENGTH, field="tag")


def put_on(items: Sequence[Item], name: str, *, by: User) -> set[int]:
    """Tag items of one project; callers hold a transaction. The ids of those that had it not."""
    if not items:
        return set()
    has_it = _ids(items, name)
    added = [item for item in items if item.pk not in has_it]
    project_id = items[0].project_id
    ItemTag.objects.bulk_create(
        [ItemTag(project_id=project_id, item=item, name=name, created_by=by) for item in added],
        # Somebody else did the same at this moment.
        ignore_conflicts=True,
    )
    record_each(by, "item.tagged", added, reason=name)
    return {item.pk for item in added}


def take_off(items: Sequence[Item], name: str, *, by: User) -> set[int]:
    """Take a tag off items; callers hold a transaction. The ids of those that had it."""
    had_it = _ids(items, name)
    removed = [item for item in items if item.pk in had_it]
    _rows(removed, name).delete()
    record_each(by, "item.untagged", removed, reason=name)
    return had_it


def _rows(items: Sequence[Item], name: str) -> QuerySet[ItemTag]:
    return ItemTag.objects.filter(item__in=[item.pk for item in items], name=name)


def _ids(items: Sequence[Item], name: str) -> set[int]:
    return set(_rows(items, name).values_list("item", flat=True))
