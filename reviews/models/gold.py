"""What is right about a gold item, version by version, and the suspicion that answers leaked."""

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from tasks.models import GoldItem, InstructionVersion, Project

REASON_LENGTH = 1_000
ALTERNATIVES_MAX = 20


class GoldAnswerQuerySet(models.QuerySet["GoldAnswer"]):
    def in_force(self) -> "GoldAnswerQuerySet":
        """Of each item the newest version that was approved, with its rules."""
        approved = self.filter(approved_at__isnull=False)
        return approved.filter(~Exists(_newer(approved_at__isnull=False))).select_related("version")

    def waiting(self) -> "GoldAnswerQuerySet":
        """What a second expert may approve: the newest version of an item that is not retired."""
        unapproved = self.filter(~Exists(_newer()), approved_at=None)
        return unapproved.exclude(gold__state=GoldItem.State.RETIRED)


def _newer(**which: Any) -> models.QuerySet["GoldAnswer"]:
    return GoldAnswer.objects.filter(
        gold=OuterRef("gold"), number__gt=OuterRef("number"), **which
    ).order_by()


class GoldAnswer(models.Model):
    """One version of the known answer; in force from the approval of a second expert on."""

    gold = models.ForeignKey(GoldItem, models.CASCADE, related_name="answers")
    number = models.PositiveIntegerField()
    # The rules under which it is right.
    version = models.ForeignKey(InstructionVersion, models.PROTECT, related_name="+")
    answer = models.JSONField()
    alternatives = models.JSONField(default=list, blank=True)
    tolerance = models.FloatField(
        _("tolerance"),
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text=_(
            "0: only what counts as the same is right. 0.2 also admits answers that differ by "
            "a fifth, such as a looser box."
        ),
    )
    reason = models.TextField(
        _("why this is the right answer"),
        max_length=REASON_LENGTH,
        help_text=_("People who learn from this item read it after their answer."),
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    approved_at = models.DateTimeField(null=True)
    # When an expert last stood by it against doubt: what was answered before is no more evidence.
    upheld_at = models.DateTimeField(null=True)

    objects = GoldAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["gold", "number"], name="gold_answer_once"),
            models.CheckConstraint(
                condition=Q(tolerance__gte=0, tolerance__lte=1), name="gold_tolerance_range"
            ),
            models.CheckConstraint(
                condition=Q(approver=None, approved_at=None)
                | Q(approver__isnull=False, approved_at__isnull=False),
                name="gold_approval_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gold}, answer {self.number}"

    @property
    def right(self) -> list[dict[str, Any]]:
        """The answer, then what else is right."""
        return [self.answer, *self.alternatives]


class GoldLeak(models.Model):
    """A person who does better where answers may be known than where they cannot be."""

    class Pattern(models.TextChoices):
        LATER = "later", _("better on gold that many others had before")
        AUDIT = "audit", _("better on gold than in random audits of the work")

    project = models.ForeignKey(Project, models.CASCADE, related_name="gold_leaks")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    pattern = models.CharField(max_length=5, choices=Pattern)
    # {"fresh": {"right", "n"}, "exposed": {"right", "n"}}: the two shares that were compared.
    figures = models.JSONField()
    rotated_count = models.PositiveIntegerField()
    found_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "person", "pattern"],
                condition=Q(closed_at=None),
                name="gold_leak_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.project}: {self.pattern}"
