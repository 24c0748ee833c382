"""Decisions that are looked at a second time: by chance, for their haste, or when contested."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reviews.models.reviews import Feedback, Review
from tasks.models import Task

WORDS_LENGTH = 1_000


class SecondLook(models.Model):
    """A decision that somebody else makes again, knowing neither the first one nor of it.

    The work itself is a review slot of the task, like any other: the row of the slot changes with
    every lease, its number stays.
    """

    class Kind(models.TextChoices):
        AUDIT = "audit", _("by chance")
        FAST = "fast", _("decided very fast")
        CONTEST = "contest", _("contested")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DISPUTED = "disputed", _("the two differ, a third decides")
        UPHELD = "upheld", _("upheld")
        OVERTURNED = "overturned", _("overturned")
        CANCELLED = "cancelled", _("cancelled")

    UNSETTLED = (State.WAITING, State.DISPUTED)

    first = models.ForeignKey(Review, models.CASCADE, related_name="second_looks")
    kind = models.CharField(max_length=7, choices=Kind)
    # Drawn with this chance; empty for what chance did not pick.
    sampling_percent = models.FloatField(null=True)
    # What the author says against the decision.
    feedback = models.OneToOneField(Feedback, models.CASCADE, null=True, related_name="contest")
    words = models.TextField(blank=True, max_length=WORDS_LENGTH)
    task = models.ForeignKey(Task, models.PROTECT, related_name="second_looks")
    round = models.PositiveSmallIntegerField()
    slot = models.PositiveSmallIntegerField()
    # The label that both were asked about; nothing where there was none.
    stood = models.JSONField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    second = models.OneToOneField(Review, models.PROTECT, null=True, related_name="closed_look")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    # When it was read: by the first reviewer that the decision was overturned, by the author that
    # it was not. At once where there is nobody to tell.
    told_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["task", "round", "slot"], name="second_look_slot_once"),
            models.UniqueConstraint(
                fields=["first"],
                condition=~Q(kind="contest"),
                name="second_look_once_per_decision",
            ),
            models.CheckConstraint(
                condition=Q(kind="contest", feedback__isnull=False)
                | (~Q(kind="contest") & Q(feedback__isnull=True)),
                name="second_look_contest_has_feedback",
            ),
            models.CheckConstraint(
                condition=Q(kind="audit", sampling_percent__isnull=False)
                | (~Q(kind="audit") & Q(sampling_percent__isnull=True)),
                name="second_look_audit_has_chance",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "cancelled"]) | Q(second__isnull=False),
                name="second_look_decided_by_somebody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                name="second_look_unsettled",
                condition=Q(state__in=["waiting", "disputed"]),
            ),
            models.Index(
                fields=["id"],
                name="second_look_untold",
                condition=Q(closed_at__isnull=False, told_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.first}: {self.state}"
