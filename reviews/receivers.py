"""Answers what tasks tells and asks: what is in is assessed or measured, who may see an item."""

import time
from typing import Any

from celery import Task as CeleryTask
from django.dispatch import receiver

from labelops.jobs.services import wake
from reviews.access import learns_from, sits_exam_with
from reviews.jobs import assess_waiting, forecast_batch, measure_gold, route_batch, take_looks
from reviews.models import Measurement
from reviews.services import purged_work
from reviews.services.attention import is_checked_with
from reviews.signals import measured
from tasks.access import media_grants
from tasks.models import Batch, Item, Task
from tasks.signals import batch_changed, gold_answered, items_purging, labels_completed

GATHER_SECONDS = 1.0


class Gathering:
    """Asks for one sweep a second and process, for all that happened meanwhile."""

    def __init__(self, sweep: CeleryTask) -> None:
        self.sweep = sweep
        self.due_at = 0.0

    def ask(self) -> None:
        now = time.monotonic()
        if now >= self.due_at:
            self.due_at = now + GATHER_SECONDS
            wake(self.sweep, countdown=GATHER_SECONDS)


completed = Gathering(assess_waiting)
checked = Gathering(take_looks)


@receiver(labels_completed)
def assess_completed(sender: type[Task], task: Task, **_keywords: Any) -> None:
    completed.ask()


@receiver(gold_answered)
def measure_answered(sender: type[Task], assignment_id: int, **_keywords: Any) -> None:
    wake(measure_gold, assignment_id)


@receiver(batch_changed)
def foretell_changed(sender: type[Batch], batch: Batch, **_keywords: Any) -> None:
    if batch.state == Batch.State.RUNNING:
        wake(forecast_batch, batch.pk)


@receiver(batch_changed)
def route_changed(sender: type[Batch], batch: Batch, **_keywords: Any) -> None:
    if batch.state == Batch.State.RUNNING and batch.model_bar_percent is not None:
        wake(route_batch, batch.pk)


@receiver(measured)
def look_at_measured(sender: type[Measurement], **_keywords: Any) -> None:
    checked.ask()


@receiver(items_purging)
def keep_purged_work(sender: type[Item], item_ids: list[int], **_keywords: Any) -> None:
    purged_work.keep(item_ids)


media_grants += [sits_exam_with, learns_from, is_checked_with]
