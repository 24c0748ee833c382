"""What reviewers say of single objects of stored labels, seen as crops."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reviews.models.reviews import RejectReason
from tasks.models import Assignment, Task


class ObjectCheckQuerySet(models.QuerySet["ObjectCheck"]):
    def standing(self) -> "ObjectCheckQuerySet":
        """Those that count: nobody took them back."""
        return self.filter(withdrawn_at=None)


class ObjectCheck(models.Model):
    """One object was looked at as what its label names it. It decides nothing.

    Who sees a crop cannot see what was missed beside it: a wrong object asks for a review of its
    task. Rows are only ever added: a check that was taken back stays, with `withdrawn_at`.
    """

    class Verdict(models.TextChoices):
        RIGHT = "right", _("right")
        WRONG = "wrong", _("wrong")

    task = models.ForeignKey(Task, models.PROTECT, related_name="object_checks")
    control = models.CharField(max_length=63)
    object_id = models.CharField(max_length=200)
    # Of the object as it was seen: drawn or named otherwise it is another one to look at.
    fingerprint = models.CharField(max_length=32)
    shown_as = models.CharField(max_length=200)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="object_checks"
    )
    verdict = models.CharField(max_length=5, choices=Verdict)
    # The class that it should be, where the reviewer said so.
    should_be = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=20, choices=RejectReason, blank=True)
    request_id = models.UUIDField()
    # The slot on which the task waits for its review because of this.
    look = models.ForeignKey(Assignment, models.SET_NULL, null=True, related_name="+")
    checked_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    objects = ObjectCheckQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "fingerprint"],
                name="object_check_once",
                condition=Q(withdrawn_at=None),
            ),
            models.CheckConstraint(
                condition=Q(verdict="right", reason="", should_be="")
                | (Q(verdict="wrong") & ~Q(reason="")),
                name="object_check_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.object_id} of {self.task_id}: {self.verdict}"
