"""What work is worth: rates in force, the lines of a month, and what changed after it was closed.

Amounts are decimals of four places: a unit line is exact, a line of time is rounded half up to the
fourth place, and a total once more to hundredths. See docs/pay.md.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

ANNOTATE, REVIEW, ADJUDICATE = STAGES = ("annotate", "review", "adjudicate")
WORK, READING, TRAINING, FLOOR = "work", "reading", "training", "floor"
LESSON = "lesson"
HOURS = (WORK, READING, TRAINING)
HOUR_MS = Decimal(3_600_000)
MINUTE_MS = 60_000
NOTHING = Decimal(0)
EXACT, CENT = Decimal("0.0001"), Decimal("0.01")


class Entry(NamedTuple):
    """An amount that was set, from a day on; `team` is None for the rate of the whole project."""

    project: int
    team: int | None
    basis: str
    level: int
    amount: Decimal | None
    valid_from: date


class Terms:
    """The rates of some projects, by day."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """`entries` in the order in which they were set: of one day the last stands."""
        self._days: dict[tuple[int, int | None, str, int], list[date]] = defaultdict(list)
        self._amounts: dict[tuple[int, int | None, str, int], list[Decimal | None]] = defaultdict(
            list
        )
        self._known: dict[tuple[int, int | None, str, int, date], Decimal | None] = {}
        for entry in sorted(entries, key=lambda entry: entry.valid_from):
            self._days[entry[:4]].append(entry.valid_from)
            self._amounts[entry[:4]].append(entry.amount)

    def own(
        self, project: int, team: int | None, basis: str, level: int, day: date
    ) -> Decimal | None:
        """What was set for just this team, or for the project as a whole.

        >>> terms = Terms([Entry(1, None, "annotate", 2, Decimal("0.10"), date(2026, 1, 1))])
        >>> terms.own(1, None, "annotate", 2, date(2026, 1, 1))
        Decimal('0.10')
        >>> terms.own(1, 7, "annotate", 2, date(2026, 1, 1)) is None
        True
        """
        key = project, team, basis, level
        place = bisect_right(self._days.get(key, ()), day)
        return self._amounts[key][place - 1] if place else None

    def rate(
        self, project: int, team: int | None, basis: str, level: int, day: date
    ) -> Decimal | None:
        """The rate in force: the team's own, or else the project's.

        >>> terms = Terms([Entry(1, None, "annotate", 2, Decimal("0.10"), date(2026, 1, 1))])
        >>> terms.rate(1, 7, "annotate", 2, date(2026, 3, 9))
        Decimal('0.10')
        """
        key = project, team, basis, level, day
        if key not in self._known:
            own = self.own(*key)
            usual = self.own(project, None, basis, level, day)
            self._known[key] = own if own is not None else usual
        return self._known[key]

    def changes(self, since: date, until: date) -> set[date]:
        """The days after `since` and before `until` on which any rate changes."""
        return {day for days in self._days.values() for day in days if since < day < until}


class Work(NamedTuple):
    """What a person did in a batch over days of the same rates; `day` is the first of them."""

    project: int
    batch: int
    person: int
    team: int
    level: int
    stage: str
    day: date
    units: int
    active_ms: int
    reading_ms: int


class Training(NamedTuple):
    """A finished lesson (which counts the minutes agreed for one), exam or drill."""

    project: int
    person: int
    team: int
    day: date
    is_lesson: bool
    time_ms: int


class Key(NamedTuple):
    """What a line is about. `month` is the month of the work; top-ups have no rate."""

    month: date
    project: int
    team: int
    person: int
    batch: int | None
    basis: str
    level: int
    rate: Decimal | None


class Line(NamedTuple):
    """Units and time, and what they come to."""

    key: Key
    units: int
    time_ms: int
    amount: Decimal


class Place(NamedTuple):
    """Whom a floor protects: a person, as one of a team, in a project and a month."""

    month: date
    project: int
    team: int
    person: int


def month_of(day: date) -> date:
    return day.replace(day=1)


def next_month(month: date) -> date:
    """The first day of the month after.

    >>> next_month(date(2026, 12, 1))
    datetime.date(2027, 1, 1)
    """
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def month_before(month: date, count: int) -> date:
    """The first day of the month that is so many before.

    >>> month_before(date(2026, 2, 1), 3)
    datetime.date(2025, 11, 1)
    """
    years, left = divmod(month.year * 12 + month.month - 1 - count, 12)
    return date(years, left + 1, 1)


def rounded(amount: Decimal) -> Decimal:
    """A total as it is paid.

    >>> rounded(Decimal("0.125")), rounded(Decimal("-0.125"))
    (Decimal('0.13'), Decimal('-0.13'))
    """
    return amount.quantize(CENT, ROUND_HALF_UP)


def plain(amount: Decimal) -> str:
    """A rate without the zeros that it does not need.

    >>> plain(Decimal("0.1000")), plain(Decimal("0.0125")), plain(Decimal("12"))
    ('0.10', '0.0125', '12.00')
    """
    whole, _point, places = f"{amount:.4f}".partition(".")
    return f"{whole}.{places.rstrip('0').ljust(2, '0')}"


def pay_of_time(time_ms: int, rate: Decimal | None) -> Decimal:
    """What so much time comes to at an hourly rate.

    >>> pay_of_time(90 * 60_000, Decimal("12.50"))
    Decimal('18.7500')
    """
    return (time_ms * (rate or NOTHING) / HOUR_MS).quantize(EXACT, ROUND_HALF_UP)


def month_lines(works: Iterable[Work], trainings: Iterable[Training], terms: Terms) -> list[Line]:
    """The lines of all work and training, with the top-ups to the floor.

    A floor promises its amount for every hour at work, reading and in training, over the month as
    a whole: what units and hours came to is topped up to it.

    >>> day = date(2026, 1, 1)
    >>> terms = Terms([
    ...     Entry(1, None, "annotate", 0, Decimal("0.10"), day),
    ...     Entry(1, None, "floor", 0, Decimal("12.00"), day),
    ... ])
    >>> work = Work(1, 5, 3, 7, 0, "annotate", day, 100, 3_600_000, 0)
    >>> [(line.key.basis, line.units, str(line.amount)) for line in month_lines([work], [], terms)]
    [('annotate', 100, '10.0000'), ('floor', 0, '2.0000')]
    """
    sums: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
    promised: dict[Place, Decimal] = defaultdict(Decimal)
    hours: dict[Place, int] = defaultdict(int)
    for place, day, key, units, time_ms in _parts(works, trainings, terms):
        sums[key][0] += units
        sums[key][1] += time_ms
        if key.basis != WORK:
            floor = terms.rate(place.project, place.team, FLOOR, 0, day)
            promised[place] += time_ms * (floor or NOTHING)
            hours[place] += time_ms
    lines = [Line(key, *values, _amount(key, *values)) for key, values in sums.items()]
    return [*lines, *_top_ups(lines, promised, hours)]


def _parts(
    works: Iterable[Work], trainings: Iterable[Training], terms: Terms
) -> Iterator[tuple[Place, date, Key, int, int]]:
    for work in works:
        place = Place(month_of(work.day), work.project, work.team, work.person)
        unit = terms.rate(work.project, work.team, work.stage, work.level, work.day)
        key = Key(*place, work.batch, work.stage, work.level, unit)
        yield place, work.day, key, work.units, work.active_ms
        hour = terms.rate(work.project, work.team, WORK, 0, work.day)
        if hour is not None and work.active_ms:
            yield place, work.day, Key(*place, work.batch, WORK, 0, hour), 0, work.active_ms
        if work.reading_ms:
            reading = terms.rate(work.project, work.team, READING, 0, work.day)
            key = Key(*place, work.batch, READING, 0, reading)
            yield place, work.day, key, 0, work.reading_ms
    for training in trainings:
        place = Place(month_of(training.day), training.project, training.team, training.person)
        time_ms = training_ms(training, terms)
        rate = terms.rate(training.project, training.team, TRAINING, 0, training.day)
        yield place, training.day, Key(*place, None, TRAINING, 0, rate), 1, time_ms


def training_ms(training: Training, terms: Terms) -> int:
    """How much time is paid: what was measured, or the minutes that are agreed for a lesson."""
    if not training.is_lesson:
        return training.time_ms
    minutes = terms.rate(training.project, training.team, LESSON, 0, training.day)
    return int((minutes or NOTHING) * MINUTE_MS)


def _amount(key: Key, units: int, time_ms: int) -> Decimal:
    if key.basis in STAGES:
        return (units * (key.rate or NOTHING)).quantize(EXACT)
    return pay_of_time(time_ms, key.rate)


def _top_ups(
    lines: list[Line], promised: Mapping[Place, Decimal], hours: Mapping[Place, int]
) -> Iterator[Line]:
    paid: dict[Place, Decimal] = defaultdict(Decimal)
    for line in lines:
        paid[Place(*line.key[:4])] += line.amount
    for place, amount in promised.items():
        missing = (amount / HOUR_MS).quantize(EXACT, ROUND_HALF_UP) - paid[place]
        if missing > 0:
            yield Line(Key(*place, None, FLOOR, 0, None), 0, hours[place], missing)


def corrections(now: Iterable[Line], stored: Iterable[Line]) -> list[Line]:
    """What has to be added so that the stored lines come to what they would be now.

    >>> key = Key(date(2026, 1, 1), 1, 7, 3, 5, "annotate", 0, Decimal("0.10"))
    >>> now, stored = Line(key, 9, 0, Decimal("0.9")), Line(key, 10, 0, Decimal("1.0"))
    >>> [(line.units, str(line.amount)) for line in corrections([now], [stored])]
    [(-1, '-0.1')]
    """
    both = [*((1, line) for line in now), *((-1, line) for line in stored)]
    return [line for line in _added(both) if line.units or line.time_ms or line.amount]


def _added(signed: Iterable[tuple[int, Line]]) -> Iterable[Line]:
    sums: dict[Key, Line] = {}
    for sign, (key, units, time_ms, amount) in signed:
        old = sums.get(key, Line(key, 0, 0, NOTHING))
        sums[key] = Line(
            key,
            old.units + sign * units,
            old.time_ms + sign * time_ms,
            old.amount + sign * amount,
        )
    return sums.values()


def merged(lines: Iterable[Line], **dropped: int) -> list[Line]:
    """The lines that differ only in what is dropped, as one.

    >>> key = Key(date(2026, 1, 1), 1, 7, 3, 5, "annotate", 0, Decimal("0.10"))
    >>> other = key._replace(person=4)
    >>> lines = [Line(key, 1, 0, Decimal("0.1")), Line(other, 2, 0, Decimal("0.2"))]
    >>> [(line.key.person, line.units, str(line.amount)) for line in merged(lines, person=0)]
    [(0, 3, '0.3')]
    """
    return list(_added((1, line._replace(key=line.key._replace(**dropped))) for line in lines))
