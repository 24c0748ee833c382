"""Points on an image, in pixels of the original: read, and kept inside."""

from collections.abc import Sequence
from typing import Any

from labelops.hints import Hint
from tasks.kinds.checks import ANSWER
from tasks.kinds.errors import shown
from tasks.kinds.items import ItemFacts

Number = int | float
# Browsers and importers add and turn floats: a hair outside is inside.
TOLERANCE = 0.001
LARGEST_SIDE = 1_000_000
MAX_POINTS = 5_000


def validate_points(raw: Any, item: ItemFacts, path: str, *, least: int) -> list[list[Number]]:
    """The [x, y] of a ring or a line, each inside the item.

    >>> validate_points([[1, 2], [3.5, 4]], ItemFacts("image", 9, 9), "line", least=2)
    [[1, 2], [3.5, 4]]
    """
    entries = ANSWER.sequence(raw, path, most=MAX_POINTS)
    if len(entries) < least:
        ANSWER.fail(
            "too_few_points",
            path,
            "At least {least} points are needed; {count} are given.",
            least=least,
            count=len(entries),
        )
    return [
        validate_point(entry, item, f"{path}[{index}]", form="[x, y]")
        for index, entry in enumerate(entries)
    ]


def validate_point(raw: Any, item: ItemFacts, path: str, *, form: str) -> list[Number]:
    """The numbers of one point of that form; the first two are a place inside the item."""
    length = form.count(",") + 1
    if not isinstance(raw, list) or len(raw) != length:
        ANSWER.fail(
            "bad_point",
            path,
            "A point is {form}: {length} numbers, not {value}.",
            form=form,
            length=length,
            value=shown(raw),
        )
    numbers = ANSWER.numbers(raw, path)
    refuse_outside([numbers[:2]], item, path)
    return numbers


def refuse_outside(
    points: Sequence[Sequence[float]], item: ItemFacts, path: str, *, hint: Hint | None = None
) -> None:
    """Fails when any of the points lies outside the item; an unknown size is a very large one."""
    for axis, side, limit in ((0, "width", item.width), (1, "height", item.height)):
        values = [point[axis] for point in points]
        most = LARGEST_SIDE if limit is None else limit
        if not (min(values) >= -TOLERANCE and max(values) <= most + TOLERANCE):
            ANSWER.fail(
                "outside_image",
                path,
                "The shape reaches from {least} to {most}; the image {side} is {limit}.",
                hint=hint,
                least=round(min(values), 3),
                most=round(max(values), 3),
                side=side,
                limit=most,
            )
