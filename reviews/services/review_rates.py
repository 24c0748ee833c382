"""How much of a batch experts look at: its own rate, or what the levels of the authors ask for."""

from collections.abc import Iterable

from reviews.quality import trust
from tasks.models import Batch, Qualification


def review_percent(batch: Batch, author_ids: Iterable[int]) -> int:
    """The largest of the batch's rate and those of the authors' levels; no level adds nothing."""
    levels = Qualification.objects.filter(
        project=batch.project_id, person__in=list(author_ids)
    ).values_list("level", "gold_notch")
    return max([batch.review_percent, *(trust.review_percent(*found) for found in levels)])
