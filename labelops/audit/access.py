"""Who reads the audit log: operators all of it, in-house managers the events of their projects."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from labelops.audit import words
from labelops.audit.subjects import Subject


@dataclass(frozen=True)
class Doors:
    """What the package of the projects knows of people; it stands above this one."""

    # All projects, each with `is_managed`: whether the person manages it from inside the house.
    projects: Callable[[Any], QuerySet[Any]]
    is_manager: Callable[[Any], bool]
    # Whether answers of the person are measured by what this log could tell.
    is_labeler: Callable[[Any], bool]


_doors: list[Doors] = []


def connect(doors: Doors) -> None:
    _doors[:] = [doors]


@dataclass(frozen=True)
class Project:
    pk: int
    slug: str
    name: str
    is_managed: bool


@dataclass(frozen=True)
class Reader:
    """A person with what they may read."""

    user: Any
    is_operator: bool
    projects: dict[int, Project]
    scope: QuerySet[Any]

    @cached_property
    def secret_kinds(self) -> set[str]:
        """Kinds of verbs that are not told, outside of the projects that the person manages.

        Somebody who runs the installation and labels as well must not read here which item is gold.
        """
        labels_too = self.is_operator and _doors[0].is_labeler(self.user)
        return words.secret_kinds if labels_too else set()

    def may_open(self, subject: Subject, project_id: int | None) -> bool:
        """What belongs to no project is of people and teams, whose pages operators open."""
        if not subject.project:
            return self.is_operator
        project = self.projects.get(project_id or 0)
        return project is not None and project.is_managed


def reader(user: Any) -> Reader:
    """Raises Http404 for everybody who may read nothing."""
    doors = _doors[0]
    projects = doors.projects(user)
    if not user.is_staff:
        projects = projects.filter(is_managed=True)
    rows = projects.order_by("name").values_list("pk", "slug", "name", "is_managed")
    found = {row[0]: Project(*row) for row in rows}
    if not user.is_staff and not found and not doors.is_manager(user):
        raise Http404
    scope = projects.model._base_manager.filter(pk__in=list(found))
    return Reader(user, user.is_staff, found, scope)
