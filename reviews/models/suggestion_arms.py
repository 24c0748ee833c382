"""What people did with the suggestions of a model version, kept by a job."""

from django.db import models
from django.db.models import F, Q

from tasks.models import Annotation, Batch, ModelVersion


class SuggestionArm(models.Model):
    """The answers of one batch that go with a version's suggestion, by when it was seen, if at all.

    All of it comes from the answers and their measurements; a row that is lost is computed anew.
    """

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="suggestion_arms")
    model_version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="suggestion_arms")
    mode = models.CharField(max_length=5, choices=Annotation.SuggestionMode)
    answers = models.PositiveIntegerField()
    # Of the newest answers with a clock, and how many those are.
    median_ms = models.PositiveIntegerField(null=True)
    timed = models.PositiveIntegerField(default=0)
    # Checked answers whose suggestion was wrong, and those that repeat it.
    wrong = models.PositiveIntegerField(default=0)
    followed = models.PositiveIntegerField(default=0)
    # The same by items, each once: how many, and the sum of their shares of right answers.
    wrong_items = models.PositiveIntegerField(default=0)
    right_share = models.FloatField(default=0)
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "model_version", "mode"], name="suggestion_arm_once"
            ),
            models.CheckConstraint(
                condition=Q(followed__lte=F("wrong"), wrong_items__lte=F("wrong")),
                name="suggestion_arm_counts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model_version} in {self.batch}, {self.mode}"
