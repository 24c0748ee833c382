"""Looks for items of different splits that are the same, or nearly: a model would know its exam."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.analysis.near_duplicates import Found, Pair, same, sharing
from datasets.analysis.similar_texts import ALIKE, BANDS, band_keys, content_key, folded, likeness
from datasets.models import DatasetEntry, DatasetVersion
from labelops.jobs.models import Job
from labelops.jobs.services import save_progress
from tasks.models import Project

PAGE = 2_000
PAIRS_SHOWN = 200
# More candidates than this are not read again to be compared word by word.
COMPARED_MOST = 20_000
COMPARED_AT_ONCE = 500


@dataclass
class Contents:
    """What is compared, a place for each entry in the order of positions."""

    keys: NDArray[np.uint64]
    splits: NDArray[np.int16]
    names: list[str] = field(default_factory=list)
    bands: NDArray[np.uint32] = field(default_factory=lambda: np.empty((0, BANDS), np.uint32))


def leaks_of(version: DatasetVersion, job: Job) -> dict[str, Any]:
    """How many pairs there are, and the first of them. The database is read, never written."""
    contents = _read(version, job)
    identical = same(contents.keys, contents.splits, most=PAIRS_SHOWN)
    near = _near_texts(version, contents, job)
    shown = [("identical", pair) for pair in identical.pairs]
    shown += [("near", pair) for pair in near.pairs]
    return {
        "identical": identical.count,
        "near": near.count,
        "is_complete": near.is_complete,
        "pairs": _described(version, shown[:PAIRS_SHOWN]),
    }


def _read(version: DatasetVersion, job: Job) -> Contents:
    size, is_text = version.entry_count, version.project.item_type == Project.ItemType.TEXT
    contents = Contents(np.zeros(size, np.uint64), np.zeros(size, np.int16))
    if is_text:
        contents.bands = np.zeros((size, BANDS), np.uint32)
    for page in _pages(version):
        texts = [folded(str(data.get("text") or "")) for *_facts, data in page]
        start, end = page[0][0] - 1, page[-1][0]
        shas = (sha256 for _position, _split, sha256, _data in page)
        found = texts if is_text else shas
        contents.keys[start:end] = [content_key(content) for content in found]
        contents.splits[start:end] = [_place(contents.names, split) for _p, split, *_r in page]
        if is_text:
            contents.bands[start:end] = band_keys(texts)
        job.done_count += len(page)
        save_progress(job)
    return contents


def _pages(version: DatasetVersion) -> Iterator[list[tuple[int, str, str, dict[str, Any]]]]:
    rows = version.entries.order_by("position").values_list(
        "position", "split", "item_sha256", "item__data"
    )
    last = 0
    while page := list(rows.filter(position__gt=last)[:PAGE]):
        last = page[-1][0]
        yield page


def _place(names: list[str], name: str) -> int:
    if name not in names:
        names.append(name)
    return names.index(name)


def _near_texts(version: DatasetVersion, contents: Contents, job: Job) -> Found:
    """Texts that differ, but little. Each content stands once for each split it is in."""
    if not len(contents.bands):
        return Found([], 0)
    both = np.stack([contents.keys, contents.splits.astype(np.uint64)], axis=1)
    _rows, chosen = np.unique(both, axis=0, return_index=True)
    chosen = np.sort(chosen)
    columns = _alive(job, contents.bands[chosen].T)
    pairs, is_complete = sharing(columns, contents.splits[chosen])
    candidates = [
        (int(chosen[one]), int(chosen[other]))
        for one, other in pairs
        if contents.keys[chosen[one]] != contents.keys[chosen[other]]
    ]
    is_complete &= len(candidates) <= COMPARED_MOST
    alike: list[Pair] = []
    for start in range(0, min(len(candidates), COMPARED_MOST), COMPARED_AT_ONCE):
        alike += _alike(version, candidates[start : start + COMPARED_AT_ONCE])
        save_progress(job)
    return Found(alike[:PAIRS_SHOWN], len(alike), is_complete)


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
