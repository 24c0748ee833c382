"""The runs of a scenario test over model versions, as SVG: a dot a version with its interval.

Drawn by datasets/_run_dots.html; it says nothing that the table beside it does not say.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from datasets.models import ScenarioRun

WIDTH, HEIGHT = 640, 180
LEFT, RIGHT, TOP, FOOT = 44, 12, 10, 26
# Width of a letter; a title has as many as fit below its dot, at least the end of a version.
LETTER, LETTERS_LEAST = 6.5, 4
# The scale begins at a whole step below what is lowest.
STEP = 20


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    high: float
    low: float
    verdict: str
    title: str


@dataclass(frozen=True)
class Dots:
    dots: list[Dot]
    # Where the bar lies, and the marks of the scale: place and percent.
    bar: float
    marks: list[tuple[float, int]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT


def run_dots(runs: Sequence[ScenarioRun], bar: float) -> Dots | None:
    """None where no run has counted anything."""
    counted = [run for run in runs if run.lower is not None and run.upper is not None]
    if not counted:
        return None
    lowest = min(bar, *(run.lower for run in counted))
    start = STEP * int(100 * lowest / STEP)
    step = (WIDTH - LEFT - RIGHT) / len(counted)

    def place(share: float) -> float:
        above = (100 * share - start) / (100 - start)
        return round(HEIGHT - FOOT - above * (HEIGHT - TOP - FOOT), 1)

    dots = [
        Dot(
            x=round(LEFT + step * (number + 0.5), 1),
            y=place(run.right / run.count),
            high=place(run.upper),
            low=place(run.lower),
            verdict=run.verdict,
            title=_short(str(run.model_version), max(LETTERS_LEAST, int(step / LETTER))),
        )
        for number, run in enumerate(counted)
    ]
    return Dots(dots, place(bar), [(place(at / 100), at) for at in range(start, 101, STEP)])


def _short(title: str, most: int) -> str:
    return title if len(title) <= most else f"…{title[1 - most :]}"
