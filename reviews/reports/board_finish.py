"""When a batch will be done, as the board says it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews.models import BatchForecast
from tasks.models import Batch

HOUR, DAY_HOURS = 3_600, 24


@dataclass(frozen=True)
class Finish:
    """The stored forecast with its slack: hours from its late end to the due date."""

    forecast: BatchForecast
    slack_hours: float | None

    @property
    def words(self) -> str:
        """Between which days it ends, in 80 of 100 runs."""
        if self.forecast.days_lacking:
            return ngettext(
                "needs %(n)d more day of work", "needs %(n)d more days of work", self._lacking
            ) % {"n": self._lacking}
        if self.forecast.early is None:
            return _("not within a year")
        early = _day(self.forecast.early)
        if self.forecast.late is None:
            return _("from %(day)s, perhaps not within a year") % {"day": early}
        late = _day(self.forecast.late)
        return early if early == late else f"{early} – {late}"

    @property
    def slack_words(self) -> str:
        if self.slack_hours is None:
            return ""
        days = abs(self.slack_hours) / DAY_HOURS
        if self.slack_hours < 0:
            return _("▼ %(n).1f days late") % {"n": days}
        return _("%(n).1f days to spare") % {"n": days}

    @property
    def _lacking(self) -> int:
        return self.forecast.days_lacking


def finish_of(batch: Batch) -> Finish | None:
    """None before anything was foretold, and once the batch no longer runs."""
    forecast = getattr(batch, "forecast", None)
    if forecast is None or batch.state != Batch.State.RUNNING:
        return None
    return Finish(forecast, _slack(forecast, batch.due_at))


def _slack(forecast: BatchForecast, due_at: datetime | None) -> float | None:
    """An end beyond a year counts as a year away."""
    if forecast.days_lacking or due_at is None:
        return None
    late = forecast.late or (forecast.computed_at + timedelta(days=365)).date()
    end = datetime.combine(late + timedelta(days=1), time.min, UTC)
    return (due_at - end).total_seconds() / HOUR


def _day(day: date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")
