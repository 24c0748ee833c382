"""Which label of an item stands, where it has a task in each of several batches."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import QuerySet

from tasks.models import Task
from tasks.services.item_selection import work

READ = ("item_id", "state", "result_answer", "result_source", "settled_at")


def tasks_of(item_ids: Iterable[int]) -> dict[int, list[Task]]:
    """By item, the oldest first; gold and what was set aside are none of them."""
    found: dict[int, list[Task]] = defaultdict(list)
    rows = work().filter(item__in=list(item_ids), set_aside__isnull=True).only(*READ)
    for task in rows.order_by("pk"):
        found[task.item_id].append(task)
    return found


def accepted_tasks() -> QuerySet[Task]:
    """In the order of their acceptance: of those of an item the last one's label stands."""
    return Task.objects.filter(state=Task.State.ACCEPTED).order_by("settled_at", "pk")


def standing_task(tasks: Iterable[Task]) -> Task | None:
    """The one whose accepted label stands, as a dataset version would take it."""
    accepted = [task for task in tasks if task.state == Task.State.ACCEPTED]
    return max(accepted, key=lambda task: (task.settled_at, task.pk), default=None)
