"""The page of the map, prepared: the vectors there are, the clusters, and what is to be done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.utils.translation import gettext as _

from datasets.analysis.clusters import spread_places
from datasets.models import DatasetVersion, Evaluation, ItemMap, VectorSet
from datasets.reports.map_colours import BY, CLUSTER, EVALUATION
from datasets.services.item_maps import MapTable
from datasets.services.outcomes import outcomes_of
from datasets.services.sets.vectors import STRANGE_LEAST
from datasets.services.vectors import default_set, sets_of
from labelops.jobs.models import Job
from labelops.lists import number_or_none
from reviews.reports.shares import Share
from tasks.models import Item, Project

# More points make the map slower, and show no more.
POINTS_MOST = 100_000
NEW_MOST = 1_000
EVALUATIONS_MOST = 50
# Of a million points 22 MB, which the page needs in part, and only beside an evaluation.
READ_WHEN_NEEDED = ("packed_places", "packed_items", "packed_clusters", "packed_typicality")


@dataclass(frozen=True)
class Cluster:
    """A row of the list. `failing` is None where no evaluation was chosen."""

    number: int
    size: int
    name: str
    query: str
    failing: Share | None = None
    failing_query: str = ""


@dataclass(frozen=True)
class MapPage:
    sets: list[VectorSet]
    vector_set: VectorSet | None
    item_map: ItemMap | None
    job: Job | None
    # Items that have no vector yet; more than `NEW_MOST` are not counted.
    new_count: int
    clusters: list[Cluster]
    outlier_count: int
    twin_count: int
    evaluations: list[Evaluation]
    evaluation: Evaluation | None
    version: DatasetVersion | None
    by: str

    @property
    def is_running(self) -> bool:
        return self.job is not None and not self.job.is_finished

    @property
    def is_stale(self) -> bool:
        """Whether vectors have changed since the map was made."""
        return bool(
            self.item_map and self.vector_set and self.item_map.stamp != self.vector_set.stamp
        )

    @property
    def has_more_new(self) -> bool:
        return self.new_count > NEW_MOST

    @property
    def shown_count(self) -> int:
        return min(self.item_map.point_count, POINTS_MOST) if self.item_map else 0

    @property
    def colourings(self) -> list[tuple[str, Any]]:
        return [
            (name, title)
            for name, title in BY.items()
            if (name != EVALUATION or self.evaluation) and (name != "split" or self.version)
        ]

    @property
    def query(self) -> str:
        """What the points, the colours and the sets of this page are asked for by."""
        return urlencode({"vectors": self.vector_set.pk}) if self.vector_set else ""


def shown_places(point_count: int) -> np.ndarray:
    """The places of the map's items that are drawn."""
    return spread_places(point_count, POINTS_MOST)


def chosen_set(project: Project, given: Mapping[str, str]) -> VectorSet | None:
    """The set that the address names; without one the usual one, or one that is being made."""
    text = given.get("vectors", "")
    if text:
        return sets_of(project).filter(pk=number_or_none(text)).first()
    return default_set(project) or sets_of(project).first()


def map_page(
    project: Project, vector_set: VectorSet | None, by: str, evaluation: Evaluation | None
) -> MapPage:
    item_map = _map_of(vector_set)
    finished = Evaluation.objects.filter(project=project, finished_at__isnull=False)
    evaluations = finished.select_related("dataset_version", "model_version").order_by("-pk")
    if by not in BY:
        by = EVALUATION if evaluation else CLUSTER
    strange = np.frombuffer(item_map.packed_strangeness, "<f4") if item_map else np.empty(0)
    frozen = project.dataset_versions.filter(state=DatasetVersion.State.FROZEN)
    return MapPage(
        sets=list(sets_of(project)),
        vector_set=vector_set,
        item_map=item_map,
        job=vector_set.job if vector_set else None,
        new_count=_new_count(project, vector_set),
        clusters=_clusters(item_map, evaluation),
        outlier_count=int((strange >= STRANGE_LEAST).sum()),
        twin_count=len(np.unique(MapTable(item_map).twins)) if item_map else 0,
        evaluations=list(evaluations[:EVALUATIONS_MOST]),
        evaluation=evaluation,
        version=frozen.order_by("-number").only("pk", "number", "project").first(),
        by=by,
    )


def _map_of(vector_set: VectorSet | None) -> ItemMap | None:
    rows = ItemMap.objects.filter(vector_set=vector_set).defer(*READ_WHEN_NEEDED)
    return rows.first() if vector_set else None


def _new_count(project: Project, vector_set: VectorSet | None) -> int:
    if vector_set is None or vector_set.origin != VectorSet.Origin.BUILT_IN:
        return 0
    later = Item.objects.filter(project=project, pk__gt=vector_set.computed_until)
    return later.order_by("pk")[: NEW_MOST + 1].count()


def _clusters(item_map: ItemMap | None, evaluation: Evaluation | None) -> list[Cluster]:
    """The largest first; those that fail most first where an evaluation was chosen."""
    if item_map is None:
        return []
    shares = _failing(item_map, evaluation)
    found = [
        _cluster(item_map, number, cluster, shares.get(number), evaluation)
        for number, cluster in enumerate(item_map.clusters, start=1)
    ]
    # By what is surely failing, so that one of one does not come first.
    return sorted(found, key=lambda row: (-_surely(row.failing), row.number))


def _cluster(
    item_map: ItemMap,
    number: int,
    cluster: dict[str, Any],
    failing: Share | None,
    evaluation: Evaluation | None,
) -> Cluster:
    query = {"set": "cluster", "vectors": item_map.vector_set_id, "cluster": number}
    in_evaluation = query | {"evaluation": evaluation.pk} if evaluation else {}
    return Cluster(
        number=number,
        size=cluster["size"],
        name=", ".join(_trait(*trait) for trait in cluster["traits"]),
        query=urlencode(query),
        failing=failing,
        failing_query=urlencode(in_evaluation),
    )


def _trait(name: str, _share: float, lift: float) -> str:
    return _("%(name)s ×%(lift).1f") % {"name": name, "lift": lift}


def _failing(item_map: ItemMap, evaluation: Evaluation | None) -> dict[int, Share]:
    """By cluster, of its items that were evaluated."""
    if evaluation is None:
        return {}
    table, outcomes = MapTable(item_map), outcomes_of(evaluation)
    size = len(item_map.clusters)
    evaluated = table.clusters[np.isin(table.ids, outcomes.item_ids)]
    wrong = table.clusters[np.isin(table.ids, outcomes.item_ids[outcomes.is_failing])]
    counts = zip(
        np.bincount(wrong, minlength=size).tolist(),
        np.bincount(evaluated, minlength=size).tolist(),
        strict=True,
    )
    return {number: Share(count, n) for number, (count, n) in enumerate(counts, start=1)}


def _surely(share: Share | None) -> float:
    return share.interval.low if share and share.interval else 0.0
