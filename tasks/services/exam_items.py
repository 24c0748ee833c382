"""Items that models are examined on: nothing learns from them, nor from a copy of one.

Which they are is said by what stands above this app. Everything that teaches a model asks here.
"""

from typing import Any, TypeVar

from django.db.models import Exists, Model, OuterRef, QuerySet

from tasks.models import Project

# Rows that lead to such items by their `item`, in the bin or not.
exams: list[QuerySet[Any]] = []
Found = TypeVar("Found", bound=Model)


def without_exams(project: Project, rows: QuerySet[Found], item: str = "item") -> QuerySet[Found]:
    """Rows whose item is none, and has not the very content of one; `item` leads there.

    Each condition stands alone, so that a database may join by it: tests may be many.
    """
    content = OuterRef(f"{item}__sha256")
    for tests in exams:
        own = tests.filter(item=OuterRef(item))
        same = tests.filter(item__project=project, item__sha256=content).exclude(item__sha256="")
        rows = rows.exclude(Exists(own)).exclude(Exists(same))
    return rows
