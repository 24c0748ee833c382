"""Numbers as files of labels write them: decimal, ASCII, finite."""

import math
import re
from typing import Any

from tasks.formats.problems import Problem, RowRefused, visible

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
LONGEST = 400


def is_number(text: str) -> bool:
    """Whether a text is a finite number, so that `number` takes it.

    >>> is_number("1e3"), is_number("NaN"), is_number("1_000"), is_number("1e999")
    (True, False, False, False)
    """
    fits = len(text) <= LONGEST and NUMBER.fullmatch(text)
    return bool(fits) and math.isfinite(float(text))


def number(text: str | None, **place: Any) -> int | float:
    """The number that a text is; `place` says where it stands. Raises RowRefused.

    >>> number(" 12 "), number("0.5")
    (12, 0.5)
    >>> number("ten", field="/annotation/size/width")
    Traceback (most recent call last):
    tasks.formats.problems.RowRefused: “ten” is not a number.
    """
    plain = (text or "").strip()
    if not plain:
        raise RowRefused(Problem("missing_number", "A number is missing here.", **place))
    if not is_number(plain):
        raise RowRefused(
            Problem(
                "not_a_number",
                "“{value}” is not a number.",
                value=plain,
                params={"value": visible(plain)},
                **place,
            )
        )
    value = float(plain)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value
