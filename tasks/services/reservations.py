"""Items that teach are taken out of the work: nobody should be asked what everybody was shown."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from labelops.accounts.models import User
from labelops.audit.services import record
from tasks.models import Item, ReservedItem, Task
from tasks.services import gold, results

OPEN = (
    Task.State.PENDING,
    Task.State.LABELING,
    Task.State.REWORK,
    Task.State.IN_REVIEW,
    Task.State.IN_ADJUDICATION,
    Task.State.ON_HOLD,
)


def reserve(items: Iterable[Item], purpose: str, *, by: User) -> int:
    """Keep items out of work in their project. Open tasks of theirs are excluded, gold retires.

    Doing it again changes nothing. Returns how many tasks were excluded.
    """
    items = list(items)
    with transaction.atomic():
        ReservedItem.objects.bulk_create(
            (
                ReservedItem(
                    project_id=item.project_id,
                    item=item,
                    purpose=purpose,
                    reserved_at=timezone.now(),
                )
                for item in items
            ),
            ignore_conflicts=True,
        )
        open_tasks = Task.objects.filter(item__in=items, state__in=OPEN)
        ids = list(open_tasks.order_by("pk").values_list("pk", flat=True))
        for task_id in ids:
            results.exclude(results.lock_task(task_id), by=by, reason=f"used as {purpose}")
        gold.retire_shown(items, by=by, reason=f"used as {purpose}")
        for item in items:
            record(by, "item.reserved", item, reason=purpose)
    return len(ids)
