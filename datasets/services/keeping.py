"""Frozen versions keep the items that they name: a version is what a model was trained on."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, QuerySet

from datasets.models import DatasetEntry, DatasetVersion
from tasks.models import Item
from tasks.services.kept_items import Keeper

FROZEN = DatasetVersion.State.FROZEN


def _kept(ids: Sequence[int]) -> set[int]:
    entries = DatasetEntry.objects.filter(item__in=ids, version__state=FROZEN)
    return set(entries.values_list("item", flat=True))


def _names(items: QuerySet[Item]) -> list[str]:
    named = DatasetEntry.objects.filter(
        version=OuterRef("pk"), item__in=items.order_by().values("pk")
    )
    versions = DatasetVersion.objects.filter(Exists(named), state=FROZEN)
    return [str(version) for version in versions.order_by("number")]


VERSIONS = Keeper(_kept, _names)
