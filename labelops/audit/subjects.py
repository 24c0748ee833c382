"""What events are about: which project an object belongs to, its name, its page.

The packages that own the objects stand above this one and register them in their `audited` modules.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models
from django.db.models import F, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, NullIf

from labelops.audit.models import EventSeal

Target = tuple[str, str]


@dataclass(frozen=True)
class Subject:
    """A kind of object; `project`, `name` and the values of `arguments` are paths of its model."""

    model: type[models.Model]
    title: str
    project: str = ""
    name: str | Combinable = ""
    page: str = ""
    arguments: tuple[tuple[str, str], ...] = ()

    @property
    def target_type(self) -> str:
        return self.model._meta.label_lower


subjects: dict[str, Subject] = {}


def register(*registered: Subject) -> None:
    subjects.update({subject.target_type: subject for subject in registered})


def person_name(path: str) -> Combinable:
    """What the person at a path is called, as `User.__str__` says it."""
    return Coalesce(NullIf(F(f"{path}name"), Value("")), F(f"{path}username"))


def project_ids(targets: Iterable[Target]) -> dict[Target, int]:
    """The project of each target that has one: a statement for each kind, and one for removed ones.

    What is gone by now belongs to the project that its earlier events belong to.
    """
    by_type: dict[str, list[str]] = defaultdict(list)
    for target_type, target_id in targets:
        by_type[target_type].append(target_id)
    found: dict[Target, int] = {}
    for target_type, ids in by_type.items():
        subject = subjects.get(target_type)
        if subject is None or not subject.project:
            continue
        numbers = dict(_project_numbers(subject, ids))
        if gone := [target_id for target_id in ids if target_id not in numbers]:
            numbers |= dict(_earlier_numbers(target_type, gone))
        found |= {(target_type, target_id): number for target_id, number in numbers.items()}
    return found


def _project_numbers(subject: Subject, ids: list[str]) -> Iterable[tuple[str, int]]:
    rows = subject.model._base_manager.filter(pk__in=[one for one in ids if one.isdecimal()])
    pairs = rows.values_list("pk", subject.project)
    return [(str(pk), number) for pk, number in pairs if number is not None]


def _earlier_numbers(target_type: str, ids: list[str]) -> Iterable[tuple[str, int]]:
    seals = EventSeal.objects.filter(
        event__target_type=target_type, event__target_id__in=ids, project_id__isnull=False
    )
    return seals.order_by().values_list("event__target_id", "project_id").distinct()
