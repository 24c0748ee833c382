"""Vectors of items: what "similar" means in a project."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labelops.jobs.models import Job
from tasks.models import Project

DIMENSIONS_MOST = 4_096


class VectorSet(models.Model):
    """One embedding of a project's items: computed here, or brought from elsewhere."""

    class Origin(models.TextChoices):
        BUILT_IN = "built_in", _("computed here")
        BROUGHT = "brought", _("brought in")

    project = models.ForeignKey(Project, models.PROTECT, related_name="vector_sets")
    name = models.CharField(_("name"), max_length=100)
    origin = models.CharField(max_length=8, choices=Origin)
    dimensions = models.PositiveIntegerField()
    # Another one with every change: what was made of the vectors before is no good any more.
    stamp = models.UUIDField(default=uuid.uuid4, unique=True)
    # Items that have one. Of a job those that it has made known: at its end.
    vector_count = models.PositiveIntegerField(default=0)
    # What the built-in one learned, so that later items get theirs by the same rule, and how many
    # items the project had then.
    rule = models.BinaryField(null=True)
    learned_count = models.PositiveIntegerField(default=0)
    # Items up to this number have theirs, or cannot be read.
    computed_until = models.BigIntegerField(default=0)
    # The newest job that computes or takes in vectors.
    job = models.ForeignKey(Job, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="vector_set_once"),
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(origin="built_in"),
                name="vector_set_built_in_once",
            ),
            models.CheckConstraint(
                condition=Q(dimensions__gte=1, dimensions__lte=DIMENSIONS_MOST),
                name="vector_set_dimensions_range",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class VectorBlock(models.Model):
    """Some thousand vectors of a set, packed; a later block overrules an earlier one."""

    vector_set = models.ForeignKey(VectorSet, models.CASCADE, related_name="blocks", db_index=False)
    number = models.PositiveIntegerField()
    # int64 and float16, little-endian, row by row; each vector of length 1.
    packed_items = models.BinaryField()
    packed_vectors = models.BinaryField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["vector_set", "number"], name="vector_block_once")
        ]

    def __str__(self) -> str:
        return f"{self.number} of {self.vector_set_id}"


class ItemMap(models.Model):
    """The vectors of a set as points of a plane: clusters, outliers and twins among them."""

    vector_set = models.OneToOneField(VectorSet, models.CASCADE, related_name="map")
    # That of the vectors it was made of.
    stamp = models.UUIDField()
    point_count = models.PositiveIntegerField()
    # In the order of the items' ids, little-endian: ids as int64, places as pairs of float32,
    # clusters as uint16, and as float32 how far from its neighbours each is (times the usual), and
    # how like the middle of its cluster.
    packed_items = models.BinaryField()
    packed_places = models.BinaryField()
    packed_clusters = models.BinaryField()
    packed_strangeness = models.BinaryField()
    packed_typicality = models.BinaryField()
    # Items that are nearly the same: pairs of int64, the nearest first.
    packed_twins = models.BinaryField()
    # By cluster, the largest first: {"size", "traits": [[name, share, lift]]}.
    clusters = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"map of {self.vector_set_id}"


class ItemSelection(models.Model):
    """Items that somebody chose on a map, for as long as they are being looked at."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="item_selections")
    # int64, little-endian, in order.
    packed_items = models.BinaryField()
    item_count = models.PositiveIntegerField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.item_count} items"
