"""The figures of a project's quality page, computed by a job."""

from django.db import models

from tasks.models import Project


class QualitySnapshot(models.Model):
    """The newest quality figures of a project, with the time they were computed."""

    project = models.OneToOneField(Project, models.CASCADE, related_name="quality_snapshot")
    figures = models.JSONField()
    computed_at = models.DateTimeField()
    # How long it took: figures that cost more are computed less often.
    seconds = models.FloatField(default=0)

    def __str__(self) -> str:
        return f"quality of {self.project}"
