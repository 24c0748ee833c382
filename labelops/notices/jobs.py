"""Celery doors of notices."""

from celery import shared_task

from labelops.notices.services import notices


@shared_task
def purge_notices() -> int:
    return notices.purge()
