"""Celery doors of webhooks: the outbox is emptied and swept by looking at its rows."""

from celery import shared_task

from labelops.webhooks.services import deliveries, outbox


@shared_task
def send_deliveries() -> int:
    return deliveries.send_due()


@shared_task
def purge_deliveries() -> int:
    return outbox.purge()
