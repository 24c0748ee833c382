"""What can be looked through at a glance: projects, and the classes of one with their counts."""

from dataclasses import dataclass

from django.db.models import IntegerField, Subquery

from labelops.accounts.models import User
from reviews.models import Consensus
from reviews.services import grid_review
from tasks.access import batches_to_review, reviewable_projects
from tasks.kinds.labels import digit_keys, flatten
from tasks.models import InstructionVersion, Project
from tasks.services.grid import grid_control

# A count goes on to here; of so many classes at most.
COUNTED = 100
CLASSES_COUNTED = 60


class BoundedCount(Subquery):
    """How many rows a sliced query has, as a column."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) bounded)"
    output_field = IntegerField()


@dataclass(frozen=True)
class ClassRow:
    """A class and how much of it no expert has decided; `count` is None where nobody counted."""

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
    suited = [version.project for version in versions if grid_control(version.label_schema)]
    return sorted(suited, key=lambda project: project.name)


def class_rows(user: User, project: Project) -> list[ClassRow]:
    """The classes of a project; none where its question does not suit."""
    control = grid_review.control_of(project)
    if control is None:
        return []
    listed = flatten(control["options"])
    counts = _counts(user, project, [label["value"] for label in listed[:CLASSES_COUNTED]])
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


def _counts(user: User, project: Project, values: list[str]) -> dict[str, int]:
    """One statement, which ends each count at the bound.

    What is the person's own, or before somebody else, is counted too: to leave it out would mean
    to look for every lease.
    """
    rows = Consensus.objects.filter(
        project=project,
        batch__in=batches_to_review(user).order_by().values("pk"),
        standing=Consensus.Standing.UNDECIDED,
    ).order_by()
    columns = [BoundedCount(rows.filter(label=value).values("pk")[:COUNTED]) for value in values]
    [found] = Project.objects.filter(pk=project.pk).values_list(*columns)
    return dict(zip(values, found, strict=True))
