"""How far a person is on the ladder of a project, and what each scheduled look said."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reviews.quality.trust import PROPOSED_FROM
from tasks.models import Project


class TrustStanding(models.Model):
    """One person in one project: where the series of evidence begins, and the newest figures.

    All of it is computed from measurements; a row that is lost or late is computed anew.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="trust_standings")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="trust_standings"
    )
    # Measurements with a higher id count: since the last exam, override or suspension; for the
    # present series of looks; since the last alarm.
    clean_after = models.BigIntegerField(default=0)
    series_after = models.BigIntegerField(default=0)
    alarm_after = models.BigIntegerField(default=0)
    # The number of checks at which the series was looked at last.
    looked_at = models.PositiveSmallIntegerField(default=0)
    # As the qualification was when the series began: a change by others begins a new one.
    level_set_at = models.DateTimeField(null=True)
    alarm_score = models.PositiveSmallIntegerField(default=0)
    alarmed_at = models.DateTimeField(null=True)
    # A promotion that was earned and waits: for time on the present level, or for an expert.
    earned_level = models.PositiveSmallIntegerField(null=True)
    earned_at = models.DateTimeField(null=True)
    # Of the present series; the bounds are one-sided, each at 1.25 %.
    n = models.PositiveSmallIntegerField(default=0)
    right = models.PositiveSmallIntegerField(default=0)
    lower = models.FloatField(default=0)
    upper = models.FloatField(default=1)
    # The share of right answers in the newest twenty, less that in the forty before them.
    trend = models.FloatField(null=True)
    # More right answers that are missing to the next level; empty where no look can reach it.
    gap = models.PositiveSmallIntegerField(null=True)
    is_falling = models.BooleanField(default=False)
    assessed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "person"], name="trust_standing_once")
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.project}: {self.right} of {self.n}"

    @property
    def proposed_level(self) -> int | None:
        """A level that was earned and takes an expert's or a manager's word."""
        is_proposed = self.earned_level is not None and self.earned_level >= PROPOSED_FROM
        return self.earned_level if is_proposed else None


class TrustLook(models.Model):
    """What a scheduled look saw and what came of it; never taken twice, never edited."""

    class Outcome(models.TextChoices):
        PROMOTE = "promote", _("the next level is earned")
        DEMOTE = "demote", _("one level down")
        UNCERTAIN = "uncertain", _("uncertain: more is checked")
        HOLD = "hold", _("stays")

    standing = models.ForeignKey(TrustStanding, models.CASCADE, related_name="looks")
    level = models.PositiveSmallIntegerField()
    # The measurements it saw: those after the one, up to the other.
    series_after = models.BigIntegerField()
    upto = models.BigIntegerField()
    n = models.PositiveSmallIntegerField()
    right = models.PositiveSmallIntegerField()
    lower = models.FloatField()
    upper = models.FloatField()
    outcome = models.CharField(max_length=9, choices=Outcome)
    taken_at = models.DateTimeField()
    # The evidence of a demotion turned out to be bad: it was taken back.
    reversed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["standing", "series_after", "n"], name="trust_look_once"
            ),
            models.CheckConstraint(condition=Q(right__lte=models.F("n")), name="trust_look_right"),
        ]

    def __str__(self) -> str:
        return f"{self.right} of {self.n}: {self.outcome}"
