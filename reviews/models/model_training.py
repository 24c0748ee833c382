"""A training of the built-in model: the job, what it learned from, and its report card."""

from django.db import models

from labelops.jobs.models import Job
from tasks.models import ModelVersion, Project


class ModelTraining(models.Model):
    """One press of the button. The version exists once its predictions are all there."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="model_trainings")
    job = models.OneToOneField(Job, models.PROTECT, related_name="model_training")
    model_version = models.OneToOneField(
        ModelVersion, models.PROTECT, null=True, related_name="training"
    )
    # The labels it learned from, by class, and what it can do by the folds that it did not see.
    label_count = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"training {self.pk} of {self.project}"
