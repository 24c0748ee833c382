"""How attentively a reviewer looks through pages of many tiles."""

import uuid

from django.conf import settings
from django.db import models

from tasks.models import Project, Task


class AttentionCheck(models.Model):
    """A task that experts decided, shown among a page's tiles as a class that it is not.

    Among crops it is one object of the label that they decided.

    It measures its reviewer, and decides nothing. Nobody is shown the same one twice.
    """

    # Stands where the id of an assignment stands for the other tiles.
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="attention_checks", db_index=False
    )
    project = models.ForeignKey(Project, models.CASCADE, related_name="+", db_index=False)
    task = models.ForeignKey(Task, models.CASCADE, related_name="+")
    # Of the object, where it was shown as a crop.
    fingerprint = models.CharField(max_length=32, blank=True)
    # The class of the page.
    shown_as = models.CharField(max_length=200)
    shown_at = models.DateTimeField()
    # Whether the reviewer marked it; empty until the page is confirmed.
    is_caught = models.BooleanField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["reviewer", "task"], name="attention_check_once_per_person"
            ),
            models.CheckConstraint(
                condition=models.Q(is_caught__isnull=True, answered_at__isnull=True)
                | models.Q(is_caught__isnull=False, answered_at__isnull=False),
                name="attention_check_answered",
            ),
        ]
        indexes = [
            models.Index(
                fields=["project", "answered_at"],
                name="attention_by_project",
                condition=models.Q(answered_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.task_id} shown to {self.reviewer} as {self.shown_as}"
