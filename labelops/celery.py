"""The Celery app. It carries work, never truth: every job is a row that a sweeper finds again."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_init, worker_process_init
from django.core.exceptions import ImproperlyConfigured

from labelops.durability import guard_connections
from labelops.supervisor.children import end_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelops.settings")
# Celery would run Django's checks at each start, for which every page is loaded, and would tell
# nobody what they found; `manage.py check` does.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("labelops")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="jobs")


@worker_init.connect
def refuse_forgetful_database(**_keywords: Any) -> None:
    """Celery logs an exception of a receiver and goes on; only SystemExit ends the worker."""
    try:
        guard_connections()
    except ImproperlyConfigured as error:
        raise SystemExit(f"LabelOps cannot start: {error}") from error


@worker_process_init.connect
def end_with_worker(**_keywords: Any) -> None:
    """A process of the pool whose worker was killed would work on, unseen."""
    end_with_parent()
