"""The forecast of a batch in words, with its chart; nothing is computed here but what to say."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews.models import BatchDay, BatchForecast
from reviews.quality.forecast import WhatIf
from reviews.reports.burn_up import BurnUp, burn_up
from reviews.services import forecasts
from tasks.models import Batch

PAST_DAYS = 90
# A forecast is computed anew after 15 minutes, by a job that comes every minute.
OVERDUE = timedelta(minutes=20)


@dataclass(frozen=True)
class Outlook:
    """`sentence` is the forecast, or why there is none; `notes` say what it rests on."""

    sentence: str
    notes: list[str]
    computed_at: datetime | None
    is_old: bool
    chart: BurnUp | None


def outlook(batch: Batch, *, now: datetime | None = None) -> Outlook:
    """`tallies` and `forecast` of the batch are used where they were fetched with it."""
    now = now or timezone.now()
    today, progress = _day(now), batch.progress
    stored: BatchForecast | None = getattr(batch, "forecast", None)
    is_done = progress.task_count > 0 and progress.accepted_count == progress.task_count
    is_shown = batch.state == Batch.State.RUNNING and not is_done
    shown = stored if is_shown and stored and not stored.days_lacking else None
    return Outlook(
        sentence=_done_or_idle(batch, is_done=is_done) or forecast_sentence(stored),
        notes=_notes(shown) if shown else [],
        computed_at=stored.computed_at if is_shown and stored else None,
        is_old=bool(is_shown and stored and _is_behind(stored, batch, now)),
        chart=burn_up(
            f"burn-up-{batch.pk}",
            past=_past(batch, progress.accepted_count, today),
            fan=[(date.fromisoformat(day), found) for day, found in shown.fan] if shown else [],
            total=progress.task_count,
            today=today,
            due=None if batch.due_at is None else _day(batch.due_at),
        ),
    )


@dataclass(frozen=True)
class Answer:
    """What a change would do, in words."""

    sentence: str
    notes: list[str]


def what_if(batch: Batch, change: WhatIf, *, now: datetime | None = None) -> Answer:
    """The forecast under a change; nothing is stored."""
    now = now or timezone.now()
    found = forecasts.what_if(batch, change, now=now)
    row = BatchForecast(batch=batch, computed_at=now, **forecasts.columns_of(found))
    notes = []
    if row.on_time is not None:
        notes.append(_met(row.on_time))
    if row.bottleneck:
        notes.append(
            _("It would wait for %(stage)s most.") % {"stage": row.get_bottleneck_display()}
        )
    return Answer(forecast_sentence(row), notes)


def _met(on_time: float) -> str:
    return _("The due date is met in %(percent)d of 100 runs.") % {"percent": round(100 * on_time)}


def _is_behind(stored: BatchForecast, batch: Batch, now: datetime) -> bool:
    """Whether it should have been computed anew, since something changed, and was not."""
    return now - stored.computed_at > OVERDUE and stored.basis["counts"] != BatchForecast.counts_of(
        batch
    )


def _done_or_idle(batch: Batch, *, is_done: bool) -> str:
    if is_done:
        return _("Everything in this batch is accepted.")
    if batch.state != Batch.State.RUNNING:
        return _("The batch is not running, so nothing is foretold.")
    return ""


def forecast_sentence(stored: BatchForecast | None) -> str:
    """“Done between 14 and 28 December (80 %), most likely by the 19th”, as far as it is known."""
    if stored is None:
        return _("Nothing is foretold yet: a forecast comes within a minute or two.")
    if stored.days_lacking:
        return ngettext(
            "Not enough history: one more day of work is needed.",
            "Not enough history: %(days)d more days of work are needed.",
            stored.days_lacking,
        ) % {"days": stored.days_lacking}
    if stored.early is None:
        return _("At this pace it will not be done within a year.")
    early = _shown(stored.early)
    if stored.likely is None:
        return _("Done on %(early)s at the earliest (80 %%), more likely not within a year.") % {
            "early": early
        }
    likely = _shown(stored.likely)
    if stored.late is None:
        return _(
            "Most likely done by %(likely)s; between %(early)s and a year or more from now (80 %%)."
        ) % {"early": early, "likely": likely}
    return _("Most likely done by %(likely)s; between %(early)s and %(late)s (80 %%).") % {
        "early": early,
        "late": _shown(stored.late),
        "likely": likely,
    }


def _notes(stored: BatchForecast) -> list[str]:
    inputs = stored.inputs
    found = []
    if stored.on_time is not None:
        found.append(_met(stored.on_time))
    if stored.bottleneck:
        share = inputs.get("stages", {}).get(stored.bottleneck, 0)
        found.append(
            _("What it waits for most: %(stage)s (in %(percent)d of 100 runs).")
            % {"stage": stored.get_bottleneck_display(), "percent": round(100 * share)}
        )
    if inputs.get("is_borrowed"):
        found.append(_("It rests on the project's other batches, as this one is too new."))
    else:
        found.append(
            _("It rests on %(labels)s labels and %(reviews)s reviews a day of work.")
            % {"labels": round(inputs["labels_a_day"]), "reviews": round(inputs["reviews_a_day"])}
        )
    return found


def _past(batch: Batch, accepted: int, today: date) -> list[tuple[date, int]]:
    """Accepted by the end of each day, counted back from now; without days before the first."""
    since = today - timedelta(PAST_DAYS)
    rows = BatchDay.objects.filter(batch=batch, day__gte=since, day__lte=today, accepted__gt=0)
    by_day = dict(rows.values_list("day", "accepted"))
    if not by_day:
        return []
    first = min(by_day) - timedelta(1)
    found = []
    for number in range((today - first).days + 1):
        day = today - timedelta(number)
        found.append((day, max(0, accepted)))
        accepted -= by_day.get(day, 0)
    return found[::-1]


def _shown(day: date) -> str:
    return date_format(day, "DATE_FORMAT")


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
