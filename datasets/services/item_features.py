"""What the built-in vectors are made of: how items are read, and by which rule they are laid out.

The rule is learned once from some items of the project and kept with the set, so that a later item
can be compared with all before it.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from datasets.analysis.clusters import spread_places
from datasets.analysis.embedding import along, main_directions
from labelops.errors import DomainError
from labelops.jobs.heart import Beat
from reviews.baseline import texts
from reviews.services import item_vectors
from tasks.models import Item, Project

# Items that the rule is learned from, evenly chosen; as many are read at once.
LEARNED_MOST = 3_000
CHUNK = 200
FEWEST = 10


@dataclass(frozen=True)
class Rule:
    """The directions along which items are compared, and for texts how rare each word is."""

    directions: NDArray[np.float16]
    rarity: NDArray[np.float32] | None

    def vectors(self, rows: Any) -> NDArray[np.float32]:
        """Of what `item_vectors.read` has read. Zero for an item that has nothing in common."""
        weighed = rows if self.rarity is None else texts.vectors(rows, self.rarity)
        return along(weighed, self.directions)

    def as_bytes(self) -> bytes:
        packed = io.BytesIO()
        rarity = np.empty(0, np.float32) if self.rarity is None else self.rarity
        np.savez_compressed(packed, directions=self.directions, rarity=rarity)
        return packed.getvalue()


def opened(packed: bytes) -> Rule:
    with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
        rarity = arrays["rarity"]
        return Rule(arrays["directions"], rarity if len(rarity) else None)


def read(project: Project, rule: Rule, items: Sequence[Item]) -> tuple[list[int], NDArray[Any]]:
    """The ids of those that have a vector, and the vectors."""
    readable, rows = item_vectors.read(items, is_image=_is_image(project))
    vectors = rule.vectors(rows)
    is_some = vectors.any(axis=1)
    ids = [item.pk for item, is_there in zip(readable, is_some, strict=True) if is_there]
    return ids, vectors[is_some]


def learn(project: Project, *, beat: Beat) -> Rule:
    """Raises DomainError where too few items can be read."""
    every = Item.objects.filter(project=project).order_by("pk").values_list("pk", flat=True)
    ids = np.fromiter(every.iterator(), np.int64)
    chosen = ids[spread_places(len(ids), LEARNED_MOST)].tolist()
    parts, count = [], 0
    for first in range(0, len(chosen), CHUNK):
        items = list(Item.objects.filter(pk__in=chosen[first : first + CHUNK]).order_by("pk"))
        readable, rows = item_vectors.read(items, is_image=_is_image(project))
        parts.append(rows)
        count += len(readable)
        beat()
    if count < FEWEST:
        raise DomainError(
            _("At least %(least)d items must be there that can be read; there are %(count)d.")
            % {"least": FEWEST, "count": count},
            code="too_few_readable",
            hint=_("Import items first."),
        )
    read_rows = item_vectors.stack(parts)
    rarity = None if _is_image(project) else texts.rarity(read_rows)
    weighed = read_rows if rarity is None else texts.vectors(read_rows, rarity)
    return Rule(main_directions(weighed).astype(np.float16), rarity)


def _is_image(project: Project) -> bool:
    return project.item_type == Project.ItemType.IMAGE
