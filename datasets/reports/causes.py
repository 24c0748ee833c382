"""The page of causes: how many failures have which, and groups of failures."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, F
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from datasets.models import Evaluation, FailureCause, FailureCluster, Tracing
from datasets.models.causes import Cause
from datasets.reports.cause_actions import Action, Reader, actions_for, examine_page
from datasets.reports.cause_tiles import failing_tiles, neighbour_tiles, shown_neighbours
from datasets.reports.cause_words import ClassWords, class_words, why, why_of_group
from datasets.reports.tiles import Tile
from datasets.services.tracing import tracings_of
from datasets.services.verdicts import changed_count
from labelops.lists import Page, keyset_page

CLUSTERS_SHOWN = 8
# Typical failures of a group, and training items around the most typical of them.
TYPICAL, AROUND = 3, 3
# Of the first members those with another cause are not typical.
LOOKED_AT = 20


@dataclass(frozen=True)
class CauseRow:
    """One cause with its share; `start` is where its part of the bar begins. In percent."""

    value: str
    title: str
    count: int
    start: float
    share: float
    address: str
    actions: list[Action]


@dataclass(frozen=True)
class ClusterCard:
    cluster: FailureCluster
    title: str
    is_one_mix_up: bool
    sentence: str
    failing: list[Tile]
    neighbours: list[Tile]
    agreeing: int
    address: str
    actions: list[Action]
    query: str


# Verdicts go by the like of an item: among fewer than these hardly anything is its like.
WITNESSES_LEAST = 100


@dataclass(frozen=True)
class TracingPage:
    """What a look found, and the newest one where it is another: running, or failed."""

    tracing: Tracing | None
    newest: Tracing | None
    rows: list[CauseRow]
    cards: Page
    changed: int

    @property
    def is_running(self) -> bool:
        return bool(self.newest and self.newest.is_running)

    @property
    def has_few_witnesses(self) -> bool:
        if self.tracing is None:
            return False
        counts = (self.tracing.training_count, self.tracing.evaluation.item_count)
        return min(counts) < WITNESSES_LEAST


def tracing_page(evaluation: Evaluation, reader: Reader, cursor: str) -> TracingPage:
    newest = tracings_of(evaluation).first()
    found = tracings_of(evaluation).filter(finished_at__isnull=False).first()
    if found is None:
        return TracingPage(None, newest, [], Page([], ""), 0)
    found.evaluation = evaluation
    return TracingPage(
        found, newest, _rows(found, reader), _cards(found, reader, cursor), changed_count(found)
    )


def _rows(tracing: Tracing, reader: Reader) -> list[CauseRow]:
    evaluation = tracing.evaluation
    counted = FailureCause.objects.filter(tracing=tracing).order_by().values_list("cause")
    counts = dict(counted.annotate(count=Count("pk")))
    found, start = [], 0.0
    for value in sorted(counts, key=lambda value: (-counts[value], value)):
        query = {"evaluation": str(evaluation.pk), "cause": value}
        share = 100 * counts[value] / tracing.traced_count
        slug = evaluation.project.slug
        found.append(
            CauseRow(
                value,
                str(Cause(value).label),
                counts[value],
                round(start, 2),
                round(share, 2),
                examine_page(slug, {"set": "cause"} | query),
                actions_for(value, slug, query, reader),
            )
        )
        start += share
    return found


def _cards(tracing: Tracing, reader: Reader, cursor: str) -> Page:
    clusters = tracing.clusters.select_related("handed_over_by")
    page = keyset_page(clusters, cursor, size=CLUSTERS_SHOWN, key="number")
    typical: dict[int, list[FailureCause]] = {cluster.pk: [] for cluster in page.rows}
    rows = FailureCause.objects.filter(
        cluster__in=list(typical), place__lte=LOOKED_AT, cause=F("cluster__cause")
    )
    for row in rows.order_by("cluster", "place"):
        if len(typical[row.cluster_id]) < TYPICAL:
            typical[row.cluster_id].append(row)
    agreeing = _agreeing(page.rows)
    failing = failing_tiles(tracing, [row for found in typical.values() for row in found])
    shown = {pk: shown_neighbours(found[0], AROUND) for pk, found in typical.items() if found}
    near = neighbour_tiles(tracing, [item_id for ids in shown.values() for item_id in ids])
    words = class_words(tracing.evaluation)
    cards = [
        _card(
            cluster,
            tracing,
            words,
            reader,
            [failing[row.pk] for row in typical[cluster.pk] if row.pk in failing],
            [near[item_id] for item_id in shown.get(cluster.pk, []) if item_id in near],
            agreeing.get(cluster.pk, 0),
        )
        for cluster in page.rows
    ]
    return Page(cards, page.next_cursor, page.is_first)


def _card(
    cluster: FailureCluster,
    tracing: Tracing,
    words: ClassWords,
    reader: Reader,
    failing: list[Tile],
    neighbours: list[Tile],
    agreeing: int,
) -> ClusterCard:
    evaluation, facts = tracing.evaluation, cluster.evidence
    query = {"evaluation": str(evaluation.pk), "cluster": str(cluster.number)}
    # Members with another cause need something else.
    of_cause = query | {"cause": cluster.cause}
    slug = evaluation.project.slug
    several = _("Mixed up in several ways")
    is_one_mix_up = 2 * facts["pair_count"] > cluster.size
    return ClusterCard(
        cluster,
        words.mix_up(facts["truth"], facts["predicted"]) if is_one_mix_up else several,
        is_one_mix_up,
        _why(cluster, words, is_one_mix_up=is_one_mix_up),
        failing,
        neighbours,
        agreeing,
        examine_page(slug, {"set": "cause"} | query),
        actions_for(cluster.cause, slug, of_cause, reader),
        urlencode({"cluster": cluster.number, "cause": cluster.cause}),
    )


def _why(cluster: FailureCluster, words: ClassWords, *, is_one_mix_up: bool) -> str:
    if cluster.size == 1:
        return why(cluster.cause, cluster.evidence, words)
    return why_of_group(cluster.cause, cluster.evidence, words, is_one_mix_up=is_one_mix_up)


def _agreeing(clusters: Sequence[FailureCluster]) -> dict[int, int]:
    """How many of each group have its cause."""
    rows = FailureCause.objects.filter(cluster__in=[cluster.pk for cluster in clusters])
    counted = rows.order_by().values_list("cluster", "cause").annotate(count=Count("pk"))
    causes = {cluster.pk: cluster.cause for cluster in clusters}
    return {pk: count for pk, cause, count in counted if causes[pk] == cause}
