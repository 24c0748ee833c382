"""Gives a split to what has none: by a hash to an item, and to a group that nobody has placed."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet

from datasets.analysis.splits import commonest, drawn_split
from datasets.models import DatasetEntry, DatasetVersion
from labelops.jobs.models import Job
from labelops.jobs.services import save_progress

CHUNK = 2_000
GROUPS_SHOWN = 50


def assign_splits(version: DatasetVersion, job: Job) -> None:
    """Of members of groups, once all of them are there to be asked; other items have one by then.

    Chunk by chunk; an interrupted run goes on with what still has no split.
    """
    waiting = version.entries.filter(split="").order_by("position")
    rows = waiting.values_list("position", "pk", "group_key")
    last = 0
    while chunk := list(rows.filter(position__gt=last)[:CHUNK]):
        last = chunk[-1][0]
        known = _known_splits(version, {group for _position, _pk, group in chunk})
        by_split: dict[str, list[int]] = defaultdict(list)
        for _position, pk, group in chunk:
            by_split[known.get(group) or split_of_group(version, group)].append(pk)
        with transaction.atomic():
            for split, ids in by_split.items():
                DatasetEntry.objects.filter(pk__in=ids).update(split=split)
            save_progress(job)


def split_of_group(version: DatasetVersion, group: str) -> str:
    return drawn_split(f"group {group}", version.shares, seed=version.seed)


def split_of_item(version: DatasetVersion, external_id: str) -> str:
    """Of an item without a group, which is not a group of the same name."""
    return drawn_split(f"item {external_id}", version.shares, seed=version.seed)


def splits_before(version: DatasetVersion, items: Sequence[int]) -> dict[int, str]:
    """An item stays in the split in which a model may have seen it, whichever version that was.

    The parent holds most of them; what it was not asked for an older one may.
    """
    if version.parent is None:
        return {}
    found = dict(version.parent.entries.filter(item__in=items).values_list("item", "split"))
    others = [item for item in items if item not in found]
    entries = DatasetEntry.objects.filter(item__in=others, version__in=_older(version))
    rows = entries.order_by("version__number").values_list("item", "split")
    return found | dict(rows)


def _older(version: DatasetVersion) -> QuerySet[DatasetVersion]:
    frozen = DatasetVersion.State.FROZEN
    return DatasetVersion.objects.filter(project=version.project_id, state=frozen).order_by()


def _known_splits(version: DatasetVersion, groups: set[str]) -> dict[str, str]:
    """The split of each group of which some member has one, here or in the parent, else before."""
    found = _splits_by_group(version.entries.filter(group_key__in=groups))
    if version.parent is None:
        return found
    for versions in ([version.parent], _older(version)):
        alike = DatasetEntry.objects.filter(
            version__in=versions,
            version__group_field=version.group_field,
            group_key__in=groups - found.keys(),
        )
        found |= _splits_by_group(alike)
    return found


def _splits_by_group(entries: QuerySet[DatasetEntry]) -> dict[str, str]:
    return {group: commonest(counts) for group, counts in _counts(entries).items()}


def _counts(entries: QuerySet[DatasetEntry]) -> dict[str, Counter[str]]:
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    rows = entries.exclude(split="").order_by().values("group_key", "split")
    for row in rows.annotate(count=Count("pk")):
        counted[row["group_key"]][row["split"]] = row["count"]
    return counted


def conflicts_of(version: DatasetVersion) -> dict[str, Any]:
    """Groups in several splits, as the data or an earlier version put them there."""
    torn = (
        version.entries.exclude(group_key="")
        .order_by()
        .values("group_key")
        .annotate(count=Count("split", distinct=True))
        .filter(count__gt=1)
    )
    shown = [row["group_key"] for row in torn.order_by("group_key")[:GROUPS_SHOWN]]
    counted = _counts(version.entries.filter(group_key__in=shown))
    groups = [{"group": group, "splits": dict(sorted(counted[group].items()))} for group in shown]
    return {"count": torn.count(), "groups": groups}
