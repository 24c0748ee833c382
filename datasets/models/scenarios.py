"""Scenario tests: frozen items with a bar that every model version has to pass."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from datasets.models.segments import Segment
from datasets.models.versions import DatasetVersion
from tasks.models import Item, ModelVersion, Project

BAR_LEAST, BAR_MOST = 1, 99.9


class Scenario(models.Model):
    """Items, their labels and the share that has to be right; once frozen never changed again.

    More items are another number of the same name: runs of the earlier one stay what they were.
    """

    class Measure(models.TextChoices):
        RIGHT = "right", _("share of items that are right")
        RECALL = "recall", _("share of what is there that is found")
        PRECISION = "precision", _("share of what is found that is there")

    class Severity(models.TextChoices):
        BLOCKS = "blocks", _("blocks the release")
        WARNS = "warns", _("is reported")

    project = models.ForeignKey(Project, models.PROTECT, related_name="scenarios")
    name = models.CharField(_("name"), max_length=120)
    number = models.PositiveIntegerField(default=1)
    dataset_version = models.ForeignKey(
        DatasetVersion, models.PROTECT, verbose_name=_("labels of"), related_name="scenarios"
    )
    # What it was made from, which may change or go.
    segment = models.ForeignKey(Segment, models.SET_NULL, null=True, related_name="scenarios")
    # The control of the label schema whose answer is measured.
    control = models.CharField(_("question"), max_length=63)
    # Below these a prediction does not count, and two objects are not the same.
    score_bar = models.FloatField(
        _("counts from a score of"),
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    overlap_bar = models.FloatField(
        _("found from an overlap of"),
        default=0.5,
        validators=[MinValueValidator(0.1), MaxValueValidator(1)],
    )
    measure = models.CharField(
        _("what is measured"), max_length=9, choices=Measure, default=Measure.RIGHT
    )
    # The class it is about; empty for all.
    label = models.CharField(_("class"), max_length=200, blank=True)
    bar_percent = models.DecimalField(
        _("bar, %"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(BAR_LEAST), MaxValueValidator(BAR_MOST)],
    )
    severity = models.CharField(
        _("below it"), max_length=6, choices=Severity, default=Severity.BLOCKS
    )
    item_count = models.PositiveIntegerField()
    # Empty while its items are written, which is one transaction.
    frozen_at = models.DateTimeField(null=True)
    # Taken out of the gate; its items stay kept from training.
    retired_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name", "number"], name="scenario_once"),
            models.CheckConstraint(
                condition=Q(bar_percent__gt=0, bar_percent__lt=100), name="scenario_bar_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"

    @property
    def bar(self) -> float:
        return float(self.bar_percent) / 100


class ScenarioItem(models.Model):
    """An item with the label it is measured by."""

    scenario = models.ForeignKey(Scenario, models.PROTECT, related_name="members", db_index=False)
    item = models.ForeignKey(Item, models.PROTECT, related_name="scenario_items")
    answer = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scenario", "item"], name="scenario_item_once")
        ]

    def __str__(self) -> str:
        return f"{self.item_id} in {self.scenario_id}"


class ScenarioRun(models.Model):
    """One model version on one scenario, by its newest predictions when it ran."""

    class Verdict(models.TextChoices):
        PASS = "pass", _("pass")
        FAIL = "fail", _("fail")
        UNKNOWN = "unknown", _("not enough data")

    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="runs", db_index=False)
    model_version = models.ForeignKey(ModelVersion, models.PROTECT, related_name="scenario_runs")
    right = models.PositiveIntegerField()
    count = models.PositiveIntegerField()
    unpredicted_count = models.PositiveIntegerField(default=0)
    # Items of it that taught the model all the same.
    trained_on_count = models.PositiveIntegerField(default=0)
    lower = models.FloatField(null=True)
    upper = models.FloatField(null=True)
    verdict = models.CharField(max_length=7, choices=Verdict)
    # How many more labels would tell, at the share that was found; empty where none would.
    more_needed = models.PositiveIntegerField(null=True)
    # The items that are wrong, and those without a prediction: int64, little-endian, in order.
    packed_wrong = models.BinaryField()
    packed_unpredicted = models.BinaryField()
    # When the newest of the predictions that it read was made.
    said_at = models.DateTimeField(null=True)
    run_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["scenario", "model_version"], name="scenario_run_once"),
            models.CheckConstraint(condition=Q(right__lte=F("count")), name="scenario_run_counts"),
        ]

    def __str__(self) -> str:
        return f"{self.scenario_id} by {self.model_version_id}: {self.verdict}"

    @property
    def share(self) -> float | None:
        return self.right / self.count if self.count else None
