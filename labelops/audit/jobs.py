"""The Celery door of the audit log."""

from celery import shared_task

from labelops.audit import sealing


@shared_task
def seal_events() -> int:
    return sealing.seal_events()
