"""The board as a table for spreadsheets."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from reviews.quality.figure import Figure
from reviews.reports.board import BoardRow


def columns() -> list[str]:
    return [
        _("project"),
        _("batch"),
        _("state"),
        _("due"),
        _("finish from"),
        _("finish to"),
        _("slack, hours"),
        _("bottleneck"),
        _("tasks"),
        _("accepted"),
        _("in review"),
        _("accuracy, %"),
        _("from"),
        _("to"),
        _("tasks checked"),
        _("first-pass yield, %"),
        _("from"),
        _("to"),
        _("answers judged"),
        _("cost of an accepted item"),
        _("currency"),
        _("alarm"),
    ]


def lines(rows: Iterable[BoardRow]) -> Iterator[list[Any]]:
    for row in rows:
        progress = row.progress
        yield [
            row.project.slug,
            row.batch.name,
            row.batch.state,
            row.batch.due_at.isoformat() if row.batch.due_at else None,
            *_finish(row),
            progress.task_count,
            progress.accepted_count,
            progress.in_review_count + progress.in_adjudication_count,
            *_percent(row.accuracy),
            *_percent(row.first_pass),
            row.figures.cost.per_item if row.figures else None,
            settings.CURRENCY,
            row.alarm.sentence if row.alarm else None,
        ]


def _finish(row: BoardRow) -> list[Any]:
    if row.finish is None:
        return [None, None, None, None]
    forecast, slack = row.finish.forecast, row.slack_hours
    days = [day.isoformat() if day else None for day in (forecast.early, forecast.late)]
    return [*days, None if slack is None else round(slack, 1), forecast.bottleneck or None]


def _percent(figure: Figure) -> list[Any]:
    """The share, its interval and n."""
    interval = figure.interval
    ends = [interval.low, interval.high] if interval else [None, None]
    shares = [figure.value, *ends]
    return [None if share is None else round(100 * share, 2) for share in shares] + [figure.n]
