"""Keeps each project's quality figures; pages read the stored ones and show their age."""

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from reviews.models import QualitySnapshot, Review
from reviews.services.figures import project_figures
from tasks.models import Annotation, Project


def compute_snapshot(project: Project) -> QualitySnapshot:
    """Compute and store; running it twice changes nothing but the time."""
    computed_at = timezone.now()
    figures = project_figures(project)
    snapshot, _is_new = QualitySnapshot.objects.update_or_create(
        project=project, defaults={"figures": figures, "computed_at": computed_at}
    )
    return snapshot


def refresh_outdated() -> int:
    """Recompute the projects in which something happened since."""
    computed = F("quality_snapshot__computed_at")
    outdated = Project.objects.annotate(
        labeled_at=Subquery(_newest(Annotation, "submitted_at")),
        decided_at=Subquery(_newest(Review, "decided_at")),
    ).filter(
        Q(labeled_at__isnull=False, quality_snapshot__isnull=True)
        | Q(labeled_at__gt=computed)
        | Q(decided_at__gt=computed)
    )
    for project in outdated:
        compute_snapshot(project)
    return len(outdated)


def _newest(model: type[Annotation] | type[Review], field: str) -> QuerySet:
    rows = model.objects.filter(task__batch__project=OuterRef("pk"))
    return rows.order_by("-pk").values(field)[:1]
