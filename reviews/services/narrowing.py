"""What a reviewer narrows the queue to: a class, an annotator, a vendor, a reason of doubt."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from labelops.accounts.models import Membership, Role, Team, User
from labelops.errors import DomainError
from reviews.models import Consensus, QueueMark
from tasks.models import Annotation, Assignment, Project

Kind = QueueMark.Kind
NOBODY = 0


@dataclass(frozen=True)
class Narrowing:
    """A closed list of filters; empty ones narrow nothing."""

    control: str = ""
    class_value: str = ""
    annotator_id: int | None = None
    team_id: int | None = None
    reason: str = ""

    @property
    def is_any(self) -> bool:
        return self != EVERYTHING

    def of_looks(self, rows: QuerySet[Consensus]) -> QuerySet[Consensus]:
        return self._narrowed(rows, "pk")

    def of_slots(self, rows: QuerySet[Assignment]) -> QuerySet[Assignment]:
        return self._narrowed(rows, "task__consensus")

    def _narrowed(self, rows: QuerySet[Any], consensus: str) -> QuerySet:
        marks = QueueMark.objects.filter(consensus=OuterRef(consensus))
        if self.class_value:
            named = {"control": self.control} if self.control else {}
            rows = rows.filter(
                Exists(marks.filter(kind=Kind.CLASS, value=self.class_value, **named))
            )
        if self.reason:
            rows = rows.filter(Exists(marks.filter(kind=Kind.REASON, value=self.reason)))
        made = Annotation.objects.filter(task=OuterRef("task"))
        if self.annotator_id is not None:
            rows = rows.filter(Exists(made.filter(author=self.annotator_id)))
        if self.team_id is not None:
            people = Membership.objects.filter(team=self.team_id, role=Role.ANNOTATOR)
            rows = rows.filter(Exists(made.filter(author__in=people.values("user"))))
        return rows


EVERYTHING = Narrowing()


def narrowed(
    project: Project | None,
    *,
    class_: str = "",
    annotator: str = "",
    team: int | None = None,
    reason: str = "",
) -> Narrowing:
    """What a request narrows a project's queue to.

    `class_` is "control:value", or a value alone; `annotator` a pseudonym. Who or what the project
    does not have narrows the queue to nothing. Raises DomainError when no project is named.
    """
    if not (class_ or annotator or team or reason):
        return EVERYTHING
    if project is None:
        raise DomainError(_("Name the project whose queue is to be narrowed."), field="project")
    control, _colon, value = class_.partition(":")
    members = Membership.objects.filter(team__in=project.teams.values("pk")).values("user")
    person = User.objects.filter(pk__in=members, pseudonym=annotator).first()
    vendor = vendors_of(project).filter(pk=team).first()
    return Narrowing(
        control=control if value else "",
        class_value=value or control,
        annotator_id=(person.pk if person else NOBODY) if annotator else None,
        team_id=(vendor.pk if vendor else NOBODY) if team else None,
        reason=reason,
    )


def vendors_of(project: Project) -> QuerySet[Team]:
    return project.teams.filter(kind=Team.Kind.VENDOR)
