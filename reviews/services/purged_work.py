"""Work on items that are removed for good stays in the sums of work by day: it was done and paid.

The sums themselves do not change. What the items had added to them is written down, so that a
recount, which no longer finds their labels, still comes to the same.
"""

from collections import Counter, defaultdict

from django.db import transaction

from reviews.models import CountedTask, PurgedWork, RollupState
from reviews.quality.contributions import WORK, Sums, contribution, unpack
from reviews.services import rollups
from reviews.services.rollup_facts import Reader
from tasks.models import Project, Task

CHUNK = 500


def keep(item_ids: list[int]) -> None:
    """Called in the transaction that removes the items."""
    tasks = Task.objects.filter(item__in=item_ids).order_by("pk").values_list("pk", flat=True)
    ids = list(tasks)
    with transaction.atomic():
        _lock(ids)
        for start in range(0, len(ids), CHUNK):
            _keep_chunk(ids[start : start + CHUNK])


def _lock(task_ids: list[int]) -> None:
    """So that no count of the projects takes the work away between."""
    projects = Project.everything.filter(batches__tasks__in=task_ids).distinct()
    for project in sorted(projects.values_list("pk", flat=True)):
        RollupState.objects.get_or_create(project_id=project)
        RollupState.objects.select_for_update().get(project=project)


def _keep_chunk(task_ids: list[int]) -> None:
    rollups.recount_tasks(task_ids, Reader())
    counted = CountedTask.objects.filter(pk__in=task_ids)
    sums: Sums = defaultdict(Counter)
    for task, batch, facts in counted.values_list("pk", "batch", "facts"):
        for (table, key), columns in contribution(task, batch, unpack(facts)).items():
            if table == WORK:
                sums[table, key].update(columns)
    rollups.add_rows(PurgedWork, WORK, {key: columns for (_table, key), columns in sums.items()})
    # Without it, the next count finds nothing that these tasks had added.
    counted.delete()
