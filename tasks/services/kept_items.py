"""What stands above this app holds on to items, and says so here: frozen dataset versions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from tasks.models import Item


@dataclass(frozen=True)
class Keeper:
    """`kept` tells which of some ids stay for good, `names` who holds on to any of the items."""

    kept: Callable[[Sequence[int]], set[int]]
    names: Callable[[QuerySet[Item]], list[str]]


keepers: list[Keeper] = []


def kept_of(ids: Sequence[int]) -> set[int]:
    return {pk for keeper in keepers for pk in keeper.kept(ids)}


def names_of(items: QuerySet[Item]) -> list[str]:
    return [name for keeper in keepers for name in keeper.names(items)]
