"""How often a person follows mistakes of models that they see before they answer."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count, Q

from labelops.accounts.models import User
from reviews.reports.shares import Share
from reviews.services.anchoring import WRONG, Mode
from tasks.models import Annotation, ModelVersion, Project

MODELS = 5


@dataclass(frozen=True)
class Followed:
    """Of the checked answers beside a wrong suggestion of a version, those that repeat it."""

    model: ModelVersion
    share: Share
    query: str


def followed(project: Project, person: User) -> list[Followed]:
    """By the newest versions: two statements."""
    rows = Annotation.objects.filter(
        WRONG, measurement__project=project, measurement__person=person, suggestion_mode=Mode.SHOWN
    )
    sums = (
        rows.order_by()
        .values_list("suggestion__model_version")
        .annotate(n=Count("pk"), followed=Count("pk", filter=Q(suggestion_changed=False)))
        .order_by("-suggestion__model_version_id")[:MODELS]
    )
    counts = {version: Share(count, n) for version, n, count in sums}
    query = urlencode({"person": person.pk, "mode": Mode.SHOWN.value, "model": "wrong"})
    models = ModelVersion.objects.filter(pk__in=counts)
    return [Followed(model, counts[model.pk], query) for model in models.order_by("-pk")]
