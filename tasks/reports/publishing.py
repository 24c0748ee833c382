"""What publishing a version will set in motion, before it is pressed."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db.models import F, Sum
from django.utils import timezone

from labelops.accounts.models import Membership
from tasks import access
from tasks.models import Assignment, BatchTally, InstructionVersion, Project
from tasks.services.publishing import Change, quiz_examples
from tasks.services.stale import Affected

MILLISECONDS = 3_600_000


@dataclass(frozen=True)
class Effort:
    """How long people take for `count` labels, from the answers so far; None: nobody answered."""

    count: int
    answers: int
    mean_ms: float | None
    hour_cost: Decimal | None

    @property
    def hours(self) -> float | None:
        return None if self.mean_ms is None else self.answers * self.mean_ms / MILLISECONDS

    @property
    def cost(self) -> Decimal | None:
        if self.hours is None or self.hour_cost is None:
            return None
        return Decimal(self.hours) * self.hour_cost

    @property
    def mean_time(self) -> timedelta | None:
        return None if self.mean_ms is None else timedelta(milliseconds=self.mean_ms)


@dataclass(frozen=True)
class Preview:
    """`relabel` and `timed_answers` (what its figure rests on) are of a breaking change."""

    people_count: int
    lease_count: int
    example_count: int
    is_breaking: bool
    is_clarifying: bool
    relabel: Effort | None
    timed_answers: int
    counted_at: object


def preview(version: InstructionVersion) -> Preview:
    kinds = set(version.changes.values())
    is_breaking = Change.BREAKING in kinds
    relabel, timed = relabel_effort(version) if is_breaking else (None, 0)
    return Preview(
        people_count=labeler_count(version.project),
        lease_count=Assignment.objects.filter(
            batch__project=version.project_id, state=Assignment.State.LEASED
        ).count(),
        example_count=len(quiz_examples(version)),
        is_breaking=is_breaking,
        is_clarifying=Change.CLARIFYING in kinds,
        relabel=relabel,
        timed_answers=timed,
        counted_at=timezone.now(),
    )


def labeler_count(project: Project) -> int:
    """People who may label in the project, and so will have to acknowledge."""
    teams = project.teams.filter(is_active=True)
    labeling = Membership.objects.filter(
        team__in=teams, role__in=access.LABELERS, user__is_active=True
    )
    return labeling.values("user").distinct().count()


def relabel_effort(version: InstructionVersion) -> tuple[Effort, int]:
    """The work of labeling the touched labels anew, at the mean time of the answers so far."""
    count = Affected.by_change(version).count()
    tallies = BatchTally.objects.filter(batch__project=version.project_id)
    sums = tallies.aggregate(
        active=Sum("active_ms", default=0),
        answers=Sum("annotation_count", default=0),
        accepted=Sum("accepted_count", default=0),
        overlap=Sum(F("accepted_count") * F("batch__overlap"), default=0),
    )
    mean = sums["active"] / sums["answers"] if sums["answers"] and sums["active"] else None
    overlap = sums["overlap"] / sums["accepted"] if sums["accepted"] else 1
    effort = Effort(count, round(count * overlap), mean, version.project.hour_cost)
    return effort, sums["answers"]
