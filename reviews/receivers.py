"""Answers what happens in tasks; each receiver only queues a job."""

import time
from typing import Any

from django.dispatch import receiver

from labelops.jobs.services import wake
from reviews.jobs import assess_waiting
from tasks.models import Task
from tasks.signals import labels_completed

GATHER_SECONDS = 1.0


class _Sweep:
    """One sweep a second and process gathers all tasks that were completed meanwhile."""

    due_at = 0.0


@receiver(labels_completed)
def assess_completed(sender: type[Task], task: Task, **_keywords: Any) -> None:
    now = time.monotonic()
    if now >= _Sweep.due_at:
        _Sweep.due_at = now + GATHER_SECONDS
        wake(assess_waiting, countdown=GATHER_SECONDS)
