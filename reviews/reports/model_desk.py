"""What the list of a project's models shows of each version."""

from django.db.models import Exists, Max, OuterRef, QuerySet

from tasks.models import ModelVersion, Prediction, Project


def versions(project: Project) -> QuerySet[ModelVersion]:
    """Each with `top_level`, the highest it has in any class, and whether it predicts anything."""
    says = Prediction.objects.filter(model_version=OuterRef("pk"))
    return (
        ModelVersion.objects.filter(project=project)
        .select_related("parent")
        .annotate(top_level=Max("grants__level"), has_predictions=Exists(says))
    )
