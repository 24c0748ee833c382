"""What a person has shown to be able to do in a project."""

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tasks.models.batches import LEVEL_MAX
from tasks.models.projects import Project


class Qualification(models.Model):
    """A person's level in a project; without a row it is 0."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="qualifications")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="qualifications"
    )
    level = models.PositiveSmallIntegerField(_("level"), validators=[MaxValueValidator(LEVEL_MAX)])
    # In doubt as much of the person's work is checked as on a level so many steps lower.
    gold_notch = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "person"], name="qualification_once"),
            models.CheckConstraint(
                condition=Q(level__lte=LEVEL_MAX), name="qualification_level_range"
            ),
            models.CheckConstraint(
                condition=Q(gold_notch__lte=F("level")), name="qualification_notch_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: level {self.level} in {self.project}"
