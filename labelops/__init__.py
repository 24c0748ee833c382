"""LabelOps: the desk of a data-operations team."""

from labelops.celery import app as celery_app

__all__ = ["celery_app"]
