"""What a model version may do by itself, class by class."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tasks.models.predictions import ModelVersion


class ModelGrant(models.Model):
    """The level of a model version in one class it names; without a row it is 0.

    Evidence sets it (reviews), work goes by it (tasks). `label` is empty where a project asks for
    more than one class: then the level holds for all answers.
    """

    class Level(models.IntegerChoices):
        SHADOW = 0, _("A0: nobody sees it")
        SUGGESTER = 1, _("A1: shown after the answer")
        FIRST_READER = 2, _("A2: shown first")
        SECOND_READER = 3, _("A3: a second reader")
        SOLOIST = 4, _("A4: answers alone, with audit")

    model_version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="grants")
    label = models.CharField(max_length=200, blank=True)
    level = models.PositiveSmallIntegerField(choices=Level, default=Level.SHADOW)
    # What held before `since`: leases go by the level at which they began.
    former_level = models.PositiveSmallIntegerField(choices=Level, default=Level.SHADOW)
    since = models.DateTimeField()
    # Of level 4: it answers alone from this score on, and the accuracy that was proved there.
    cut = models.FloatField(null=True)
    bar_percent = models.PositiveSmallIntegerField(null=True)
    # What it answered in this class since then is to be done anew; a job sees to it.
    redo_since = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    # Empty: evidence set it.
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["model_version", "label"], name="model_grant_once"),
            models.CheckConstraint(
                condition=Q(level__lte=4, former_level__lte=4), name="model_grant_level_range"
            ),
            # Alone only where a cut was proved at a bar.
            models.CheckConstraint(
                condition=Q(level__lt=4, cut__isnull=True, bar_percent__isnull=True)
                | Q(level=4, cut__isnull=False, bar_percent__isnull=False),
                name="model_grant_alone_above_a_cut",
            ),
        ]
        indexes = [
            models.Index(
                fields=["model_version"],
                name="model_grant_to_redo",
                condition=Q(redo_since__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.model_version} on {self.label or 'all'}: A{self.level}"
