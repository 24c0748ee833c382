"""Counters that pages show instead of counting tasks."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from tasks.models.batches import Batch


class BatchTally(models.Model):
    """What one person's actions added to the counts of a batch; without a person, the system's.

    One row a person, so that people who work on the same batch do not wait for each other. The
    counts of task states are changes, so a single row may be negative; their sum never is.
    """

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="tallies")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="tallies"
    )
    pending_count = models.IntegerField(default=0)
    labeling_count = models.IntegerField(default=0)
    rework_count = models.IntegerField(default=0)
    in_review_count = models.IntegerField(default=0)
    in_adjudication_count = models.IntegerField(default=0)
    on_hold_count = models.IntegerField(default=0)
    accepted_count = models.IntegerField(default=0)
    excluded_count = models.IntegerField(default=0)
    annotation_count = models.IntegerField(default=0)
    skip_count = models.IntegerField(default=0)
    expired_count = models.IntegerField(default=0)
    active_ms = models.BigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "batch tallies"
        constraints = [
            models.UniqueConstraint(fields=["batch", "person"], name="tally_once_per_person"),
            models.UniqueConstraint(
                fields=["batch"], condition=Q(person=None), name="tally_once_for_the_system"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch}: {self.person or 'system'}"
