"""Calibration runs: people show on a few items that they agree, before the volume begins."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tasks.models import Batch

THRESHOLD_PERCENT = 80


class CalibrationRun(models.Model):
    """A small batch that everybody labels; the big one waits until it shows agreement."""

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        REACHED = "reached", _("agreement reached")
        OVERRIDDEN = "overridden", _("started anyway")
        CANCELLED = "cancelled", _("given up")

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="calibration_runs")
    run = models.OneToOneField(Batch, models.PROTECT, related_name="calibrates")
    threshold_percent = models.PositiveSmallIntegerField(
        _("agreement needed, %"),
        default=THRESHOLD_PERCENT,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("The mean agreement over the items, by the project's own measure."),
    )
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    # The agreement once all labels are in: {"value", "n", "low", "high", "pairs"}.
    figures = models.JSONField(null=True)
    measured_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    overridden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    reason = models.CharField(max_length=500, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch"], condition=Q(state="running"), name="calibration_one_running"
            )
        ]

    def __str__(self) -> str:
        return f"calibration of {self.batch}"
