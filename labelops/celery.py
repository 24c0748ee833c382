"""The Celery app. It carries work, never truth: every job is a row that a sweeper finds again."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelops.settings")

app = Celery("labelops")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="jobs")
