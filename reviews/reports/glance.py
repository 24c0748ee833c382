"""What can be looked through at a glance: projects, and the classes of one with their counts."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet

from labelops.accounts.models import User
from labelops.lists import BoundedCount
from reviews.models import Consensus
from reviews.services import crop_objects, grid_review
from reviews.services.crop_objects import crop_control
from tasks.access import batches_to_review, reviewable_projects
from tasks.kinds.labels import digit_keys, flatten
from tasks.models import InstructionVersion, LabelClass, Project
from tasks.services.grid import grid_control

# A count goes on to here; of so many classes at most.
COUNTED = 100
CLASSES_COUNTED = 60


@dataclass(frozen=True)
class ClassRow:
    """A class and how much of it waits for a look; `count` is None where nobody counted."""

    value: str
    title: str
    key: str
    count: int | None

    @property
    def is_more(self) -> bool:
        return self.count == COUNTED


def suited_projects(user: User) -> list[Project]:
    """Those of the person's desk whose question can be reviewed at a glance."""
    versions = InstructionVersion.objects.filter(
        project__in=reviewable_projects(user).values("pk"),
        state=InstructionVersion.State.PUBLISHED,
    ).select_related("project")
    suited = [
        version.project
        for version in versions
        if grid_control(version.label_schema) or crop_control(version.label_schema)
    ]
    return sorted(suited, key=lambda project: project.name)


def class_rows(user: User, project: Project) -> list[ClassRow]:
    """The classes of the one question of a project, and how many labels no expert has decided.

    What is the person's own, or before somebody else, is counted too: to leave it out would mean
    to look for every lease.
    """
    control = grid_review.control_of(project)
    if control is None:
        return []
    rows = Consensus.objects.filter(
        project=project,
        batch__in=batches_to_review(user).order_by().values("pk"),
        standing=Consensus.Standing.UNDECIDED,
        task__set_aside__isnull=True,
    )
    return _rows(project, control["options"], rows, "label")


def crop_rows(user: User, project: Project) -> list[ClassRow]:
    """The classes of shapes, and how many images have some that nobody has looked at."""
    control = crop_objects.control_of(project)
    if control is None:
        return []
    rows = LabelClass.objects.filter(
        project=project,
        control=control["name"],
        is_looked_through=False,
        task__batch__in=batches_to_review(user).order_by().values("pk"),
    )
    return _rows(project, control["labels"], rows, "value")


def _rows(
    project: Project, labels: list[dict[str, Any]], rows: QuerySet[Model], column: str
) -> list[ClassRow]:
    listed = flatten(labels)
    counted = [label["value"] for label in listed[:CLASSES_COUNTED]]
    counts = _counts(project, counted, rows, column)
    keys = digit_keys(listed)
    return [
        ClassRow(
            label["value"],
            label.get("title") or label["value"],
            keys[label["value"]],
            counts.get(label["value"]),
        )
        for label in listed
    ]


def _counts(
    project: Project, values: list[str], rows: QuerySet[Model], column: str
) -> dict[str, int]:
    """One statement, which ends each count at the bound."""
    plain = rows.order_by()
    columns = [
        BoundedCount(plain.filter(**{column: value}).values("pk")[:COUNTED]) for value in values
    ]
    [found] = Project.objects.filter(pk=project.pk).values_list(*columns)
    return dict(zip(values, found, strict=True))
