"""What models say of items: suggestions for people, measured like anybody's answers."""

from django.conf import settings
from django.db import models

from tasks.models.items import Item
from tasks.models.projects import Project


class ModelVersion(models.Model):
    """One version of a model in a project. It is a user of kind "model", as every author is."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="model_versions")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="model_version"
    )
    name = models.CharField(max_length=100)
    version = models.CharField(max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name", "version"], name="model_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class Prediction(models.Model):
    """What a model version answers for an item, in the shape of the project's label schema."""

    model_version = models.ForeignKey(ModelVersion, models.PROTECT, related_name="predictions")
    item = models.ForeignKey(Item, models.PROTECT, related_name="predictions")
    answer = models.JSONField()
    score = models.FloatField(null=True)
    # Class to probability, as far as the model tells.
    scores = models.JSONField(null=True)
    # Moved on when another answer replaces this one: who leased before that never saw it.
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["model_version", "item"], name="prediction_once")
        ]

    def __str__(self) -> str:
        return f"{self.model_version} on {self.item_id}"
