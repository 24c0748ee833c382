"""The label inferred from several annotations of one task."""

from django.db import models

from tasks.models import Task


class Consensus(models.Model):
    """Recomputed from the annotations, never edited. `doubt` orders the review queue."""

    task = models.OneToOneField(Task, models.CASCADE, related_name="consensus")
    answer = models.JSONField()
    method = models.CharField(max_length=20)
    confidence = models.FloatField(null=True)
    agreement = models.FloatField(null=True)
    is_tie = models.BooleanField(default=False)
    votes = models.JSONField(default=dict)
    annotation_count = models.PositiveSmallIntegerField()
    doubt = models.FloatField()
    # Stable codes with their parameters: why a reviewer should look.
    reasons = models.JSONField(default=list)
    # Whether the task was drawn at random for review, whatever its doubt.
    is_drawn = models.BooleanField(default=False)
    computed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "consensus"
        indexes = [models.Index(fields=["-doubt"], name="consensus_by_doubt")]

    def __str__(self) -> str:
        return f"consensus of {self.task_id}"
