"""Batches and their tasks: a contract for work on some items."""

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import Team, validate_language_tag
from labelops.jobs.models import Job
from tasks.models.items import Item
from tasks.models.progress import Progress
from tasks.models.projects import Project

OVERLAP_MAX = 50
LEVEL_MAX = 5
BLIND_PERCENT = 20
MODEL_BAR_LEAST = 80
MODEL_BAR_MOST = 99


class Batch(models.Model):
    """Purpose, priority, due date, overlap and team for work on some items."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        CALIBRATING = "calibrating", _("calibrating")
        RUNNING = "running", _("running")
        PAUSED = "paused", _("paused")
        CLOSED = "closed", _("closed")

    class Priority(models.IntegerChoices):
        """The lanes of the queue; a lower number is served first."""

        EXPEDITE = 1, _("expedite")
        DATED = 2, _("dated")
        NORMAL = 3, _("normal")

    class PurposeKind(models.TextChoices):
        CUSTOMER = "customer", _("a customer's problem")
        MODEL = "model", _("a weakness of the model")
        DOMAIN = "domain", _("a new domain")
        OTHER = "other", _("something else")

    class Suggestions(models.TextChoices):
        HIDDEN = "hidden", _("never shown")
        SHOWN = "shown", _("shown beside the item")
        AFTER = "after", _("shown after the answer")
        EARNED = "earned", _("as far as the model has earned it")

    project = models.ForeignKey(Project, models.PROTECT, related_name="batches")
    name = models.CharField(_("name"), max_length=120)
    purpose = models.TextField(
        _("purpose"),
        help_text=_("One sentence that annotators read: why is this data needed?"),
        max_length=500,
        blank=True,
    )
    purpose_kind = models.CharField(
        _("what it is for"), max_length=8, choices=PurposeKind, blank=True
    )
    target_metric = models.CharField(
        _("what is to get better"),
        max_length=120,
        blank=True,
        help_text=_("As “recall of cyclists at dusk”. It is measured again afterwards."),
    )
    target_baseline = models.DecimalField(
        _("value now"), max_digits=9, decimal_places=4, null=True, blank=True
    )
    target_value = models.DecimalField(
        _("value wanted"), max_digits=9, decimal_places=4, null=True, blank=True
    )
    accuracy_percent = models.PositiveSmallIntegerField(
        _("accuracy wanted, %"),
        null=True,
        blank=True,
        validators=[MinValueValidator(50), MaxValueValidator(100)],
        help_text=_("The board raises an alarm once the labels are proved to be worse."),
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
    overlap_max = models.PositiveSmallIntegerField(
        _("labels at most"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(OVERLAP_MAX)],
        help_text=_("Where the labels leave doubt, ask further people, up to this many in all."),
    )
    confidence_percent = models.PositiveSmallIntegerField(
        _("sure enough at, %"),
        null=True,
        blank=True,
        validators=[MinValueValidator(50), MaxValueValidator(99)],
        help_text=_("Ask for another label until the answer is this certain."),
    )
    review_percent = models.PositiveSmallIntegerField(
        _("review rate, %"),
        default=10,
        validators=[MaxValueValidator(100)],
        help_text=_("Share of undisputed items that an expert looks at, drawn at random."),
    )
    gold_percent = models.PositiveSmallIntegerField(
        _("gold, %"),
        default=0,
        validators=[MaxValueValidator(50)],
        help_text=_(
            "Share of tasks whose answer is known, at least; people on low levels get more. "
            "Nobody can tell them apart."
        ),
    )
    teams = models.ManyToManyField(Team, verbose_name=_("who works on it"), related_name="batches")
    min_level = models.PositiveSmallIntegerField(
        _("lowest level"),
        default=0,
        validators=[MaxValueValidator(LEVEL_MAX)],
        help_text=_("The level in this project that a person needs; 0 admits everybody."),
    )
    language = models.CharField(
        _("language of the items"),
        max_length=10,
        blank=True,
        validators=[validate_language_tag],
        help_text=_("As pt or pt-BR: only people who read it get these tasks."),
    )
    person_limit = models.PositiveIntegerField(
        _("labels by one person at most"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("So that no single hand shapes the batch. Empty: no limit."),
    )
    person_share_percent = models.PositiveSmallIntegerField(
        _("share of one person at most, %"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("Of all labels that the batch needs. Empty: no limit."),
    )
    suggestions = models.CharField(
        _("suggestions"),
        max_length=6,
        choices=Suggestions,
        default=Suggestions.HIDDEN,
        help_text=_("Whether people see what a model suggests. It is faster, and it sways them."),
    )
    suggestion_model = models.ForeignKey(
        "tasks.ModelVersion",
        models.PROTECT,
        verbose_name=_("model"),
        null=True,
        blank=True,
        related_name="batches",
        help_text=_("Whose suggestions. Empty: those of the newest version that has one."),
    )
    blind_percent = models.PositiveSmallIntegerField(
        _("kept back, %"),
        default=BLIND_PERCENT,
        validators=[MaxValueValidator(100)],
        help_text=_(
            "Share of items, drawn at random, that keep their suggestion hidden all the same: "
            "it shows how far suggestions sway people. Usually 20; where suggestions are earned, "
            "at least 20."
        ),
    )
    model_bar_percent = models.PositiveSmallIntegerField(
        _("accuracy asked of the model, %"),
        null=True,
        blank=True,
        validators=[MinValueValidator(MODEL_BAR_LEAST), MaxValueValidator(MODEL_BAR_MOST)],
        help_text=_(
            "Where the model has proved that it is right this often, it answers alone, and a "
            "random share is audited. Empty: people answer everything."
        ),
    )
    state = models.CharField(max_length=11, choices=State, default=State.DRAFT)
    # Both follow the pace of the work; a job keeps them (services/pace.py).
    lease_time = models.DurationField(default=timedelta(minutes=30), editable=False)
    work_left = models.DurationField(default=timedelta(0), editable=False)
    # The answers and unfinished tasks that they were computed from.
    paced_counts = models.JSONField(null=True, editable=False)
    # The share of one person in labels, as of the last look at how large the batch is.
    share_limit = models.PositiveIntegerField(null=True, editable=False)
    # While a job fills the batch, fresh slots from this number on wait for its end, so that
    # people get none or all of what it adds.
    filling = models.OneToOneField(Job, models.PROTECT, null=True, related_name="filled_batch")
    fresh_below = models.PositiveBigIntegerField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    # The job that adjusts the slots after a change of the overlap; for whoever made the change.
    adjusting: Any = None

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
            models.CheckConstraint(
                condition=Q(gold_percent__lte=50), name="batch_gold_percent_range"
            ),
            models.CheckConstraint(
                condition=~Q(suggestions="earned") | Q(blind_percent__gte=BLIND_PERCENT),
                name="batch_earned_keeps_some_back",
                violation_error_message=_("Keep at least 20 % back where suggestions are earned."),
            ),
            models.CheckConstraint(
                condition=Q(model_bar_percent__isnull=True)
                | Q(
                    model_bar_percent__gte=MODEL_BAR_LEAST,
                    model_bar_percent__lte=MODEL_BAR_MOST,
                ),
                name="batch_model_bar_percent_range",
            ),
            models.CheckConstraint(
                condition=Q(accuracy_percent__isnull=True)
                | Q(accuracy_percent__gte=50, accuracy_percent__lte=100),
                name="batch_accuracy_percent_range",
            ),
            models.CheckConstraint(
                condition=Q(overlap_max__isnull=True)
                | Q(overlap_max__gte=models.F("overlap"), overlap_max__lte=OVERLAP_MAX),
                name="batch_overlap_max_range",
                violation_error_message=_(
                    "“Labels at most” cannot be fewer than the overlap, nor more than 50."
                ),
            ),
            models.CheckConstraint(
                condition=Q(filling__isnull=True, fresh_below__isnull=True)
                | Q(filling__isnull=False, fresh_below__isnull=False),
                name="batch_filling_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def lease_minutes(self) -> int:
        return round(self.lease_time.total_seconds() / 60)

    @property
    def lane(self) -> str:
        """The lane in words that programs can rely on."""
        return self.Priority(self.priority).name.lower()

    @property
    def most_by_person(self) -> int | None:
        """How many labels one person may give; None without a limit."""
        limits = [limit for limit in (self.person_limit, self.share_limit) if limit is not None]
        return min(limits, default=None)

    @property
    def target_change(self) -> str:
        """The value now and the value wanted, as far as they are known: “0.81 → 0.9”."""
        values = [self.target_baseline, self.target_value]
        if values == [None, None]:
            return ""
        return " → ".join("?" if value is None else f"{value.normalize():f}" for value in values)

    @property
    def most_labels(self) -> int:
        """How many people may label one task, when the first ones leave doubt."""
        return self.overlap_max or self.overlap

    @property
    def progress(self) -> Progress:
        """The sums over the batch's tallies; prefetch `tallies` for lists."""
        return Progress.over(self.tallies.all())


