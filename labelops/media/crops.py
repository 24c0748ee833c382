"""Details of an image: the part around an object, or the whole with the object outlined.

The pictures given are our own derivatives (images.py), of whatever size; places are in pixels of
the item.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from PIL import Image, ImageDraw, ImageOps

CROP_SIDE = 320
OUTLINED_SIDE = 1280
# On each side, as a share of the object's longer side; and how much is shown of an item at least.
MARGIN = 0.2
LEAST_SIDE = 32
# By what JPEG decoders can divide the sides, and how much is decoded of one at most.
FACTORS = (1, 2, 4, 8)
MOST_PIXELS = 24_000_000
LINE, CASING = ("#ffd43b", 3), ("#000000", 7)
DOT = 5
BEHIND = "#808080"

Frame = tuple[float, float, float, float]
Point = Sequence[float]


@dataclass(frozen=True)
class Outline:
    """What is drawn of an object: closed rings, an open line, single points."""

    rings: list[list[Point]] = field(default_factory=list)
    line: list[Point] = field(default_factory=list)
    dots: list[Point] = field(default_factory=list)


def window_around(frame: Frame, width: int, height: int) -> Frame:
    """The object with some margin, inside the item: left, top, right, bottom."""
    left, top, right, bottom = frame
    margin = MARGIN * max(right - left, bottom - top)
    across = max(margin, (LEAST_SIDE - (right - left)) / 2)
    down = max(margin, (LEAST_SIDE - (bottom - top)) / 2)
    return (
        max(0, left - across),
        max(0, top - down),
        min(width, right + across),
        min(height, bottom + down),
    )


def cut(stream: BinaryIO, window: Frame, *, width: int) -> bytes:
    """That part of a picture as a JPEG of at most 320 pixels a side; `width` is the item's."""
    image = Image.open(stream)
    longer = max(window[2] - window[0], window[3] - window[1]) * image.width / width
    _decode(image, CROP_SIDE / longer)
    scale = image.width / width
    left, top, right, bottom = (round(edge * scale) for edge in window)
    # Never less than a pixel, and that one inside.
    left, top = min(left, image.width - 1), min(top, image.height - 1)
    part = image.crop((left, top, max(right, left + 1), max(bottom, top + 1)))
    return _encoded(_fitted(part, CROP_SIDE))


def outlined(stream: BinaryIO, outline: Outline, *, width: int) -> bytes:
    """The whole picture, at most 1280 pixels a side, with the object outlined on it."""
    image = Image.open(stream)
    _decode(image, OUTLINED_SIDE / max(image.size))
    shown = _fitted(image, OUTLINED_SIDE)
    scale = shown.width / width
    draw = ImageDraw.Draw(shown)
    # Light on dark: it can be told from any ground.
    for color, thickness in (CASING, LINE):
        _draw(draw, outline, scale, color, thickness)
    return _encoded(shown)


def _decode(image: Image.Image, share: float) -> None:
    """No larger than needed, nor than memory should hold: JPEG is decoded at a half and so on."""
    width, height = image.size
    factors = [factor for factor in FACTORS if factor * share <= 1] or [1]
    small = [factor for factor in FACTORS if width * height <= MOST_PIXELS * factor**2]
    factor = max(factors[-1], small[0])
    image.draft("RGB", (width // factor, height // factor))
    image.load()


def _fitted(image: Image.Image, side: int) -> Image.Image:
    if max(image.size) > side:
        image = ImageOps.contain(image, (side, side), Image.Resampling.LANCZOS)
    if image.mode != "RGBA":
        return image.convert("RGB")
    ground = Image.new("RGB", image.size, BEHIND)
    ground.paste(image, mask=image)
    return ground


def _draw(draw: Any, outline: Outline, scale: float, color: str, thickness: int) -> None:
    def placed(points: Sequence[Point]) -> list[tuple[float, float]]:
        return [(point[0] * scale, point[1] * scale) for point in points]

    for ring in outline.rings:
        draw.line(placed([*ring, ring[0]]), fill=color, width=thickness, joint="curve")
    if outline.line:
        draw.line(placed(outline.line), fill=color, width=thickness, joint="curve")
    radius = DOT if thickness == LINE[1] else DOT + 2
    for x, y in placed(outline.dots):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=color)


def _encoded(image: Image.Image) -> bytes:
    """New bytes from the pixels alone."""
    image.info = {}
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=85)
    return stream.getvalue()
