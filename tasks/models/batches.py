"""Batches and their tasks: a contract for work on some items."""

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import Team
from tasks.models.items import Item
from tasks.models.projects import Project

OVERLAP_MAX = 50


class Batch(models.Model):
    """Purpose, priority, due date, overlap and team for work on some items."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        RUNNING = "running", _("running")
        PAUSED = "paused", _("paused")
        CLOSED = "closed", _("closed")

    class Priority(models.IntegerChoices):
        """The lanes of the queue; a lower number is served first."""

        EXPEDITE = 1, _("expedite")
        DATED = 2, _("dated")
        NORMAL = 3, _("normal")

    project = models.ForeignKey(Project, models.PROTECT, related_name="batches")
    name = models.CharField(_("name"), max_length=120)
    purpose = models.TextField(
        _("purpose"),
        help_text=_("One sentence that annotators read: why is this data needed?"),
        max_length=500,
        blank=True,
    )
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Priority, default=Priority.NORMAL
    )
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    overlap = models.PositiveSmallIntegerField(
        _("overlap"),
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(OVERLAP_MAX)],
        help_text=_("How many people label each item, independently."),
    )
    review_percent = models.PositiveSmallIntegerField(
        _("review rate, %"),
        default=10,
        validators=[MaxValueValidator(100)],
        help_text=_("Share of undisputed items that an expert looks at, drawn at random."),
    )
    teams = models.ManyToManyField(Team, verbose_name=_("who works on it"), related_name="batches")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["priority", models.F("due_at").asc(nulls_last=True), "id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="batch_name_once"),
            models.CheckConstraint(
                condition=Q(overlap__gte=1, overlap__lte=OVERLAP_MAX), name="batch_overlap_range"
            ),
            models.CheckConstraint(
                condition=Q(review_percent__lte=100), name="batch_review_percent_range"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Task(models.Model):
    """One item in one batch that needs labels. `result_*` is the label the product stands for."""

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        LABELING = "labeling", _("being labeled")
        REWORK = "rework", _("rework")
        IN_REVIEW = "in_review", _("in review")
        IN_ADJUDICATION = "in_adjudication", _("in adjudication")
        ACCEPTED = "accepted", _("accepted")

    class Source(models.TextChoices):
        VOTE = "vote", _("vote")
        CONSENSUS = "consensus", _("consensus")
        REVIEW = "review", _("review")
        ADJUDICATION = "adjudication", _("adjudication")
        IMPORT = "import", _("import")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="tasks")
    item = models.ForeignKey(Item, models.PROTECT, related_name="tasks")
    state = models.CharField(max_length=20, choices=State, default=State.PENDING)
    round = models.PositiveSmallIntegerField(default=1)
    labels_complete_at = models.DateTimeField(null=True)
    result_answer = models.JSONField(null=True)
    result_source = models.CharField(max_length=15, choices=Source, blank=True)
    result_confidence = models.FloatField(null=True)
    result_revision = models.PositiveIntegerField(default=0)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "item"], name="task_item_once_per_batch")
        ]
        indexes = [
            models.Index(fields=["batch", "state", "id"], name="task_by_state"),
            models.Index(
                fields=["labels_complete_at"],
                name="task_waiting_to_be_assessed",
                condition=Q(state__in=["labeling", "rework"], labels_complete_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} in {self.batch}"


class BatchProgress(models.Model):
    """Counts of a batch, kept by a job so that no page counts tasks."""

    batch = models.OneToOneField(Batch, models.CASCADE, related_name="progress")
    task_count = models.PositiveIntegerField(default=0)
    pending_count = models.PositiveIntegerField(default=0)
    labeling_count = models.PositiveIntegerField(default=0)
    rework_count = models.PositiveIntegerField(default=0)
    in_review_count = models.PositiveIntegerField(default=0)
    in_adjudication_count = models.PositiveIntegerField(default=0)
    accepted_count = models.PositiveIntegerField(default=0)
    annotation_count = models.PositiveIntegerField(default=0)
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.accepted_count}/{self.task_count}"
