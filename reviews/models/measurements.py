"""What trust rests on: answers compared with what is known to be right."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks.models import Annotation, Project


class Measurement(models.Model):
    """One answer of a person held against hidden gold or an expert's decision on a random task.

    Never against a task that was picked for its risk: those would make everybody look bad.
    """

    class Source(models.TextChoices):
        GOLD = "gold", _("hidden gold")
        AUDIT = "audit", _("random audit")

    project = models.ForeignKey(Project, models.CASCADE, related_name="measurements")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="measurements"
    )
    annotation = models.OneToOneField(Annotation, models.CASCADE, related_name="measurement")
    source = models.CharField(max_length=5, choices=Source)
    is_right = models.BooleanField()
    # 1 - the distance to the right answer, mean over the controls.
    score = models.FloatField()
    # The classes of the project's single choice, where it has one.
    expected = models.CharField(max_length=200, blank=True)
    given = models.CharField(max_length=200, blank=True)
    # Of the model's suggestion beside the answer, seen or kept back; empty without one.
    suggestion_is_right = models.BooleanField(null=True)
    # The rule changed after the answer, the gold was bad, or a contest was won: it does not count.
    is_void = models.BooleanField(default=False)
    measured_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["project", "person", "measured_at"],
                name="measurement_by_person",
                condition=models.Q(is_void=False),
            ),
            models.Index(fields=["measured_at"], name="measurement_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {'right' if self.is_right else 'wrong'} ({self.source})"
