"""Experts' decisions, and what their authors read about them."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from tasks.models import Annotation, Assignment, Task


class RejectReason(models.TextChoices):
    WRONG_CLASS = "wrong_class", _("wrong class")
    MISSED_OBJECT = "missed_object", _("something was missed")
    EXTRA_OBJECT = "extra_object", _("something too many")
    POOR_GEOMETRY = "poor_geometry", _("boundaries are not exact")
    RULE_NOT_FOLLOWED = "rule_not_followed", _("the instructions say otherwise")
    OTHER = "other", _("other, see the comment")


class Cause(models.TextChoices):
    """Why people came to different answers, as the adjudicating expert sees it."""

    SLIP = "slip", _("a slip")
    UNCLEAR_RULE = "unclear_rule", _("the rule is unclear")
    AMBIGUOUS_DATA = "ambiguous_data", _("the data is ambiguous")
    TOOL = "tool", _("the tool")


class ReviewQuerySet(models.QuerySet["Review"]):
    def standing(self) -> "ReviewQuerySet":
        """The decisions that count: those that nobody took back."""
        return self.filter(withdrawn_at=None)


class Review(models.Model):
    """One decision on a task, made by a reviewer or an adjudicating expert.

    Rows are only ever added: a decision that was taken back stays, with `withdrawn_at`.
    """

    class Decision(models.TextChoices):
        ACCEPT = "accept", _("accepted")
        FIX = "fix", _("fixed")
        REJECT = "reject", _("rejected")
        ESCALATE = "escalate", _("escalated")

    assignment = models.OneToOneField(Assignment, models.PROTECT, related_name="review")
    task = models.ForeignKey(Task, models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reviews")
    decision = models.CharField(max_length=10, choices=Decision)
    reason = models.CharField(max_length=20, choices=RejectReason, blank=True)
    comment = models.TextField(blank=True)
    answer = models.JSONField(null=True)
    cause = models.CharField(max_length=14, choices=Cause, blank=True)
    picked_because = models.JSONField(default=list)
    # From the page's first paint to the decision, as the browser says.
    dwell_ms = models.PositiveIntegerField(null=True)
    decided_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    # What stood before, for taking the decision back; see reviews.services.undo.
    former = models.JSONField(null=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["reviewer", "-decided_at"], name="review_by_reviewer"),
        ]

    def __str__(self) -> str:
        return f"{self.decision} on {self.task_id}"

    @property
    def seconds(self) -> float | None:
        return None if self.dwell_ms is None else self.dwell_ms / 1000


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    def of_standing_items(self) -> "FeedbackQuerySet":
        """But for answers to what lies in the bin."""
        return self.filter(
            annotation__task__item__deletion=None,
            annotation__task__batch__project__deleted_at=None,
        )

    def told_in(self, begin: datetime, end: datetime) -> "FeedbackQuerySet":
        """The last decision on each answer that stands decided, where it fell in this time."""
        newer = Feedback.objects.filter(
            annotation=OuterRef("annotation"), pk__gt=OuterRef("pk"), review__withdrawn_at=None
        )
        return self.filter(
            ~Exists(newer),
            review__withdrawn_at=None,
            annotation__state__in=[Annotation.State.ACCEPTED, *Annotation.OVERRULED],
            created_at__gte=begin,
            created_at__lt=end,
        )


class Feedback(models.Model):
    """An inbox entry: what a decision meant for one author's annotation."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="feedback")
    annotation = models.ForeignKey(Annotation, models.CASCADE, related_name="feedback")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="feedback")
    outcome = models.CharField(max_length=10, choices=Annotation.State)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True)

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "annotation"], name="feedback_once_per_annotation"
            )
        ]
        indexes = [models.Index(fields=["author", "-id"], name="feedback_by_author")]

    def __str__(self) -> str:
        return f"{self.outcome} for {self.author}"
