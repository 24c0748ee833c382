"""What a campaign may show: unlabeled items with a vector, the likest and some by chance."""

from collections.abc import Sequence

import numpy as np
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from datasets.analysis import selection
from datasets.models import Campaign, CampaignItem, ScenarioItem, VectorSet
from datasets.services.item_sets import AskedItems
from datasets.services.vectors import ABSENT, VectorTable, table_of
from labelops.jobs.models import Job
from labelops.jobs.services import JobRefused, keep_alive
from labelops.lists import cursor_after
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
    return may_have_unlabeled(vector_set.project, after=vector_set.computed_until)


def may_have_unlabeled(project: Project, *, after: int = 0) -> bool:
    """Whether an unlabeled item comes after this one.

    No index tells, so as many are asked as a page may ask; of those behind them it is assumed.
    """
    asked = AskedItems(project, "", unlabeled_items(project)).page(cursor_after(after), 1)
    return bool(asked.rows) or asked.is_cut


def still_unlabeled(project: Project, candidates: QuerySet[CampaignItem]) -> QuerySet[CampaignItem]:
    """Asked of each candidate: SQLite would list all unlabeled items to look for them there."""
    return candidates.filter(Exists(unlabeled_items(project).filter(pk=OuterRef("item"))))


def waiting_likest(campaign: Campaign) -> QuerySet[CampaignItem]:
    """Candidates that nobody has before them, but those that chance drew."""
    return campaign.candidates.filter(page=None, is_random=False)


def find_candidates(campaign: Campaign, job: Job) -> tuple[list[CampaignItem], int]:
    """The candidates, not stored yet, and how many unlabeled items there are.

    Raises JobRefused when no unlabeled item has a vector.
    """
    ids, alike = _compared(campaign, job, known=set())
    if not len(ids):
        raise JobRefused(
            _("No unlabeled item has a vector. Import items, and have their vectors computed.")
        )
    pool = selection.pool(alike, most=POOL, seed=campaign.pk)
    drawn = _candidates(campaign, ids[pool.drawn], alike[pool.drawn], is_random=True)
    return [*_candidates(campaign, ids[pool.likest], alike[pool.likest]), *drawn], len(ids)


def find_more(campaign: Campaign, job: Job) -> list[CampaignItem]:
    """The likest of what is unlabeled by now, in place of the likest that wait; not stored yet.

    None is drawn by chance: the first ones were, from all items alike, and stay so.
    """
    kept = campaign.candidates.exclude(pk__in=waiting_likest(campaign).values("pk"))
    ids, alike = _compared(campaign, job, known=set(kept.values_list("item", flat=True)))
    order = np.argsort(-alike, kind="stable")[: POOL - kept.filter(page=None).count()]
    return _candidates(campaign, ids[order], alike[order])


def _compared(
    campaign: Campaign, job: Job, *, known: set[int]
) -> tuple[selection.Array, selection.Array]:
    """Other unlabeled items with a vector, and the cosine of each to its nearest seed."""
    table = table_of(campaign.vector_set)
    seeds = set(campaign.seeds.values_list("item", flat=True))
    left_out = seeds | known
    unlabeled = unlabeled_items(campaign.project).order_by("pk").values_list("pk", flat=True)
    ids = np.fromiter((pk for pk in unlabeled.iterator() if pk not in left_out), np.int64)
    places = table.places_of(ids)
    ids, places = ids[places != ABSENT], places[places != ABSENT]
    keep_alive(job)
    if not len(ids):
        return ids, np.empty(0)
    seed_rows = rows_of(table, sorted(seeds))
    alike = selection.likeness(table.matrix, seed_rows, beat=lambda: keep_alive(job))
    return ids, alike[places]


def _candidates(
    campaign: Campaign,
    ids: selection.Array,
    alike: selection.Array,
    *,
    is_random: bool = False,
) -> list[CampaignItem]:
    doubts = _doubts(campaign, ids.tolist())
    return [
        CampaignItem(
            campaign=campaign,
            item_id=item_id,
            similarity=similarity,
            doubt=doubts.get(item_id),
            is_random=is_random,
        )
        for item_id, similarity in zip(ids.tolist(), alike.tolist(), strict=True)
    ]


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
