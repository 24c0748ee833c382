"""Labels that a detector finds suspicious, and how often each detector turned out to be right."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tasks.models import ModelVersion, Project, Task


class LabelIssueQuerySet(models.QuerySet["LabelIssue"]):
    def waiting(self) -> "LabelIssueQuerySet":
        return self.filter(is_confirmed__isnull=True)

    def decided(self) -> "LabelIssueQuerySet":
        return self.filter(is_confirmed__isnull=False)

    def by_class(self) -> "LabelIssueQuerySet":
        """Each with `concerns`: the class in question, or the one that is missing."""
        is_missing = models.When(label="", then=F("suggested"))
        return self.annotate(concerns=models.Case(is_missing, default=F("label")))


class LabelIssue(models.Model):
    """One detector's finding on a stored label; reviewers confirm it or not."""

    class Detector(models.TextChoices):
        CLASSES = "classes", _("the class is unlikely")
        OPTIONS = "options", _("a chosen or missing option is unlikely")
        SPANS = "spans", _("the marked words are unlikely")
        OVERLOOKED = "overlooked", _("an object may be missing")
        BADLY_PLACED = "placed", _("a box may be off")
        SWAPPED = "swapped", _("an object may have the wrong class")

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="label_issues", db_index=False
    )
    task = models.ForeignKey(Task, models.CASCADE, related_name="label_issues")
    detector = models.CharField(max_length=10, choices=Detector)
    model_version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="+")
    # The label's own revision that was looked at: a newer one is another label.
    revision = models.PositiveIntegerField()
    # The class in question, and the one that the model holds for likelier; empty for none.
    label = models.CharField(max_length=200, blank=True)
    suggested = models.CharField(max_length=200, blank=True)
    # 0 to 1, low is suspicious; the place in the order of the detector, from 1.
    score = models.FloatField()
    rank = models.PositiveIntegerField()
    found_at = models.DateTimeField()
    # What the expert said who looked at it: empty until somebody has.
    is_confirmed = models.BooleanField(null=True)
    decided_at = models.DateTimeField(null=True)

    objects = LabelIssueQuerySet.as_manager()

    class Meta:
        constraints = [
            # What was decided stays beside it: the label may have come back anew.
            models.UniqueConstraint(
                fields=["task", "detector"],
                name="label_issue_once",
                condition=Q(is_confirmed__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(is_confirmed__isnull=True, decided_at__isnull=True)
                | Q(is_confirmed__isnull=False, decided_at__isnull=False),
                name="label_issue_decided_at_a_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["project", "detector", "rank"],
                name="label_issue_waiting",
                condition=Q(is_confirmed__isnull=True),
            ),
            models.Index(
                fields=["project", "decided_at"],
                name="label_issue_decided",
                condition=Q(is_confirmed__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.detector} on {self.task_id}: {self.score:.2f}"


class DetectorStanding(models.Model):
    """How often one detector was right in one class, and whether it is muted there.

    `label` is the class in question, or the one that is missing.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="detector_standings")
    detector = models.CharField(max_length=10, choices=LabelIssue.Detector)
    label = models.CharField(max_length=200, blank=True)
    decided = models.PositiveIntegerField(default=0)
    confirmed = models.PositiveIntegerField(default=0)
    lower = models.FloatField(default=0)
    upper = models.FloatField(default=1)
    # The share of wrong labels that chance would find in this class.
    by_chance = models.FloatField(null=True)
    muted_at = models.DateTimeField(null=True)
    # A person muted or kept it, and evidence no longer does.
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    reason = models.CharField(max_length=500, blank=True)
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "detector", "label"], name="detector_standing_once"
            ),
            models.CheckConstraint(
                condition=Q(confirmed__lte=F("decided")), name="detector_standing_counts"
            ),
            models.CheckConstraint(
                condition=Q(set_by=None) | ~Q(reason=""), name="detector_standing_reasoned"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.detector} on {self.label}: {self.confirmed} of {self.decided}"