class Task(models.Model):
    """One item in one batch that needs labels. `result_*` is the label the product stands for."""

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        LABELING = "labeling", _("being labeled")
        REWORK = "rework", _("rework")
        IN_REVIEW = "in_review", _("in review")
        IN_ADJUDICATION = "in_adjudication", _("in adjudication")
        ON_HOLD = "on_hold", _("waiting for an answer")
        ACCEPTED = "accepted", _("accepted")
        EXCLUDED = "excluded", _("excluded")
        # A second task of an item whose answer is known: it measures people, and never moves.
        GOLD = "gold", _("gold")

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
    # Where a task on hold goes on, once its questions are answered.
    held_state = models.CharField(max_length=20, choices=State, blank=True)
    round = models.PositiveSmallIntegerField(default=1)
    # Open and leased slots of this round's labeling: at 0 the labels are complete.
    labels_missing = models.PositiveSmallIntegerField(default=0)
    labels_complete_at = models.DateTimeField(null=True)
    result_answer = models.JSONField(null=True)
    result_source = models.CharField(max_length=15, choices=Source, blank=True)
    result_confidence = models.FloatField(null=True)
    result_revision = models.PositiveIntegerField(default=0)
    result_version = models.ForeignKey(
        "tasks.InstructionVersion", models.PROTECT, null=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True)
    # What a model says of it is kept from everybody: their answers show whether it is right.
    is_suggestion_hidden = models.BooleanField(default=False)
    # Of a task whose item lies in the bin: what it was, {"state", "classes"}. It counts nowhere.
    set_aside = models.JSONField(null=True)
    # The version whose change put the label in doubt; empty once somebody has decided.
    stale_version = models.ForeignKey(
        "tasks.InstructionVersion", models.PROTECT, null=True, related_name="stale_tasks"
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "item"],
                condition=~Q(state="gold"),
                name="task_item_once_per_batch",
            ),
            models.UniqueConstraint(
                fields=["batch", "item"],
                condition=Q(state="gold"),
                name="task_gold_once_per_batch",
            ),
        ]
        indexes = [
            models.Index(fields=["batch", "state", "id"], name="task_by_state"),
            models.Index(
                fields=["labels_complete_at"],
                name="task_waiting_to_be_assessed",
                condition=Q(state__in=["labeling", "rework"], labels_complete_at__isnull=False),
            ),
            models.Index(
                fields=["stale_version", "id"],
                name="task_stale",
                condition=Q(stale_version__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} in {self.batch}"


# What a batch is there for; gold measures people, and is no work to be counted.
WORK_STATES = [state for state in Task.State if state != Task.State.GOLD]


class LabelClass(models.Model):
    """A class that the stored label of a task names: found by index, not by reading all labels."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="label_classes")
    # Repeated from the batch so that a class of a project is one stretch of the index.
    project = models.ForeignKey(Project, models.PROTECT, related_name="+", db_index=False)
    control = models.CharField(max_length=63)
    value = models.CharField(max_length=200)
    # Whether every object of the class was looked at by itself; a new label begins anew.
    is_looked_through = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "label classes"
        constraints = [
            models.UniqueConstraint(
                fields=["project", "control", "value", "task"], name="label_class_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["project", "control", "value", "task"],
                name="label_class_to_look_through",
                condition=Q(is_looked_through=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.task_id}: {self.control} {self.value}"
