"""The vectors of a project's items: which sets there are, and one of them as a table.

A table is a file that is mapped into memory, so that opening it costs nothing whatever its size.
The truth are the blocks in the database: a file that is not there is made of them.
"""

import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import Max, QuerySet
from numpy.typing import NDArray

from datasets.analysis.neighbours import unit
from datasets.models import VectorBlock, VectorSet
from labelops.jobs.models import Job
from labelops.locking import locked
from tasks.models import Project

IDS, VECTORS = "ids.npy", "vectors.npy"
ABSENT = -1
PACKED_IDS, PACKED_VECTORS = "<i8", "<f2"


@dataclass(frozen=True)
class VectorTable:
    """Item ids in ascending order, and their vectors of length 1 in the same order."""

    stamp: uuid.UUID
    ids: NDArray[np.int64] = field(repr=False)
    matrix: NDArray[np.float32] = field(repr=False)

    def places_of(self, item_ids: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
        """Where in the table each of the items is; `ABSENT` for one without a vector."""
        wanted = np.asarray(item_ids, dtype=np.int64)
        if not len(self.ids):
            return np.full(len(wanted), ABSENT)
        places = np.minimum(np.searchsorted(self.ids, wanted), len(self.ids) - 1)
        return np.where(self.ids[places] == wanted, places, ABSENT)


def sets_of(project: Project) -> QuerySet[VectorSet]:
    """Without the rule of each, which only computing more vectors needs."""
    return VectorSet.objects.filter(project=project).defer("rule")


def default_set(project: Project) -> VectorSet | None:
    """What "similar" means where nobody says otherwise: the newest vectors brought from elsewhere.

    Whoever brings vectors knows a better model than the one that is built in; else that one.
    """
    ready = sets_of(project).filter(vector_count__gt=0)
    brought = ready.filter(origin=VectorSet.Origin.BROUGHT).order_by("-pk").first()
    return brought or ready.first()


def being_computed(project: Project) -> VectorSet | None:
    """A set to which a job still adds vectors."""
    return sets_of(project).filter(job__state__in=Job.UNFINISHED).first()


def vectors_of(
    vector_set: VectorSet, item_ids: Sequence[int]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Those of the items that have a vector, in the order asked for, and the vectors."""
    table = table_of(vector_set)
    places = table.places_of(item_ids)
    found = places[places != ABSENT]
    return table.ids[found], np.asarray(table.matrix[found])


def table_of(vector_set: VectorSet) -> VectorTable:
    """As it is stored by now."""
    while True:
        stamp = _stamp(vector_set)
        folder = _folder(stamp)
        try:
            return _opened(stamp, folder)
        except FileNotFoundError:
            _write(vector_set, folder)
        # What changed while it was read is not what the name of the folder promises.
        if _stamp(vector_set) != stamp:
            shutil.rmtree(folder, ignore_errors=True)


def add_block(vector_set: VectorSet, ids: Sequence[int], vectors: NDArray[Any]) -> None:
    """Store vectors, of any length but zero; what the items had before counts no more.

    Callers are in a transaction, hold the set's row, and call `publish` in the end.
    """
    if len(ids):
        last = vector_set.blocks.aggregate(last=Max("number"))["last"] or 0
        VectorBlock.objects.create(
            vector_set=vector_set,
            number=last + 1,
            packed_items=np.asarray(ids, PACKED_IDS).tobytes(),
            packed_vectors=unit(vectors).astype(PACKED_VECTORS).tobytes(),
        )


def lock_set(vector_set_id: int) -> VectorSet:
    """Callers are in a transaction. What others have added is waited for."""
    return locked(VectorSet.objects.defer("rule"), vector_set_id)


def publish(vector_set: VectorSet) -> None:
    """Make known what was added: from now on tables are made anew."""
    vector_set.stamp = uuid.uuid4()
    vector_set.vector_count = len(_last_places(vector_set)[0])
    vector_set.save(update_fields=["stamp", "vector_count"])


def _stamp(vector_set: VectorSet) -> uuid.UUID:
    return VectorSet.objects.values_list("stamp", flat=True).get(pk=vector_set.pk)


def _folder(stamp: uuid.UUID) -> Path:
    return Path(settings.VECTOR_CACHE) / stamp.hex


def _opened(stamp: uuid.UUID, folder: Path) -> VectorTable:
    matrix = np.load(folder / VECTORS, mmap_mode="r", allow_pickle=False)
    return VectorTable(stamp, np.load(folder / IDS, allow_pickle=False), matrix)


def _last_places(vector_set: VectorSet) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The ids of all items with a vector, and where in all the blocks each has its last one."""
    packed = vector_set.blocks.order_by("number").values_list("packed_items", flat=True)
    parts = [np.frombuffer(part, PACKED_IDS) for part in packed.iterator()]
    every = np.concatenate([np.empty(0, np.int64), *parts])
    ids, from_behind = np.unique(every[::-1], return_index=True)
    return ids, len(every) - 1 - from_behind


def _write(vector_set: VectorSet, folder: Path) -> None:
    """Beside its place and then into it in one step, as another process may write the same one."""
    unfinished = folder.with_name(f"{folder.name}-{uuid.uuid4().hex}")
    unfinished.mkdir(parents=True)
    try:
        _write_table(vector_set, unfinished)
        unfinished.rename(folder)
    except OSError:
        if not folder.exists():
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    _remove_old(folder.parent)


def _write_table(vector_set: VectorSet, folder: Path) -> None:
    """Block by block: a million vectors are half a gigabyte."""
    ids, places = _last_places(vector_set)
    shape = (len(ids), vector_set.dimensions)
    matrix = np.lib.format.open_memmap(folder / VECTORS, "w+", np.float32, shape)
    order = np.argsort(places)
    sorted_places = places[order]
    start = 0
    packed = vector_set.blocks.order_by("number").values_list("packed_vectors", flat=True)
    for part in packed.iterator(chunk_size=20):
        rows = np.frombuffer(part, PACKED_VECTORS).reshape(-1, vector_set.dimensions)
        first, last = np.searchsorted(sorted_places, [start, start + len(rows)])
        # Two bytes a number round, and a vector is to be of length 1.
        matrix[order[first:last]] = unit(rows[sorted_places[first:last] - start])
        start += len(rows)
    matrix.flush()
    np.save(folder / IDS, ids)


def _remove_old(root: Path) -> None:
    """Tables that are no longer of any set, of this or of another one."""
    current = {stamp.hex for stamp in VectorSet.objects.values_list("stamp", flat=True)}
    for folder in root.iterdir():
        # One that is being written has a longer name; its writer removes it.
        if len(folder.name) == len(uuid.UUID(int=0).hex) and folder.name not in current:
            shutil.rmtree(folder, ignore_errors=True)
