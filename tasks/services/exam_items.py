"""Items that models are examined on: nothing learns from them, nor from a copy of one.

Which they are is said by what stands above this app. Everything that teaches a model asks here.
"""

from functools import reduce
from operator import or_
from typing import TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from tasks.models import Item

# Of a row of `Item`, whose key is `OuterRef("pk")`.
exams: list[Exists] = []
Found = TypeVar("Found", bound=Model)


def exam_items() -> QuerySet[Item]:
    """In the bin, too: what is a copy of them stays one."""
    return Item.everything.filter(reduce(or_, exams, Q(pk__in=[])))


def is_exam(item: str = "item") -> Q:
    """Whether the item that a row leads to is one, or has the very content of one."""
    same = exam_items().exclude(sha256="")
    copied = same.filter(project=OuterRef(f"{item}__project"), sha256=OuterRef(f"{item}__sha256"))
    return Q(Exists(exam_items().filter(pk=OuterRef(item)))) | Q(Exists(copied))


def without_exams(rows: QuerySet[Found], item: str = "item") -> QuerySet[Found]:
    return rows.exclude(is_exam(item))
