"""What models say of items: suggestions for people, measured like anybody's answers."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tasks.models.items import Item
from tasks.models.projects import Project


class ReadyVersions(models.Manager["ModelVersion"]):
    """All but those whose training has not ended, so that no page can show one."""

    def get_queryset(self) -> models.QuerySet["ModelVersion"]:
        return super().get_queryset().filter(ready_at__isnull=False)


class ModelVersion(models.Model):
    """One version of a model in a project. It is a user of kind "model", as every author is."""

    class Origin(models.TextChoices):
        BROUGHT = "brought", _("its predictions are brought in")
        BUILT_IN = "built_in", _("trained here")
        BACKEND = "backend", _("asked over the network")

    project = models.ForeignKey(Project, models.PROTECT, related_name="model_versions")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="model_version"
    )
    name = models.CharField(max_length=100)
    version = models.CharField(max_length=100)
    origin = models.CharField(max_length=8, choices=Origin, default=Origin.BROUGHT)
    # The version before it of the same model; what that one earned speaks for this one.
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    created_at = models.DateTimeField(auto_now_add=True)
    # Empty until all its predictions are there; what it said before then nobody saw.
    ready_at = models.DateTimeField(null=True, default=timezone.now)
    # A manager stopped it: it suggests nothing, answers nothing and earns nothing any more.
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    stop_reason = models.CharField(max_length=500, blank=True)
    # Since when it is proved that people follow its mistakes: where suggestions are earned, they
    # see its own only after their answer.
    sways_since = models.DateTimeField(null=True)

    objects = ReadyVersions()
    # Those that are being trained, too.
    everything = models.QuerySet["ModelVersion"].as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name", "version"], name="model_version_once"
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True, stopped_by__isnull=True)
                | Q(stopped_at__isnull=False, stopped_by__isnull=False),
                name="model_version_stopped_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class Prediction(models.Model):
    """What a model version answers for an item, in the shape of the project's label schema."""

    # The constraint's index begins with it.
    model_version = models.ForeignKey(
        ModelVersion, models.PROTECT, related_name="predictions", db_index=False
    )
    item = models.ForeignKey(Item, models.PROTECT, related_name="predictions")
    answer = models.JSONField()
    # The class it names, where that is all the project asks; else empty.
    label = models.CharField(max_length=200, blank=True)
    score = models.FloatField(null=True)
    # Class to probability, as far as the model tells.
    scores = models.JSONField(null=True)
    # Its item's label taught this version: the answer is no proof of what the version can do.
    is_trained_on = models.BooleanField(default=False)
    # The share of the items it learned from that have nearer neighbours than this one; near 1 is
    # unlike all of them. Empty where the model does not tell.
    novelty = models.FloatField(null=True)
    # Moved on when another answer replaces this one: who leased before that never saw it.
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["model_version", "item"], name="prediction_once")
        ]
        indexes = [
            # What a version says of the items it learned from: few among all.
            models.Index(
                fields=["model_version", "id"],
                name="prediction_trained_on",
                condition=models.Q(is_trained_on=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.model_version} on {self.item_id}"
