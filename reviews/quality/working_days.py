"""On which days of the week people work, and which past days say how much they do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

WEEKDAYS = 7
FRIDAY = 4
# Weeks that the pattern is learnt from: habits change.
PATTERN_DAYS = 28
# Less than this share of the usual is somebody looking in, no day of work.
LEAST = 0.1
# A weekday that was worked more seldom is a day off.
SELDOM = 0.2
# How much of a week the usual one, Monday to Friday, counts beside those that were seen.
USUAL_WEIGHT = 0.25
# Holidays and failures come to every team.
MOST = 0.98


@dataclass(frozen=True)
class Day:
    """What was done on one day: labels given, reviews decided, tasks accepted."""

    day: date
    labels: int = 0
    reviews: int = 0
    accepted: int = 0

    @property
    def work(self) -> int:
        return self.labels + self.reviews


def working_days(history: Sequence[Day]) -> list[Day]:
    """The days on which people worked in earnest, oldest first.

    >>> monday = date(2026, 11, 2)
    >>> days = [Day(monday + timedelta(n), labels=100 if n < 5 else 3) for n in range(7)]
    >>> [found.day.day for found in working_days(days)]
    [2, 3, 4, 5, 6]
    """
    worked = [found for found in history if found.work]
    if not worked:
        return []
    least = LEAST * median(found.work for found in worked)
    return sorted((found for found in worked if found.work >= least), key=lambda found: found.day)


def weekday_shares(worked: Sequence[Day], today: date) -> list[float]:
    """How often each weekday, Monday first, was worked in the four weeks before `today`.

    A part of a usual week, Monday to Friday, is added to what was seen: the first days of a batch
    say little of its weekends. What is left below one in five is a day off.

    >>> monday = date(2026, 11, 2)
    >>> worked = [Day(monday + timedelta(n), labels=9) for n in range(14) if n % 7 < 6]
    >>> [round(share, 2) for share in weekday_shares(worked, monday + timedelta(14))]
    [0.98, 0.98, 0.98, 0.98, 0.98, 0.89, 0.0]
    """
    days = {found.day for found in worked}
    if not days:
        return [_usual(weekday) for weekday in range(WEEKDAYS)]
    first = max(min(days), today - timedelta(PATTERN_DAYS))
    seen = [0] * WEEKDAYS
    busy = [0] * WEEKDAYS
    for number in range((today - first).days):
        day = first + timedelta(number)
        seen[day.weekday()] += 1
        busy[day.weekday()] += day in days
    shares = [
        (busy[weekday] + USUAL_WEIGHT * _usual(weekday)) / (seen[weekday] + USUAL_WEIGHT)
        for weekday in range(WEEKDAYS)
    ]
    return [min(MOST, share) if share >= SELDOM else 0.0 for share in shares]


def _usual(weekday: int) -> float:
    return MOST if weekday <= FRIDAY else 0.0
