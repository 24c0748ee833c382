"""What the review queue chose, and by what its waiting tasks can be told apart."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from reviews.models.consensus import Consensus
from reviews.models.reviews import Review
from tasks.models import Assignment


class Pick(models.Model):
    """Why a reviewer was given a task; kept with the lease, and copied to the decision."""

    class Way(models.TextChoices):
        OFFERED = "offered", _("came back to the person")
        ADJUDICATION = "adjudication", _("waits for an expert")
        AGAIN = "again", _("rework, or a second look")
        RISK = "risk", _("likely to be wrong")
        RANDOM = "random", _("picked at random")
        FILTER = "filter", _("chosen by a filter")
        UNDONE = "undone", _("its decision was taken back")

    assignment = models.OneToOneField(Assignment, models.CASCADE, related_name="pick")
    way = models.CharField(max_length=12, choices=Way)
    # Codes with their parameters, as in Consensus.reasons.
    reasons = models.JSONField(default=list)
    # The decision that was taken back, and is to be made anew.
    undone = models.ForeignKey(Review, models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.way}: {self.assignment_id}"


class QueueMark(models.Model):
    """One thing the queue can be narrowed to: a class in a stored label, or a reason of doubt."""

    class Kind(models.TextChoices):
        CLASS = "class", _("class")
        REASON = "reason", _("reason")

    consensus = models.ForeignKey(Consensus, models.CASCADE, related_name="marks")
    kind = models.CharField(max_length=6, choices=Kind)
    # The control whose class it is; empty for reasons.
    control = models.CharField(max_length=63, blank=True)
    value = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["consensus", "kind", "control", "value"], name="queue_mark_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["kind", "value", "control", "consensus"], name="queue_mark_by_value"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"
