"""The row behind every piece of background work: the truth that a broker may forget."""

import uuid
from typing import Any, Protocol

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ProblemLog(Protocol):
    """Keeps every problem of a run by its number from 1; `Job.errors` holds the first ones."""

    def add(self, number: int, fields: dict[str, Any]) -> None: ...


class Job(models.Model):
    """State, progress, cursor and errors of one piece of work; Celery only wakes it up."""

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    UNFINISHED = (State.QUEUED, State.RUNNING)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=40)
    # The number of the project it works for: projects stand above this app.
    project_id = models.PositiveBigIntegerField(null=True)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    done_count = models.PositiveBigIntegerField(default=0)
    total_count = models.PositiveBigIntegerField(null=True)
    error_count = models.PositiveIntegerField(default=0)
    errors = models.JSONField(default=list)
    cursor = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    message = models.TextField(blank=True)
    attempt_count = models.PositiveIntegerField(default=0)
    claim = models.UUIDField(null=True)
    is_cancel_requested = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="jobs"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    # Only while a run keeps one.
    problem_log: ProblemLog | None = None

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["state", "heartbeat_at"],
                name="job_unfinished",
                condition=models.Q(state__in=["queued", "running"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"

    @property
    def is_finished(self) -> bool:
        return self.state in {self.State.DONE, self.State.FAILED, self.State.CANCELLED}

    @property
    def percent(self) -> int | None:
        """Progress as 0-100; None while the total is not known."""
        if self.state == self.State.DONE:
            return 100
        if not self.total_count:
            return None
        return min(100, int(100 * self.done_count / self.total_count))
