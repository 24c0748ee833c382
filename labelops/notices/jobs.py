"""Celery doors of notices."""

from celery import shared_task

from labelops.notices.services import digests, notices


@shared_task
def send_mail() -> int:
    """Confirmations that people wait for, and the daily mail of those whose morning it is."""
    return digests.ask_for_confirmations() + digests.send_digests()


@shared_task
def purge_notices() -> int:
    return notices.purge()
