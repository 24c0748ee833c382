"""A paired dot plot as SVG: two shares a line, told apart by their shapes.

Drawn by reviews/_paired_dots.html; it says nothing that the table beside it does not say.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, LINE, TOP, FOOT = 640, 26, 8, 24
LEFT, RIGHT = 190, 20
STEP = 10
# So much of the scale is shown at least, in percent.
LEAST = 20
TITLE_LENGTH = 28


@dataclass(frozen=True)
class Pair:
    """One line: the first share is a dot, the second a square with its corner at `square`."""

    y: float
    title: str
    words: str
    first: float
    second: float


@dataclass(frozen=True)
class PairedDots:
    pairs: list[Pair]
    # Places of the grid and what they say.
    marks: list[tuple[float, str]]
    height: int
    foot: int
    width: int = WIDTH
    left: int = LEFT
    right: int = WIDTH - RIGHT


def paired_dots(rows: Sequence[tuple[str, float, float, int]]) -> PairedDots:
    """A title, two shares of 1 and the number of items each, on one scale for all lines."""
    lowest = min(min(first, second) for _title, first, second, _n in rows)
    start = min(STEP * int(100 * lowest / STEP), 100 - LEAST)
    height = TOP + LINE * len(rows) + FOOT

    def place(share: float) -> float:
        return round(LEFT + (100 * share - start) / (100 - start) * (WIDTH - LEFT - RIGHT), 1)

    return PairedDots(
        pairs=[
            Pair(
                y=TOP + LINE * (number + 0.5),
                title=title if len(title) <= TITLE_LENGTH else f"{title[: TITLE_LENGTH - 1]}…",
                words=f"{title}: {round(100 * first)} %, {round(100 * second)} %, n = {n}",
                first=place(first),
                second=place(second),
            )
            for number, (title, first, second, n) in enumerate(rows)
        ],
        marks=[(place(share / 100), f"{share} %") for share in range(start, 101, STEP)],
        height=height,
        foot=height - 6,
    )
