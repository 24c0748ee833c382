"""Dataset versions: the stored labels of one moment, with their splits, never changed again."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labelops.errors import Conflict
from labelops.jobs.models import Job
from tasks.models import Item, Project, Task

SPLIT_LENGTH = 40
GROUP_LENGTH = 200
FIELD_LENGTH = 100


class DatasetVersion(models.Model):
    """What a model was trained and measured on. Frozen rows are guarded by the database, too."""

    class State(models.TextChoices):
        BUILDING = "building", _("being frozen")
        FROZEN = "frozen", _("frozen")
        FAILED = "failed", _("failed")

    project = models.ForeignKey(Project, models.PROTECT, related_name="dataset_versions")
    number = models.PositiveIntegerField()
    name = models.CharField(_("name"), max_length=120, blank=True)
    note = models.TextField(_("note"), max_length=2_000, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.BUILDING)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    job = models.OneToOneField(Job, models.PROTECT, related_name="dataset_version")
    # {"batches": [[id, name]], "accepted_only": bool}; no batches stands for all of them.
    label_filter = models.JSONField(default=dict)
    # Fields of the items' data; empty: none is read.
    split_field = models.CharField(max_length=FIELD_LENGTH, blank=True)
    group_field = models.CharField(max_length=FIELD_LENGTH, blank=True)
    # {split: share in percent}
    shares = models.JSONField(default=dict)
    seed = models.PositiveIntegerField(default=0)
    # The newest instruction version that was published at the moment of the labels.
    schema_number = models.PositiveIntegerField(null=True)
    entry_count = models.PositiveIntegerField(default=0)
    # Of the canonical lines of its entries: datasets/analysis/manifest.py.
    sha256 = models.CharField(max_length=64, blank=True)
    # What pages show of the entries; the shapes are made in services/sealing.py.
    counts = models.JSONField(default=dict)
    conflicts = models.JSONField(default=dict)
    leaks = models.JSONField(default=dict)
    # Against the parent: services/differences.py.
    changes = models.JSONField(default=dict)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    snapshot_at = models.DateTimeField(null=True)
    frozen_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="dataset_number_once"),
            models.CheckConstraint(
                condition=(Q(state="frozen", frozen_at__isnull=False) & ~Q(sha256=""))
                | (~Q(state="frozen") & Q(frozen_at__isnull=True, sha256="")),
                name="dataset_frozen_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.number} {self.name}".strip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raise Conflict when the stored row is frozen."""
        self._refuse_if_frozen()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self._refuse_if_frozen()
        return super().delete(*args, **kwargs)

    def _refuse_if_frozen(self) -> None:
        if getattr(self, "_stored_state", None) == self.State.FROZEN:
            raise Conflict(_("A frozen dataset version cannot be changed."))

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> "DatasetVersion":
        version = super().from_db(*args, **kwargs)
        version._stored_state = version.__dict__.get("state")
        return version

    @property
    def is_frozen(self) -> bool:
        return self.state == self.State.FROZEN

    @property
    def is_building(self) -> bool:
        """Whether a job is at it. One that was interrupted too often leaves the row as it stood."""
        return self.state == self.State.BUILDING and not self.job.is_finished

    @property
    def standing(self) -> "DatasetVersion.State":
        """The state as it is for everybody who looks."""
        is_left = self.state == self.State.BUILDING and self.job.is_finished
        return self.State.FAILED if is_left else self.State(self.state)


class DatasetEntry(models.Model):
    """An item of a version with the label that was stored for it at that moment.

    Whatever of a label or a batch may change later stands here once more. An item's own content
    never changes.
    """

    version = models.ForeignKey(
        DatasetVersion, models.PROTECT, related_name="entries", db_index=False
    )
    item = models.ForeignKey(Item, models.PROTECT, related_name="dataset_entries")
    position = models.PositiveIntegerField()
    item_sha256 = models.CharField(max_length=64)
    task = models.ForeignKey(Task, models.PROTECT, related_name="+", db_index=False)
    batch_name = models.CharField(max_length=120)
    answer = models.JSONField()
    answer_sha256 = models.CharField(max_length=64)
    # The class, where one single choice is all that is asked of an item.
    label = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=15)
    confidence = models.FloatField(null=True)
    annotation_count = models.PositiveIntegerField()
    revision = models.PositiveIntegerField()
    instruction_number = models.PositiveIntegerField(null=True)
    stale_number = models.PositiveIntegerField(null=True)
    # Empty while the version is being frozen and nothing has said it yet.
    split = models.CharField(max_length=SPLIT_LENGTH, blank=True)
    # Empty: the item is a group of its own.
    group_key = models.CharField(max_length=GROUP_LENGTH, blank=True)

    class Meta:
        ordering = ["position"]
        verbose_name_plural = "dataset entries"
        constraints = [
            models.UniqueConstraint(fields=["version", "item"], name="dataset_item_once"),
            models.UniqueConstraint(fields=["version", "position"], name="dataset_position_once"),
        ]
        indexes = [
            models.Index(
                fields=["version", "group_key"],
                name="dataset_entry_by_group",
                condition=~Q(group_key=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.position} of {self.version_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raise Conflict when the version is frozen."""
        self._refuse_if_frozen()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self._refuse_if_frozen()
        return super().delete(*args, **kwargs)

    def _refuse_if_frozen(self) -> None:
        if self.version.is_frozen:
            raise Conflict(_("A frozen dataset version cannot be changed."))
