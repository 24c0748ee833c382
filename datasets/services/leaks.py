"""Looks for items of different splits that are the same, or nearly: a model would know its exam."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datasets.analysis.near_duplicates import Found, Pair, same, sharing, within
from datasets.analysis.similar_texts import ALIKE, BANDS, band_keys, content_key, folded, likeness
from datasets.models import DatasetEntry, DatasetVersion
from labelops.jobs.models import Job
from labelops.jobs.services import save_progress
from labelops.media.perceptual import BITS, FLAT
from tasks.models import Project

PAGE = 2_000
PAIRS_SHOWN = 200
# More candidates than this are not read again to be compared word by word.
COMPARED_MOST = 20_000
COMPARED_AT_ONCE = 500
# Images saved anew or scaled differ in one or two bits of their difference hash; in more of them
# small pictures of different things do, too.
BITS_APART = 2


@dataclass
class Contents:
    """What is compared, a place for each entry in the order of positions."""

    keys: NDArray[np.uint64]
    splits: NDArray[np.int16]
    # Of texts.
    bands: NDArray[np.uint32]
    # Of images; 0 for those that look like nothing in particular.
    looks: NDArray[np.uint64]
    names: list[str] = field(default_factory=list)

    @classmethod
    def room_for(cls, size: int, *, texts: bool) -> "Contents":
        return cls(
            keys=np.zeros(size, np.uint64),
            splits=np.zeros(size, np.int16),
            bands=np.zeros((size if texts else 0, BANDS), np.uint32),
            looks=np.zeros(0 if texts else size, np.uint64),
        )


class Row(NamedTuple):
    position: int
    split: str
    sha256: str
    looks: int | None
    data: dict[str, Any]

    @property
    def text(self) -> str:
        return str(self.data.get("text") or "")


def leaks_of(version: DatasetVersion, job: Job) -> dict[str, Any]:
    """How many pairs there are, and the first of them. The database is read, never written."""
    contents = _read(version, job)
    identical = same(contents.keys, contents.splits, most=PAIRS_SHOWN)
    is_text = version.project.item_type == Project.ItemType.TEXT
    near = _near_texts(version, contents, job) if is_text else _near_images(contents)
    shown = [("identical", pair) for pair in identical.pairs]
    shown += [("near", pair) for pair in near.pairs]
    return {
        "identical": identical.count,
        "near": near.count,
        "is_complete": near.is_complete,
        "pairs": _described(version, shown[:PAIRS_SHOWN]),
    }


def _read(version: DatasetVersion, job: Job) -> Contents:
    is_text = version.project.item_type == Project.ItemType.TEXT
    contents = Contents.room_for(version.entry_count, texts=is_text)
    for page in _pages(version):
        place = slice(page[0].position - 1, page[-1].position)
        texts = [folded(row.text) for row in page] if is_text else []
        named = texts or [row.sha256 for row in page]
        contents.keys[place] = [content_key(content) for content in named]
        contents.splits[place] = [_place(contents.names, row.split) for row in page]
        if is_text:
            contents.bands[place] = band_keys(texts)
        else:
            # Databases hold the 64 bits with a sign.
            contents.looks[place] = [(row.looks or FLAT) % 2**BITS for row in page]
        job.done_count += len(page)
        save_progress(job)
    return contents


def _pages(version: DatasetVersion) -> Iterator[list[Row]]:
    rows = version.entries.order_by("position").values_list(
        "position", "split", "item_sha256", "item__perceptual_hash", "item__data"
    )
    last = 0
    while page := [Row(*values) for values in rows.filter(position__gt=last)[:PAGE]]:
        last = page[-1].position
        yield page


def _place(names: list[str], name: str) -> int:
    if name not in names:
        names.append(name)
    return names.index(name)


def _different(contents: Contents) -> NDArray[np.intp]:
    """The places of the contents, each once for each split that it is in."""
    both = np.stack([contents.keys, contents.splits.astype(np.uint64)], axis=1)
    _rows, places = np.unique(both, axis=0, return_index=True)
    return np.sort(places)


def _near_texts(version: DatasetVersion, contents: Contents, job: Job) -> Found:
    """Texts that differ, but little."""
    chosen = _different(contents)
    columns = _alive(job, contents.bands[chosen].T)
    pairs, is_complete = sharing(columns, contents.splits[chosen])
    candidates = _unequal(contents, chosen, pairs)
    is_complete &= len(candidates) <= COMPARED_MOST
    alike: list[Pair] = []
    for start in range(0, min(len(candidates), COMPARED_MOST), COMPARED_AT_ONCE):
        alike += _alike(version, candidates[start : start + COMPARED_AT_ONCE])
        save_progress(job)
    return Found(alike[:PAIRS_SHOWN], len(alike), is_complete)


def _near_images(contents: Contents) -> Found:
    """Images of different bytes that look alike, as one and its copy at another size."""
    chosen = _different(contents)
    chosen = chosen[contents.looks[chosen] != FLAT]
    pairs, is_complete = within(
        contents.looks[chosen], contents.splits[chosen], distance=BITS_APART
    )
    alike = _unequal(contents, chosen, pairs)
    return Found(alike[:PAIRS_SHOWN], len(alike), is_complete)


def _unequal(contents: Contents, chosen: NDArray[np.intp], pairs: list[Pair]) -> list[Pair]:
    """The pairs as places of entries, without those of the same content."""
    placed = ((int(chosen[one]), int(chosen[other])) for one, other in pairs)
    return [pair for pair in placed if contents.keys[pair[0]] != contents.keys[pair[1]]]


def _alive(job: Job, columns: Iterable[NDArray[np.uint32]]) -> Iterator[NDArray[np.uint32]]:
    """With a sign of life for each: a job that is silent for long is given to another worker."""
    for column in columns:
        save_progress(job)
        yield column


def _alike(version: DatasetVersion, candidates: list[Pair]) -> list[Pair]:
    positions = {place + 1 for pair in candidates for place in pair}
    rows = version.entries.filter(position__in=positions).values_list("position", "item__data")
    texts = {position - 1: str(data.get("text") or "") for position, data in rows}
    return [pair for pair in candidates if likeness(*(texts[place] for place in pair)) >= ALIKE]


def _described(version: DatasetVersion, shown: list[tuple[str, Pair]]) -> list[dict[str, Any]]:
    positions = {place + 1 for _kind, pair in shown for place in pair}
    rows = version.entries.filter(position__in=positions).select_related("item")
    entries = {entry.position - 1: entry for entry in rows.defer("answer", "item__data")}
    return [
        {"kind": kind, "both": [_named(entries[place]) for place in pair]} for kind, pair in shown
    ]


def _named(entry: DatasetEntry) -> dict[str, str]:
    return {
        "item": str(entry.item.public_id),
        "external_id": entry.item.external_id,
        "split": entry.split,
    }
