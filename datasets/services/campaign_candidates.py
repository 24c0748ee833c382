"""What a campaign may show: unlabeled items with a vector, the likest and some by chance."""

from collections.abc import Sequence

import numpy as np
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from datasets.analysis import selection
from datasets.models import Campaign, CampaignItem, ScenarioItem, VectorSet
from datasets.services.vectors import ABSENT, VectorTable, table_of
from labelops.jobs.models import Job
from labelops.jobs.services import JobRefused, keep_alive
from tasks.models import Batch, Item, Prediction, Project, ReservedItem, Task

# More than anybody looks through: a page is ranked out of them while somebody waits.
POOL = 3_000
ANSWERED = (Task.State.ACCEPTED, Task.State.EXCLUDED)


def unlabeled_items(project: Project) -> QuerySet[Item]:
    """Items without a label that nobody is going to label, and that teach and measure nothing."""
    taken = Task.objects.filter(
        Q(state__in=ANSWERED) | ~Q(batch__state=Batch.State.CLOSED), item=OuterRef("pk")
    )
    teaches = ReservedItem.objects.filter(item=OuterRef("pk"))
    tests = ScenarioItem.objects.filter(item=OuterRef("pk"))
    rows = Item.objects.filter(project=project)
    return rows.filter(~Exists(taken), ~Exists(teaches), ~Exists(tests))


def has_new_items(vector_set: VectorSet) -> bool:
    """Whether unlabeled items came since vectors were computed here: nothing is known of them."""
    if vector_set.origin != VectorSet.Origin.BUILT_IN:
        return False
    later = unlabeled_items(vector_set.project).filter(pk__gt=vector_set.computed_until)
    return later.exists()


def find_candidates(campaign: Campaign, job: Job) -> tuple[list[CampaignItem], int]:
    """The candidates, not stored yet, and how many unlabeled items there are.

    Raises JobRefused when no unlabeled item has a vector.
    """
    table = table_of(campaign.vector_set)
    seeds = set(campaign.seeds.values_list("item", flat=True))
    unlabeled = unlabeled_items(campaign.project).order_by("pk").values_list("pk", flat=True)
    ids = np.fromiter((pk for pk in unlabeled.iterator() if pk not in seeds), np.int64)
    places = table.places_of(ids)
    ids, places = ids[places != ABSENT], places[places != ABSENT]
    keep_alive(job)
    if not len(ids):
        raise JobRefused(
            _("No unlabeled item has a vector. Import items, and have their vectors computed.")
        )
    seed_rows = rows_of(table, sorted(seeds))
    alike = selection.likeness(table.matrix, seed_rows, beat=lambda: keep_alive(job))[places]
    pool = selection.pool(alike, most=POOL, seed=campaign.pk)
    doubts = _doubts(campaign, ids[np.concatenate([pool.likest, pool.drawn])].tolist())
    return [
        CampaignItem(
            campaign=campaign,
            item_id=int(ids[place]),
            similarity=float(alike[place]),
            doubt=doubts.get(int(ids[place])),
            is_random=is_random,
        )
        for part, is_random in ((pool.likest, False), (pool.drawn, True))
        for place in part.tolist()
    ], len(ids)


def rows_of(table: VectorTable, ids: Sequence[int]) -> selection.Array:
    """The vectors of those of some items that have one."""
    places = table.places_of(ids)
    return np.asarray(table.matrix[places[places != ABSENT]])


def _doubts(campaign: Campaign, ids: list[int]) -> dict[int, float]:
    """How unsure the failing model is of each, where there is one and it tells."""
    if campaign.evaluation is None:
        return {}
    said = Prediction.objects.filter(
        model_version=campaign.evaluation.model_version_id, item__in=ids, score__isnull=False
    )
    return {
        item: 1 - min(1.0, max(0.0, score)) for item, score in said.values_list("item", "score")
    }
