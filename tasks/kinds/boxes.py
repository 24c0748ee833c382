"""Boxes: [x, y, width, height], turned about their centre by a rotation in degrees, clockwise."""

from typing import Any

from labelops.hints import Hint
from tasks.kinds.checks import ANSWER
from tasks.kinds.geometry import corners
from tasks.kinds.items import ItemFacts
from tasks.kinds.points import Number, refuse_outside

SMALLEST_SIDE = 0.01


def validate_box(entry: dict[str, Any], item: ItemFacts, path: str) -> dict[str, Any]:
    """The box and its rotation in [0, 360).

    >>> validate_box({"box": [10.5, 20, 200, 80], "rotation": 720}, ItemFacts("image"), "o[0]")
    {'box': [10.5, 20, 200, 80], 'rotation': 0}
    """
    # Python's % turns a tiny negative float into exactly 360.0; the second one makes it 0.
    turn = ANSWER.number(entry.get("rotation", 0), f"{path}.rotation") % 360 % 360
    return {"box": _box(entry["box"], turn, item, f"{path}.box"), "rotation": turn or 0}


def _box(raw: Any, turn: float, item: ItemFacts, path: str) -> list[Number]:
    values = ANSWER.sequence(raw, path, most=4)
    if len(values) != 4:
        ANSWER.fail("bad_box", path, "A box is [x, y, width, height]: four numbers.")
    box = ANSWER.numbers(values, path)
    width, height = box[2:]
    if not (width >= SMALLEST_SIDE and height >= SMALLEST_SIDE):
        ANSWER.fail(
            "bad_box",
            path,
            "The box is {width} wide and {height} high; both must be above zero.",
            width=width,
            height=height,
        )
    refuse_outside(corners(box, turn), item, path, hint=_hint(box, item))
    return box


def _hint(box: list[Number], item: ItemFacts) -> Hint | None:
    """Many formats give two corners; most of these reach out of the image when read as a size."""
    left, top, right, bottom = box
    if left < right <= (item.width or 0) and top < bottom <= (item.height or 0):
        return Hint("As two corners it would fit. A box is [x, y, width, height], in pixels.")
    return None
