"""Who gets a task of a batch in which a model works, and why."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tasks.models import Batch, ModelVersion, Task


class TaskRoute(models.Model):
    """Where a task was sent at its routing. Routed anew, the row is replaced."""

    class Way(models.TextChoices):
        MODEL = "model", _("the model alone")
        AUDIT = "audit", _("people, as an audit of the model")
        SECOND = "second", _("a person, the model as second reader")
        PEOPLE = "people", _("annotators")
        EXPERT = "expert", _("an expert")

    task = models.OneToOneField(Task, models.CASCADE, related_name="route")
    # Repeated from the task so that a batch's counts and lists read one narrow index.
    batch = models.ForeignKey(Batch, models.CASCADE, related_name="+", db_index=False)
    model_version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="routes")
    way = models.CharField(max_length=6, choices=Way)
    # What the model said at that moment.
    label = models.CharField(max_length=200, blank=True)
    score = models.FloatField(null=True)
    # The strongest of the reasons, by its code; all of them with their parameters.
    reason = models.CharField(max_length=20)
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
            models.Index(fields=["batch", "way", "reason", "task"], name="task_route_by_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} to {self.way}"


class BatchRouting(models.Model):
    """How far the routing of a batch has come, and what pages show of it. Lost, it is made anew."""

    batch = models.OneToOneField(Batch, models.CASCADE, related_name="routing")
    model_version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="+")
    # A digest of the certificates, levels and predictions that the present walk began with.
    terms = models.CharField(max_length=64, blank=True)
    # The last task that the walk has come to; tasks that come later have higher numbers.
    reached = models.BigIntegerField(default=0)
    # What the model says of the tasks that nobody has begun: [label, floor(score x 100) or null,
    # unlike all, versions differ, taught it, drawn as an audit, tasks].
    scores = models.JSONField(default=list)
    # Of those tasks, how many the model says nothing of.
    unsaid = models.PositiveIntegerField(default=0)
    # [way, reason, tasks, of them answered by the model] of all tasks that were routed.
    counts = models.JSONField(default=list)
    counted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"routing of {self.batch}"
