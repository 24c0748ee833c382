"""Lays the vectors of a set out as a map, and finds the clusters, outliers and twins on it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.analysis.clusters import Trait, grouped, spread_places, traits_of
from datasets.analysis.near_duplicates import twins
from datasets.analysis.neighbours import neighbourhoods
from datasets.analysis.outliers import NEIGHBOURS, strangeness
from datasets.analysis.projection import layout
from datasets.models import ItemMap, VectorSet
from datasets.services.vectors import table_of
from labelops.jobs.heart import Beat
from reviews.baseline.texts import WORD
from tasks.models import Item

# Clusters are named by what is known of so many items, evenly chosen.
NAMED_BY_MOST = 20_000
CHUNK = 1_000
# A field with more values than these tells items apart, and names nothing.
VALUES_MOST = 100
VALUE_LENGTH = 40
TRAITS_KEPT = 3
WORD_SHORTEST, TEXT_READ = 3, 2_000
# A word in fewer texts, or in more than this share of them, is no trait.
WORD_TEXTS_LEAST, WORD_SHARE_MOST = 5, 0.5
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
    def twins(self) -> NDArray[np.int64]:
        return np.frombuffer(self.item_map.packed_twins, "<i8").reshape(-1, 2)


def map_of(vector_set: VectorSet) -> ItemMap | None:
    return ItemMap.objects.filter(vector_set=vector_set).first()


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
            "packed_twins": table.ids[twins(near)].astype("<i8").tobytes(),
            "clusters": _described(clusters, table.ids, beat),
        },
    )
    return made


def _described(
    clusters: NDArray[np.int32], ids: NDArray[np.int64], beat: Beat
) -> list[dict[str, Any]]:
    chosen = spread_places(len(ids), NAMED_BY_MOST)
    sizes = np.bincount(clusters)
    # A cluster without an item among those has no row in the answer, and no name.
    named = traits_of(clusters[chosen], _traits(ids[chosen], beat)) if len(ids) else []
    named += [[] for _unnamed in range(len(sizes) - len(named))]
    return [
        {"size": int(size), "traits": [_kept(trait) for trait in row[:TRAITS_KEPT]]}
        for size, row in zip(sizes, named, strict=True)
    ]


def _kept(trait: Trait) -> list[Any]:
    return [trait.name, round(trait.share, 3), round(trait.lift, 2)]


def _traits(ids: NDArray[np.int64], beat: Beat) -> dict[str, list[int]]:
    """What items may have in common, and at which places they have it: metadata and words."""
    fields: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    words: dict[str, list[int]] = defaultdict(list)
    for first in range(0, len(ids), CHUNK):
        chunk = ids[first : first + CHUNK].tolist()
        data = dict(Item.everything.filter(pk__in=chunk).values_list("pk", "data"))
        for place, item_id in enumerate(chunk, start=first):
            known = data.get(item_id, {})
            for name, value in _values(known):
                # One too many is enough to know that the field is none of these.
                if value in fields[name] or len(fields[name]) <= VALUES_MOST:
                    fields[name][value].append(place)
            for word in _words(known.get("text")):
                words[word].append(place)
        beat()
    return _common(words, len(ids)) | {
        value: places
        for values in fields.values()
        if len(values) <= VALUES_MOST
        for value, places in values.items()
    }


def _values(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Fields and what they say: words as they are, numbers and yes or no with their field."""
    for name, value in data.items():
        if name == "text" or not isinstance(value, str | int | float):
            continue
        is_word = isinstance(value, str) and not value.isdecimal()
        said = str(value) if is_word else f"{name} {value}"
        if said.strip() and len(said) <= VALUE_LENGTH:
            yield name, said


def _words(text: Any) -> Sequence[str]:
    if not isinstance(text, str):
        return []
    found = {word for word in WORD.findall(text[:TEXT_READ].lower()) if len(word) >= WORD_SHORTEST}
    return sorted(word for word in found if len(word) <= VALUE_LENGTH and not word.isdecimal())


def _common(words: dict[str, list[int]], count: int) -> dict[str, list[int]]:
    most = WORD_SHARE_MOST * count
    return {w: places for w, places in words.items() if WORD_TEXTS_LEAST <= len(places) <= most}
