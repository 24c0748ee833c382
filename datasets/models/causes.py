"""Why a model fails: a verdict for each failing item, and for each cluster of them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from datasets.models.evaluations import Evaluation
from datasets.models.vectors import VectorSet
from labelops.jobs.models import Job
from tasks.models import Item


class Cause(models.TextChoices):
    """Those of datasets/analysis/causes.py, in words."""

    TEST_LABEL = "test_label", _("the label it is measured by is wrong")
    TRAINING_LABELS = "training", _("labels that it learned from are wrong")
    UNCLEAR_RULE = "rule", _("the rule is unclear")
    WRONG_MIX = "mix", _("too few of this class among its like")
    LACK_OF_DATA = "lack", _("it has seen nothing like it")
    UNANSWERABLE = "input", _("nobody could tell from this input")
    MODEL = "model", _("the model")


class Tracing(models.Model):
    """One look for the causes of an evaluation's failures."""

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="tracings")
    vector_set = models.ForeignKey(VectorSet, models.PROTECT, related_name="+")
    job = models.OneToOneField(Job, models.PROTECT, related_name="tracing")
    # Of the failing items so many had a vector and were traced; so many items taught the model.
    failing_count = models.PositiveIntegerField(default=0)
    traced_count = models.PositiveIntegerField(default=0)
    training_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    # Empty until all its verdicts are stored.
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"causes of {self.evaluation_id}"

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None

    @property
    def is_running(self) -> bool:
        return not self.is_finished and not self.job.is_finished


class FailureCluster(models.Model):
    """Failures that are alike; the verdict is that of most of them."""

    tracing = models.ForeignKey(Tracing, models.CASCADE, related_name="clusters", db_index=False)
    # From 1 for the largest.
    number = models.PositiveSmallIntegerField()
    cause = models.CharField(max_length=10, choices=Cause)
    size = models.PositiveIntegerField()
    # The mix-up of most of them, and the means of what speaks for their causes.
    evidence = models.JSONField(default=dict)
    handed_over_at = models.DateTimeField(null=True)
    handed_over_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["tracing", "number"], name="failure_cluster_once"),
            models.CheckConstraint(
                condition=Q(handed_over_at__isnull=True, handed_over_by__isnull=True)
                | Q(handed_over_at__isnull=False, handed_over_by__isnull=False),
                name="failure_cluster_handed_over_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} of {self.tracing_id}"


class FailureCause(models.Model):
    """Why the model fails on one item, as far as the data tell or a person knows."""

    tracing = models.ForeignKey(Tracing, models.CASCADE, related_name="causes", db_index=False)
    item = models.ForeignKey(Item, models.CASCADE, related_name="+")
    cluster = models.ForeignKey(
        FailureCluster, models.CASCADE, related_name="causes", db_index=False
    )
    # In its cluster, from 1 for the most typical.
    place = models.PositiveIntegerField()
    # What counts, and what the data told.
    cause = models.CharField(max_length=10, choices=Cause)
    traced_as = models.CharField(max_length=10, choices=Cause)
    # The numbers behind it, and the nearest training items (services/tracing.py).
    evidence = models.JSONField(default=dict)
    # Somebody knows better.
    overruled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    overruled_at = models.DateTimeField(null=True)
    overruled_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tracing", "item"], name="failure_cause_once"),
            models.UniqueConstraint(fields=["cluster", "place"], name="failure_cause_in_order"),
            models.CheckConstraint(
                condition=Q(cause=F("traced_as"), overruled_by__isnull=True)
                & Q(overruled_at__isnull=True, overruled_reason="")
                | ~Q(cause=F("traced_as"))
                & Q(overruled_by__isnull=False, overruled_at__isnull=False)
                & ~Q(overruled_reason=""),
                name="failure_cause_overruled_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["tracing", "cause", "id"], name="failure_cause_by_cause")]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.cause}"
