"""Lines with bands as SVG: coordinates and words prepared, drawn by reviews/_chart.html.

A chart says nothing that the table beside it does not say, and nothing by colour alone: lines
differ in their dashes and in the shape of their dots.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from reviews.quality.figure import Figure
from reviews.reports.dashboard_figures import rounded

WIDTH, HEIGHT = 640, 180
LEFT, RIGHT, TOP, BOTTOM = 48, 40, 10, 30
GRID = (0, 25, 50, 75, 100)
LABELS_MOST = 8
DOT = 3


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    title: str


@dataclass(frozen=True)
class Line:
    """One figure over time. Weeks without it leave a gap, so there may be several strokes."""

    title: str
    style: str
    strokes: list[str]
    bands: list[str]
    dots: list[Dot]


@dataclass(frozen=True)
class Mark:
    """A line of the grid, or a name under the chart."""

    at: float
    text: str


@dataclass(frozen=True)
class Chart:
    title: str
    description: str
    lines: list[Line]
    rows: list[Mark]
    columns: list[Mark]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    foot: int = HEIGHT - 6


def percent_chart(
    title: str,
    description: str,
    names: Sequence[str],
    series: Sequence[tuple[str, str, Sequence[Figure | None]]],
) -> Chart:
    """Shares in percent, one place for each name; a series is its title, style and figures."""
    step = (WIDTH - LEFT - RIGHT) / max(1, len(names) - 1)
    places = [round(LEFT + number * step, 1) for number in range(len(names))]
    if len(names) == 1:
        places = [(LEFT + WIDTH - RIGHT) / 2]
    every = -(-len(names) // LABELS_MOST)
    return Chart(
        title,
        description,
        [_line(title, style, places, names, figures) for title, style, figures in series],
        [Mark(_y(share / 100), f"{share} %") for share in GRID],
        [
            Mark(x, name)
            for number, (x, name) in enumerate(zip(places, names, strict=True))
            if number % every == 0
        ],
    )


def _line(
    title: str,
    style: str,
    places: Sequence[float],
    names: Sequence[str],
    figures: Sequence[Figure | None],
) -> Line:
    strokes: list[str] = []
    bands: list[str] = []
    dots: list[Dot] = []
    for stretch in _stretches(places, figures):
        strokes.append(" ".join(f"{x},{_y(figure.value or 0)}" for x, figure in stretch))
        bands.append(_band(stretch))
        dots += [
            Dot(x, _y(figure.value or 0), f"{names[places.index(x)]}, {title}: {_words(figure)}")
            for x, figure in stretch
        ]
    return Line(title, style, strokes, bands, dots)


def _stretches(
    places: Sequence[float], figures: Sequence[Figure | None]
) -> list[list[tuple[float, Figure]]]:
    """The points that follow each other without a gap."""
    found: list[list[tuple[float, Figure]]] = [[]]
    for x, figure in zip(places, figures, strict=True):
        if figure is None or figure.value is None:
            found.append([])
        else:
            found[-1].append((x, figure))
    return [stretch for stretch in found if stretch]


def _band(stretch: list[tuple[float, Figure]]) -> str:
    """The interval as an area; of a single week as a bar of a dot's width."""
    ends = [
        (x, figure.interval.low, figure.interval.high)
        for x, figure in stretch
        if figure.interval is not None
    ]
    if len(ends) == 1:
        x, low, high = ends[0]
        ends = [(x - DOT, low, high), (x + DOT, low, high)]
    upper = [f"{x},{_y(high)}" for x, _low, high in ends]
    lower = [f"{x},{_y(low)}" for x, low, _high in reversed(ends)]
    return " ".join([*upper, *lower])


def _y(share: float) -> float:
    return round(TOP + (1 - share) * (HEIGHT - TOP - BOTTOM), 1)


def _words(figure: Figure) -> str:
    value = f"{_percent(figure.value or 0)} %"
    if figure.interval is None:
        return f"{value}, n = {figure.n}"
    low, high = _percent(figure.interval.low), _percent(figure.interval.high)
    return f"{value} ({low}–{high} %), n = {figure.n}"


def _percent(share: float) -> str:
    return rounded(100 * share, 1)
