"""Who gets a task of a batch in which a model works, and why."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tasks.models import ModelVersion, Task


class TaskRoute(models.Model):
    """Where a task was sent at its routing. Routed anew, the row is replaced."""

    class Way(models.TextChoices):
        MODEL = "model", _("the model alone")
        AUDIT = "audit", _("people, as an audit of the model")
        SECOND = "second", _("a person, the model as second reader")
        PEOPLE = "people", _("annotators")
        EXPERT = "expert", _("an expert")

    task = models.OneToOneField(Task, models.CASCADE, related_name="route")
    model_version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="routes")
    way = models.CharField(max_length=6, choices=Way)
    # What the model said at that moment.
    label = models.CharField(max_length=200, blank=True)
    score = models.FloatField(null=True)
    # Stable codes with their parameters, strongest first: why it was sent there.
    reasons = models.JSONField(default=list)
    routed_at = models.DateTimeField()
    # When the model gave its own answer, alone or as a second reader; when that was taken back.
    answered_at = models.DateTimeField(null=True)
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["model_version", "label", "answered_at"],
                name="task_route_answered",
                condition=Q(answered_at__isnull=False, taken_back_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} to {self.way}"
