"""Which Celery task does which kind of job; apps register theirs in their `jobs` module."""

from celery import Task as CeleryTask

_doors: dict[str, CeleryTask] = {}


def register(kind: str, celery_task: CeleryTask) -> CeleryTask:
    _doors[kind] = celery_task
    return celery_task


def door(kind: str) -> CeleryTask:
    return _doors[kind]
