"""The canonical lines over which a dataset version is hashed."""

import hashlib
from typing import Any, NamedTuple

import orjson

CANONICAL = orjson.OPT_SORT_KEYS


class Line(NamedTuple):
    """All that makes an entry what it is. Nothing of it is a number of this installation."""

    item: str
    item_sha256: str
    batch: str
    answer: Any
    source: str
    confidence: float | None
    annotations: int
    revision: int
    instruction_version: int | None
    stale_since_version: int | None
    split: str
    group: str


def canonical(line: Line) -> bytes:
    """The entry as one JSON object: keys in order, no spaces, a line feed at its end.

    >>> canonical(Line("a", "0", "b", {"z": 1, "c": 2.0}, "vote", None, 2, 1, 1, None, "test", ""))
    ... # doctest: +ELLIPSIS
    b'{"annotations":2,"answer":{"c":2.0,"z":1},"batch":"b","confidence":null,...}\\n'
    """
    return orjson.dumps(line._asdict(), option=CANONICAL) + b"\n"


def digest_of(answer: Any) -> str:
    """The same for answers that say the same: the order of their keys does not count.

    >>> digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
    True
    """
    return hashlib.sha256(orjson.dumps(answer, option=CANONICAL)).hexdigest()
