"""The append-only log of every decision and state change, and the seals that prove it whole."""

from typing import Any

from django.conf import settings
from django.db import models


class EventQuerySet(models.QuerySet["Event"]):
    def update(self, **_values: Any) -> int:
        raise TypeError("Events are append-only.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("Events are append-only.")

    def about(self, target: models.Model) -> "EventQuerySet":
        return self.filter(target_type=target._meta.label_lower, target_id=str(target.pk))


class Event(models.Model):
    """Who did what to what, when and why. Written in the transaction of the change itself."""

    # Without an index: what is looked up by person is looked up among the seals, which are made
    # later, while somebody waits for this row to be written.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="events", db_index=False
    )
    verb = models.CharField(max_length=60)
    target_type = models.CharField(max_length=60)
    target_id = models.CharField(max_length=40)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.TextField(blank=True)
    request_key = models.UUIDField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["target_type", "target_id", "id"], name="event_by_target"),
            models.Index(fields=["created_at"], name="event_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.target_type} {self.target_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise TypeError("Events are append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("Events are append-only.")


class EventSeal(models.Model):
    """One link of the chain: a digest of the link before it and of the event, in the order of ids.

    It also says which project the event is about, so that the log can be read by project. Person,
    verb and time are those of the event, here for the same reason.
    """

    event = models.OneToOneField(Event, models.PROTECT, primary_key=True, related_name="seal")
    sequence = models.PositiveBigIntegerField(unique=True)
    sha256 = models.CharField(max_length=64)
    # By number: projects and people stand above this app.
    project_id = models.PositiveBigIntegerField(null=True)
    actor_id = models.PositiveBigIntegerField(null=True)
    verb = models.CharField(max_length=60)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-event"]
        indexes = [
            models.Index(fields=["actor_id", "event"], name="seal_by_actor"),
            models.Index(fields=["verb", "event"], name="seal_by_verb"),
            models.Index(fields=["project_id", "event"], name="seal_by_project"),
            models.Index(fields=["project_id", "actor_id", "event"], name="seal_by_project_actor"),
            models.Index(fields=["project_id", "verb", "event"], name="seal_by_project_verb"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence}: {self.sha256[:12]}"


class SealMark(models.Model):
    """The newest event of a moment, and the first transaction that had not begun by then.

    One row, on PostgreSQL alone: once all older transactions have ended, nothing can appear any
    more among the events up to this one.
    """

    event_id = models.PositiveBigIntegerField()
    next_transaction = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return f"up to event {self.event_id}"
