"""What stands above this app examines models on some items, and says here which: no model of the
project may learn from them."""

from collections.abc import Callable

from django.db.models import QuerySet

from tasks.models import Item, Project, Task

# The ids of items, as a subquery.
Exam = Callable[[Project], QuerySet[Item] | QuerySet]
exams: list[Exam] = []


def without_exams(project: Project, tasks: QuerySet[Task]) -> QuerySet[Task]:
    for items_of in exams:
        tasks = tasks.exclude(item__in=items_of(project))
    return tasks
