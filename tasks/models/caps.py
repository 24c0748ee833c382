"""How much work a person gets at most."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks.models.projects import Project

LABELS_MOST = 100_000


class WorkCap(models.Model):
    """The labels that one person gives in a project on one day of UTC, at most."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="work_caps")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="work_caps")
    labels_per_day = models.PositiveIntegerField(
        _("labels per day at most"),
        validators=[MinValueValidator(1), MaxValueValidator(LABELS_MOST)],
    )
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "person"], name="work_cap_once_per_person")
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.project}: {self.labels_per_day} a day"
