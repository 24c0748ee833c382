"""Lays the vectors of a set out as a map, and finds the clusters, outliers and twins on it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.analysis.clusters import Trait, grouped, spread_places, traits_of, typicality
from datasets.analysis.near_duplicates import twins
from datasets.analysis.neighbours import neighbourhoods
from datasets.analysis.outliers import NEIGHBOURS, strangeness
from datasets.analysis.projection import layout
from datasets.models import ItemMap, VectorSet
from datasets.services.cluster_traits import traits
from datasets.services.vectors import table_of
from labelops.jobs.heart import Beat
from tasks.models import Project

# Clusters are named by what is known of so many items, evenly chosen.
NAMED_BY_MOST = 20_000
TRAITS_KEPT = 3
SEED = 0


@dataclass(frozen=True)
class MapTable:
    """A map as arrays, a place for each item: what is packed in its row is read when asked for."""

    item_map: ItemMap

    @cached_property
    def ids(self) -> NDArray[np.int64]:
        return np.frombuffer(self.item_map.packed_items, "<i8")

    @cached_property
    def places(self) -> NDArray[np.float32]:
        return np.frombuffer(self.item_map.packed_places, "<f4").reshape(-1, 2)

    @cached_property
    def clusters(self) -> NDArray[np.uint16]:
        return np.frombuffer(self.item_map.packed_clusters, "<u2")

    @cached_property
    def strangeness(self) -> NDArray[np.float32]:
        return np.frombuffer(self.item_map.packed_strangeness, "<f4")

    @cached_property
    def typicality(self) -> NDArray[np.float32]:
        return np.frombuffer(self.item_map.packed_typicality, "<f4")

    @cached_property
    def twins(self) -> NDArray[np.int64]:
        return np.frombuffer(self.item_map.packed_twins, "<i8").reshape(-1, 2)


def make_map(vector_set: VectorSet, *, beat: Beat) -> ItemMap:
    """Anew, from the vectors as they are; the same vectors make the same map."""
    table = table_of(vector_set)
    near = neighbourhoods(table.matrix, NEIGHBOURS, seed=SEED, beat=beat)
    clusters = grouped(table.matrix, seed=SEED, beat=beat)
    places = layout(table.matrix, seed=SEED, beat=beat)
    made, _is_new = ItemMap.objects.update_or_create(
        vector_set=vector_set,
        defaults={
            "stamp": table.stamp,
            "point_count": len(table.ids),
            "packed_items": table.ids.astype("<i8").tobytes(),
            "packed_places": places.astype("<f4").tobytes(),
            "packed_clusters": clusters.astype("<u2").tobytes(),
            "packed_strangeness": strangeness(near).astype("<f4").tobytes(),
            "packed_typicality": typicality(table.matrix, clusters, beat=beat).tobytes(),
            "packed_twins": table.ids[twins(near)].astype("<i8").tobytes(),
            "clusters": _described(vector_set.project, clusters, table.ids, beat),
        },
    )
    return made


def _described(
    project: Project, clusters: NDArray[np.int32], ids: NDArray[np.int64], beat: Beat
) -> list[dict[str, Any]]:
    chosen = spread_places(len(ids), NAMED_BY_MOST)
    sizes = np.bincount(clusters)
    # A cluster without an item among those has no row in the answer, and no name.
    having = traits(project, ids[chosen], beat=beat)
    named = traits_of(clusters[chosen], having) if len(ids) else []
    named += [[] for _unnamed in range(len(sizes) - len(named))]
    return [
        {"size": int(size), "traits": [_kept(trait) for trait in row[:TRAITS_KEPT]]}
        for size, row in zip(sizes, named, strict=True)
    ]


def _kept(trait: Trait) -> list[Any]:
    return [trait.name, round(trait.share, 3), round(trait.lift, 2)]
