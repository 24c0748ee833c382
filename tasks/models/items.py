"""One datapoint of a project: an image or a text, with its metadata."""

import uuid

from django.db import models
from django.db.models import Q

from tasks.kinds import ItemFacts
from tasks.models.deletions import Deletion
from tasks.models.projects import Project


class StandingItems(models.Manager["Item"]):
    """All but what lies in the bin, so that no page can forget it."""

    def get_queryset(self) -> models.QuerySet["Item"]:
        return super().get_queryset().filter(deletion=None)


class OfStandingItems(models.Manager):
    """For what is about one item: it lies in the bin together with it."""

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().filter(item__deletion=None)


class Item(models.Model):
    """A datapoint. Image files are found by `media_key` in private storage."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, models.PROTECT, related_name="items")
    external_id = models.CharField(max_length=300)
    data = models.JSONField(default=dict)
    media_key = models.CharField(max_length=100, blank=True)
    media_type = models.CharField(max_length=40, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    # Of images (labelops/media/perceptual.py): pictures that look alike have nearly the same.
    perceptual_hash = models.BigIntegerField(null=True)
    transfer = models.ForeignKey(
        "tasks.Transfer", models.SET_NULL, null=True, related_name="imported_items"
    )
    # The row or entry of that file, so that a later one with the same id can name it.
    import_row = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # Set while it lies in the bin; its tasks are excluded then, and remember what they were.
    deletion = models.ForeignKey(
        Deletion, models.PROTECT, null=True, related_name="items", db_index=False
    )

    objects = StandingItems()
    # Those in the bin, too: they keep their id, and frozen versions keep them.
    everything = models.QuerySet["Item"].as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "external_id"], name="item_external_id_once")
        ]
        indexes = [
            models.Index(fields=["project", "sha256", "id"], name="item_by_content"),
            # Texts have none, and cost nothing here.
            models.Index(
                fields=["project", "perceptual_hash", "id"],
                name="item_by_looks",
                condition=Q(perceptual_hash__isnull=False),
            ),
            models.Index(
                fields=["deletion", "id"],
                name="item_in_bin",
                condition=Q(deletion__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.external_id

    @property
    def facts(self) -> ItemFacts:
        """What answers are checked against."""
        return ItemFacts(
            type="image" if self.media_key else "text",
            width=self.width,
            height=self.height,
            text=self.data.get("text"),
        )
