"""The burn-up of a batch as SVG: what is accepted day by day, and the fan of what is to come.

Lines differ in their dashes and bands in their hatching, so nothing is said by colour alone. The
table beside it has the same figures. Where people read from right to left, time runs so too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format, number_format
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from reviews.quality.forecast import LEVELS
from reviews.reports.charts import Mark

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 60, 24, 34, 28
QUARTERS = 4
DATES_MOST = 6
FURTHEST_DUE = timedelta(days=365)


@dataclass(frozen=True)
class DayRow:
    """A row of the table: accepted by the end of a day, or what is foretold at five levels."""

    day: str
    accepted: int | None
    levels: tuple[int | str, ...] = ("–",) * 5


@dataclass(frozen=True)
class Upright:
    """A line over the whole height, with its name above; `y` keeps two names apart."""

    style: str
    x: float
    y: int
    text: str


@dataclass(frozen=True)
class BurnUp:
    """Ids begin with `key`, as a page may show several charts."""

    key: str
    title: str
    description: str
    past: str
    middle: str
    outer: str
    inner: str
    target_y: float
    uprights: list[Upright]
    rows: list[Mark]
    columns: list[Mark]
    levels: list[str]
    table: list[DayRow]
    left: int
    right: int
    labels_x: int
    labels_anchor: str
    width: int = WIDTH
    height: int = HEIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM
    foot: int = HEIGHT - 8


def burn_up(
    key: str,
    *,
    past: Sequence[tuple[date, int]],
    fan: Sequence[tuple[date, Sequence[int]]],
    total: int,
    today: date,
    due: date | None,
) -> BurnUp | None:
    """`past` are tasks accepted by the end of each day, the last of them that of now.

    None where there is nothing to draw.
    """
    if not total or not (fan or len(past) > 1):
        return None
    known = [today, *(day for day, _accepted in past), *(day for day, _levels in fan)]
    first = min(known)
    if due is not None and first <= due <= today + FURTHEST_DUE:
        known.append(due)
    plane = _Plane(first, max(known), total)
    # The fan grows out of the last whole day: its first day is today.
    whole = [(day, (accepted,) * 5) for day, accepted in past if day < today][-1:]
    levels = [*whole, *fan]
    return BurnUp(
        key=key,
        title=_("Accepted tasks by day, and what is foretold"),
        description=_(
            "A solid line up to today; then a dashed line for the middle of all runs, a hatched "
            "band that holds 80 % and an outlined one that holds 95 % of them. The table below "
            "has the numbers."
        ),
        past=plane.stroke(past),
        middle=plane.stroke([(day, found[2]) for day, found in levels]) if fan else "",
        outer=plane.band(levels, 0, 4) if fan else "",
        inner=plane.band(levels, 1, 3) if fan else "",
        target_y=plane.y(total),
        uprights=_uprights(plane, today, due),
        rows=plane.rows(),
        columns=plane.columns(),
        levels=[_percent(level) for level in LEVELS],
        table=[
            *(DayRow(_shown(day), accepted) for day, accepted in past),
            *(DayRow(_shown(day), None, tuple(found)) for day, found in fan),
        ],
        left=plane.left,
        right=plane.right,
        labels_x=plane.right + 6 if plane.is_mirrored else plane.left - 6,
        labels_anchor="start" if plane.is_mirrored else "end",
    )


class _Plane:
    """From days and tasks to places on the drawing."""

    def __init__(self, first: date, last: date, total: int) -> None:
        self.first, self.total = first, total
        self.days = max(1, (last - first).days)
        self.is_mirrored = get_language_bidi()
        self.left = RIGHT if self.is_mirrored else LEFT
        self.right = WIDTH - (LEFT if self.is_mirrored else RIGHT)

    def x(self, day: date) -> float:
        away = (day - self.first).days / self.days * (self.right - self.left)
        return round(self.right - away if self.is_mirrored else self.left + away, 1)

    def y(self, tasks: float) -> float:
        return round(TOP + (1 - min(1, tasks / self.total)) * (HEIGHT - TOP - BOTTOM), 1)

    def stroke(self, points: Sequence[tuple[date, int]]) -> str:
        return " ".join(f"{self.x(day)},{self.y(tasks)}" for day, tasks in points)

    def band(self, levels: Sequence[tuple[date, Sequence[int]]], low: int, high: int) -> str:
        upper = [(day, found[high]) for day, found in levels]
        lower = [(day, found[low]) for day, found in reversed(levels)]
        return self.stroke([*upper, *lower])

    def rows(self) -> list[Mark]:
        steps = min(QUARTERS, self.total)
        counts = [round(self.total * step / steps) for step in range(steps + 1)]
        return [Mark(self.y(count), number_format(count, force_grouping=True)) for count in counts]

    def columns(self) -> list[Mark]:
        every = -(-(self.days + 1) // DATES_MOST)
        days = [self.first + timedelta(number) for number in range(0, self.days + 1, every)]
        return [Mark(self.x(day), date_format(day, "MONTH_DAY_FORMAT")) for day in days]


def _uprights(plane: _Plane, today: date, due: date | None) -> list[Upright]:
    found = [Upright("today", plane.x(today), 12, _("today"))]
    if due is not None and 0 <= (due - plane.first).days <= plane.days:
        found.append(Upright("due", plane.x(due), 26, _("due")))
    return found


def _percent(level: float) -> str:
    """2.5 % with its decimal, 10 % without."""
    percent = round(100 * level, 1)
    return f"{number_format(percent, decimal_pos=0 if percent.is_integer() else 1)} %"


def _shown(day: date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")
