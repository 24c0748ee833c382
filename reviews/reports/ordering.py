"""The order of rows by a figure that not every row has."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

Row = TypeVar("Row")


def unknown_last(rows: Iterable[Row], key: Callable[[Row], Any], *, is_down: bool) -> list[Row]:
    """By the key; what has none comes last, whichever way. Equal ones stay in their order.

    >>> unknown_last([None, 1, 3, 2], lambda row: row, is_down=True)
    [3, 2, 1, None]
    """
    rows = list(rows)
    known = [row for row in rows if key(row) is not None]
    rest = [row for row in rows if key(row) is None]
    return sorted(known, key=key, reverse=is_down) + rest
