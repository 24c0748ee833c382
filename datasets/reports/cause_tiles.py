"""Tiles of failing items and of training items around them, as the page of any set draws them."""

from collections.abc import Iterable, Sequence

from datasets.models import FailureCause, Tracing
from datasets.reports.tiles import Tile, tile_page
from datasets.services.item_sets import Member, RankedItems


def shown_neighbours(failure: FailureCause, count: int) -> list[int]:
    """Those with doubtful labels before others, for they explain more."""
    suspects, all_of_them = failure.evidence["suspects"], failure.evidence["neighbours"]
    others = [item_id for item_id in all_of_them if item_id not in suspects]
    return [*suspects, *others][:count]


def failing_tiles(tracing: Tracing, failures: Sequence[FailureCause]) -> dict[int, Tile]:
    by_item = {failure.item_id: failure.pk for failure in failures}
    members = [
        Member(row.item_id, row.evidence["truth_id"], row.evidence["predicted_id"])
        for row in failures
    ]
    return {by_item[tile.item.pk]: tile for tile in _tiles(tracing, members)}


def neighbour_tiles(tracing: Tracing, item_ids: Iterable[int]) -> dict[int, Tile]:
    members = [Member(item_id) for item_id in dict.fromkeys(item_ids)]
    return {tile.item.pk: tile for tile in _tiles(tracing, members)}


def _tiles(tracing: Tracing, members: list[Member]) -> list[Tile]:
    """At most a page of them; with the labels that the model was measured by, or taught."""
    evaluation = tracing.evaluation
    return tile_page(RankedItems(evaluation.project, "", members, evaluation), "").rows
