"""Makes very many vectors and points, and searches among them; run inside Django by vectors.py."""

import time
from typing import Any

import numpy as np
from django.db import transaction

from bench.rows import open_session
from bench.timing import timed
from datasets.models import ItemMap, VectorSet
from datasets.services.item_set_kinds import read_item_set
from datasets.services.vectors import add_block, publish, table_of
from labelops.accounts.models import User
from tasks.models import Project

DIMENSIONS = 128
GROUPS = 200
BLOCK = 4_000
PAGE = 60
# What is not an item of the project: nothing but its vector is there.
NOBODY = 10**9


def searches(count: int, times: int, seed: int) -> dict[str, Any]:
    """From the address of a set of similar items to its first page."""
    project = Project.objects.get(slug="digits")
    made = _vectors(project, count, np.random.default_rng(seed))
    began = time.perf_counter()
    table_of(made)
    seconds = time.perf_counter() - began
    names = [str(name) for name in project.items.values_list("public_id", flat=True)[:20]]

    def search(item: str, scope: str = "") -> Any:
        given = {"set": "similar", "item": item, "scope": scope, "vectors": str(made.pk)}
        return read_item_set(project, given).page("", PAGE)

    search(names[0])
    return {
        "table made from the blocks, seconds": round(seconds, 1),
        "like one item": timed(lambda: search(names[0]), times),
        "like one item, without a label": timed(lambda: search(names[0], "unlabeled"), times),
        "like twenty items": timed(lambda: search(",".join(names)), times),
    }


def _vectors(project: Project, count: int, dice: np.random.Generator) -> VectorSet:
    items = list(project.items.order_by("pk").values_list("pk", flat=True))
    middles = dice.normal(size=(GROUPS, DIMENSIONS)).astype(np.float32)
    with transaction.atomic():
        made = VectorSet.objects.create(
            project=project, name="many", origin="brought", dimensions=DIMENSIONS
        )
        for first in range(0, count, BLOCK):
            size = min(BLOCK, count - first)
            noise = dice.normal(size=(size, DIMENSIONS)).astype(np.float32)
            ids = (np.arange(first, first + size) + NOBODY).tolist()
            # The project's own items stand at the beginning.
            ids[: len(items)] = ids[: len(items)] if first else items
            add_block(made, ids, middles[dice.integers(0, GROUPS, size)] + noise)
        publish(made)
    return made


def drawn(count: int, seed: int) -> dict[str, Any]:
    """A map of so many points, and a session of somebody who may see it."""
    dice = np.random.default_rng(seed)
    middles = dice.uniform(-0.8, 0.8, (40, 2))
    clusters = dice.integers(0, len(middles), count)
    places = np.clip(middles[clusters] + 0.08 * dice.normal(size=(count, 2)), -1, 1)
    vector_set = VectorSet.objects.create(
        project=Project.objects.get(slug="digits"), name="map", origin="brought", dimensions=2
    )
    ItemMap.objects.create(
        vector_set=vector_set,
        stamp=vector_set.stamp,
        point_count=count,
        packed_items=(np.arange(count, dtype="<i8") + NOBODY).tobytes(),
        packed_places=places.astype("<f4").tobytes(),
        packed_clusters=clusters.astype("<u2").tobytes(),
        packed_strangeness=np.ones(count, "<f4").tobytes(),
        packed_typicality=np.ones(count, "<f4").tobytes(),
        packed_twins=b"",
        clusters=[{"size": int(n), "traits": []} for n in np.bincount(clusters)],
    )
    session = open_session(User.objects.get(username="mei"))
    return {"set": vector_set.pk, "session": session}
