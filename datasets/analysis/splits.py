"""Which split an item belongs to: what its data says, what its group says, or a hash.

A hash of the group instead of a dice throw: the same group comes to the same split on every
machine, whatever else the version holds, so a version can be made again and new items of a known
group join the others.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

NAMES = ("train", "val", "test")
DEFAULT_SHARES = dict(zip(NAMES, (80, 10, 10), strict=True))
OTHER_NAMES = {
    "training": "train",
    "validation": "val",
    "valid": "val",
    "dev": "val",
    "testing": "test",
}


def in_order(names: Iterable[str]) -> list[str]:
    """As people go through them: training first, the test last, then those of other names.

    >>> in_order(["fold-3", "test", "train", "fold-2"])
    ['train', 'test', 'fold-2', 'fold-3']
    """
    known = list(names)
    return [name for name in NAMES if name in known] + sorted(set(known).difference(NAMES))


def given_split(value: Any) -> str | None:
    """The split that an item's data names; None when there is none. Raises ValueError.

    The usual names of the same split are one: otherwise half of a validation set would be
    another split.

    >>> given_split(" Validation "), given_split("fold-3"), given_split("")
    ('val', 'fold-3', None)
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("not a name")
    name = " ".join(str(value).split()).casefold()
    if any(not char.isprintable() for char in name):
        raise ValueError("not printable")
    return OTHER_NAMES.get(name, name) or None


def group_key(value: Any, *, limit: int) -> str:
    """What an item's data calls its group, as a text; empty when it names none.

    A long one is named by its hash, behind its beginning.

    >>> group_key("scene 7", limit=200), group_key(7, limit=200), group_key(None, limit=200)
    ('scene 7', '7', '')
    >>> len(group_key("x" * 900, limit=200))
    200
    """
    if value is None or value == "":
        return ""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    if len(text) <= limit:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{text[: limit - len(digest) - 1]}…{digest}"


def drawn_split(group: str, shares: Mapping[str, int], *, seed: int) -> str:
    """The split of a group by a hash of its name, in proportion to the shares.

    Databases keep the shares in orders of their own, which must not matter.

    >>> drawn = [drawn_split(f"scene {number}", DEFAULT_SHARES, seed=0) for number in range(1000)]
    >>> [drawn.count(name) for name in NAMES]
    [791, 109, 100]
    >>> stored = dict(sorted(DEFAULT_SHARES.items(), key=lambda share: len(share[0])))
    >>> drawn == [drawn_split(f"scene {number}", stored, seed=0) for number in range(1000)]
    True
    """
    digest = hashlib.sha256(f"{seed}:{group}".encode("utf-8", "surrogatepass")).digest()
    place = int.from_bytes(digest[:8]) / 2**64 * sum(shares.values())
    for name in in_order(shares):
        place -= shares[name]
        if place < 0:
            return name
    return max(shares, key=lambda name: shares[name])


def commonest(counts: Mapping[str, int]) -> str:
    """The split that most of a group is in; of equals the first by name.

    >>> commonest({"train": 2, "test": 2, "val": 1})
    'test'
    """
    return min(counts, key=lambda name: (-counts[name], name))
