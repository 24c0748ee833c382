"""Weeks and days of UTC, as pages are asked for them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from labelops.errors import DomainError

EARLIEST = date(2000, 1, 1)
DAYS = timedelta(days=7)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Week:
    """Seven days of UTC from a Monday on; `today` is a day of it or later."""

    monday: date
    today: date

    @property
    def next_monday(self) -> date:
        return self.monday + DAYS

    @property
    def begin(self) -> datetime:
        return _midnight(self.monday)

    @property
    def end(self) -> datetime:
        return _midnight(self.next_monday)

    @property
    def known_to(self) -> datetime:
        """The last midnight of it. What moves at once would tell which answer was checked."""
        return min(self.end, _midnight(self.today))

    @property
    def has_ended(self) -> bool:
        return self.next_monday <= self.today

    @property
    def before(self) -> "Week":
        return Week(self.monday - DAYS, self.today)

    @property
    def following(self) -> str:
        """The Monday after, unless it is still to come."""
        return self.next_monday.isoformat() if self.has_ended else ""

    @property
    def previous(self) -> str:
        return self.before.monday.isoformat() if self.before.monday >= EARLIEST else ""

    @property
    def title(self) -> str:
        days = (self.monday, self.next_monday - DAY)
        return "–".join(date_format(day, "SHORT_DATE_FORMAT") for day in days)


def this_week(now: datetime | None = None) -> Week:
    today = (now or timezone.now()).astimezone(UTC).date()
    return Week(today - timedelta(days=today.weekday()), today)


def read_week(given: QueryDict) -> Week:
    """The week that is asked for, or the present one. Raises DomainError for what is none."""
    present = this_week()
    day = read_day(given, "week")
    if day is None:
        return present
    if day.weekday():
        raise _no_such("week", _("A week is named by its Monday."))
    return Week(day, present.today)


def read_day(given: QueryDict, name: str) -> date | None:
    """A day up to today. Raises DomainError."""
    text = given.get(name, "")
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise _no_such(name, _("A day is written as 2026-01-31.")) from error
    if len(text) != len("2026-01-31") or not EARLIEST <= day <= this_week().today:
        raise _no_such(name, _("A day is written as 2026-01-31, and not one that is to come."))
    return day


def last_midnight(now: datetime | None = None) -> datetime:
    """Figures of one's own checked answers are those of then."""
    return _midnight(this_week(now).today)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _no_such(name: str, hint: str) -> DomainError:
    return DomainError(
        _("“%(name)s” has no such value here.") % {"name": name},
        code="unknown_value",
        field=name,
        hint=hint,
    )
