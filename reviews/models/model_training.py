"""A training of the built-in model: the job, what it learned from, and its report card."""

from django.db import models

from labelops.jobs.models import Job
from tasks.models import ModelVersion, Project


class ModelTraining(models.Model):
    """One press of the button. Nobody sees the version before all its predictions are there."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="model_trainings")
    job = models.OneToOneField(Job, models.PROTECT, related_name="model_training")
    model_version = models.OneToOneField(
        ModelVersion, models.PROTECT, null=True, related_name="training"
    )
    # The choice whose classes it learns.
    control = models.CharField(max_length=63)
    label_count = models.PositiveIntegerField(default=0)
    # What it can do by the folds that it did not see (reviews/baseline/report_card.py).
    report = models.JSONField(default=dict)
    # All that it learned (reviews/baseline/trained.py), for items that come later.
    weights = models.BinaryField(null=True)
    # Items up to this number are predicted, or cannot be read.
    predicted_until = models.BigIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"training {self.pk} of {self.project}"
