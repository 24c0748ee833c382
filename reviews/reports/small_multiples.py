"""Small charts of shares over time as SVG, all of one size and scale, drawn by
reviews/_small_multiple.html.

What is out of limits is marked by its shape, never by colour alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 320, 130
LEFT, RIGHT, TOP, BOTTOM = 40, 8, 8, 22
GRID = (0, 50, 100)
BAR = 3
SIZE = 4.5


@dataclass(frozen=True)
class Place:
    """A week: where it lies from 0 to 1, its share and limits in percent, and its shape."""

    at: float
    share: float
    low: float | None
    high: float | None
    shape: str
    title: str


@dataclass(frozen=True)
class Mark:
    """A dot, or a triangle whose `points` are its corners."""

    x: float
    y: float
    shape: str
    points: str
    title: str


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    height: float


@dataclass(frozen=True)
class Multiple:
    stroke: str
    bars: list[Bar]
    marks: list[Mark]
    rows: list[tuple[float, str]]
    first: str
    last: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    foot: int = HEIGHT - 6
    bar: int = 2 * BAR


def multiple(places: Sequence[Place], first: str, last: str) -> Multiple:
    """`first` and `last` name the ends of the time that it shows."""
    marks = [_mark(place) for place in places]
    return Multiple(
        stroke=" ".join(f"{mark.x},{mark.y}" for mark in marks),
        bars=[_bar(place) for place in places if place.low is not None],
        marks=marks,
        rows=[(_y(share), f"{share} %") for share in GRID],
        first=first,
        last=last,
    )


def _mark(place: Place) -> Mark:
    x, y = _x(place.at), _y(place.share)
    down = SIZE if place.shape == "low" else -SIZE
    corners = [(x - SIZE, y - down), (x + SIZE, y - down), (x, y + down)]
    points = " ".join(f"{round(a, 1)},{round(b, 1)}" for a, b in corners)
    return Mark(x, y, place.shape, points, place.title)


def _bar(place: Place) -> Bar:
    top, foot = _y(place.high or 0), _y(place.low or 0)
    return Bar(round(_x(place.at) - BAR, 1), top, round(max(1.0, foot - top), 1))


def _x(at: float) -> float:
    return round(LEFT + BAR + at * (WIDTH - LEFT - RIGHT - 2 * BAR), 1)


def _y(percent: float) -> float:
    return round(TOP + (1 - percent / 100) * (HEIGHT - TOP - BOTTOM), 1)
