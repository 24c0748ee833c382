"""Segments: saved sets of items, a hand-picked list or a filter; and slices that fail more."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from datasets.models.evaluations import Evaluation
from labelops.jobs.models import Job
from tasks.models import Item, Project


class Segment(models.Model):
    """A saved set of items. A static one keeps its items, a live one its conditions."""

    class Kind(models.TextChoices):
        STATIC = "static", _("these items")
        LIVE = "live", _("whatever fits")

    project = models.ForeignKey(Project, models.PROTECT, related_name="segments")
    name = models.CharField(_("name"), max_length=120)
    note = models.TextField(_("note"), max_length=2_000, blank=True)
    kind = models.CharField(max_length=6, choices=Kind)
    # As datasets/analysis/conditions.py writes them; empty for a static one.
    conditions = models.JSONField(default=list)
    # Of a static one, which never changes.
    item_count = models.PositiveIntegerField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="segment_name_once"),
            models.CheckConstraint(
                condition=Q(kind="static", item_count__isnull=False, conditions=[])
                | Q(kind="live", item_count__isnull=True) & ~Q(conditions=[]),
                name="segment_of_its_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_live(self) -> bool:
        return self.kind == self.Kind.LIVE


class SegmentItem(models.Model):
    segment = models.ForeignKey(Segment, models.CASCADE, related_name="members", db_index=False)
    item = models.ForeignKey(Item, models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "item"], name="segment_item_once")
        ]

    def __str__(self) -> str:
        return f"{self.item_id} in {self.segment_id}"


class SliceSearch(models.Model):
    """One look for the slices in which a model fails more often than elsewhere."""

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="slice_searches")
    job = models.OneToOneField(Job, models.PROTECT, related_name="slice_search")
    # How many combinations of conditions were tried.
    tried_count = models.PositiveIntegerField(default=0)
    # So many items were looked at, of all that the evaluation has.
    item_count = models.PositiveIntegerField(default=0)
    evaluated_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "slice searches"

    def __str__(self) -> str:
        return f"slices of {self.evaluation_id}"


class SliceFinding(models.Model):
    """A slice that fails more often than chance explains."""

    search = models.ForeignKey(SliceSearch, models.CASCADE, related_name="findings", db_index=False)
    position = models.PositiveSmallIntegerField()
    conditions = models.JSONField()
    # Conditions that hold for exactly the same items as one of these.
    twins = models.JSONField(default=list)
    # Wrong and all, inside and elsewhere.
    inside_wrong = models.PositiveIntegerField()
    inside_count = models.PositiveIntegerField()
    outside_wrong = models.PositiveIntegerField()
    outside_count = models.PositiveIntegerField()
    # The share that will be wrong of further items inside, and its 95 % interval. It was picked for
    # its many wrong ones, so this is less than the share above.
    expected = models.FloatField()
    expected_low = models.FloatField()
    expected_high = models.FloatField()
    # int64, little-endian, in order.
    packed_items = models.BinaryField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["search", "position"], name="slice_finding_once"),
            models.CheckConstraint(
                condition=Q(inside_wrong__lte=F("inside_count"))
                & Q(outside_wrong__lte=F("outside_count")),
                name="slice_finding_counts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position} of {self.search_id}"
