"""What the page of a batch says: where its tasks are, how long they wait, and what is wrong."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from reviews.models import BatchFigures, Lot
from reviews.quality.batch_alarms import Alarm
from reviews.reports.board import BoardRow, make_row
from reviews.reports.board_words import AlarmWords, words_of_alarm
from tasks.models import Batch, Task
from tasks.reports.projects import batch_row
from tasks.reports.stages import ORDER

LOTS_SHOWN = 5


@dataclass(frozen=True)
class Step:
    """The tasks of one state, and since when the oldest has waited, where that is known."""

    state: str
    title: Any
    count: int
    since: datetime | None


@dataclass(frozen=True)
class BatchPage:
    row: BoardRow
    steps: list[Step]
    alarms: list[AlarmWords]
    computed_at: datetime | None


def batch_page(batch: Batch, now: datetime | None = None) -> BatchPage:
    """`batch` comes with its figures and tallies."""
    counted = batch_row(batch)
    row = make_row(batch, counted.progress, now or timezone.now())
    lot = row.figures.rejected_lot_id if row.figures else None
    return BatchPage(
        row=row,
        steps=_steps(row),
        alarms=[words_of_alarm(Alarm(kind), batch, rejected_lot=lot) for kind in row.alarms],
        computed_at=row.figures.computed_at if row.figures else None,
    )


def newest_lots(batch: Batch) -> list[Lot]:
    rows = Lot.objects.filter(batch=batch).defer("packed_members").select_related("team")
    return list(rows.order_by("-pk")[:LOTS_SHOWN])


def _steps(row: BoardRow) -> list[Step]:
    since = _since(row.figures)
    return [
        Step(state.value, state.label, count, since.get(state))
        for state in reversed(ORDER)
        if (count := getattr(row.progress, f"{state.value}_count")) or state in since
    ]


def _since(figures: BatchFigures | None) -> dict[str, datetime]:
    if figures is None:
        return {}
    waiting = {
        Task.State.IN_REVIEW: figures.review_since,
        Task.State.IN_ADJUDICATION: figures.adjudication_since,
        Task.State.ON_HOLD: figures.question_since,
    }
    return {state: since for state, since in waiting.items() if since is not None}
