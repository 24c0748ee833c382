"""Answers what happens in tasks; each receiver only queues a job."""

from typing import Any

from django.dispatch import receiver

from labelops.jobs.services import wake
from reviews.jobs import assess_task
from tasks.models import Task
from tasks.signals import labels_completed


@receiver(labels_completed)
def assess_completed(sender: type[Task], task: Task, **_keywords: Any) -> None:
    wake(assess_task, task.pk)
