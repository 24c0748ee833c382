"""Keeps each project's quality figures; pages read the stored ones and show their age."""

import time
from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from reviews.models import QualitySnapshot, Review, Withdrawal
from reviews.services.figures import project_figures
from tasks.models import Annotation, Project

REST = 20
QUICK = 1.0


def compute_snapshot(project: Project) -> QualitySnapshot:
    """Compute and store; running it twice changes nothing but the time."""
    computed_at, started = timezone.now(), time.monotonic()
    figures = project_figures(project)
    snapshot, _is_new = QualitySnapshot.objects.update_or_create(
        project=project,
        defaults={
            "figures": figures,
            "computed_at": computed_at,
            "seconds": time.monotonic() - started,
        },
    )
    return snapshot


def refresh_outdated() -> int:
    """Recompute the projects in which something happened since, each in its time."""
    computed = F("quality_snapshot__computed_at")
    taken_out = Withdrawal.objects.filter(
        project=OuterRef("pk"), changed_at__gt=OuterRef("quality_snapshot__computed_at")
    )
    outdated = Project.objects.annotate(
        labeled_at=Subquery(_newest(Annotation, "submitted_at")),
        decided_at=Subquery(_newest(Review, "decided_at")),
    ).filter(
        Q(labeled_at__isnull=False, quality_snapshot__isnull=True)
        | Q(labeled_at__gt=computed)
        | Q(decided_at__gt=computed)
        | Exists(taken_out)
    )
    rested = [
        project for project in outdated.select_related("quality_snapshot") if _rested(project)
    ]
    for project in rested:
        compute_snapshot(project)
    return len(rested)


def _rested(project: Project) -> bool:
    """Whether at most a twentieth of the time goes into the figures of a large project."""
    found = getattr(project, "quality_snapshot", None)
    if found is None or found.seconds < QUICK:
        return True
    return timezone.now() > found.computed_at + timedelta(seconds=REST * found.seconds)


def _newest(model: type[Annotation] | type[Review], field: str) -> QuerySet:
    rows = model.objects.filter(task__batch__project=OuterRef("pk"))
    return rows.order_by("-pk").values(field)[:1]
