"""Answers what tasks asks: whose labels are in gets assessed, who sits an exam sees its items."""

import time
from typing import Any

from django.dispatch import receiver

from labelops.jobs.services import wake
from reviews.access import learns_from, sits_exam_with
from reviews.jobs import assess_waiting
from tasks.access import media_grants
from tasks.models import Task
from tasks.signals import labels_completed

GATHER_SECONDS = 1.0


class Gathering:
    """Asks for one sweep a second and process, for all tasks that were completed meanwhile."""

    def __init__(self) -> None:
        self.due_at = 0.0

    def ask(self) -> None:
        now = time.monotonic()
        if now >= self.due_at:
            self.due_at = now + GATHER_SECONDS
            wake(assess_waiting, countdown=GATHER_SECONDS)


gathering = Gathering()


@receiver(labels_completed)
def assess_completed(sender: type[Task], task: Task, **_keywords: Any) -> None:
    gathering.ask()


media_grants.extend([sits_exam_with, learns_from])
