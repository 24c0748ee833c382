"""The label inferred from several annotations of one task, and the model it is inferred with."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks.models import Batch, ModelVersion, Project, Task

# The reason that detectors of label errors give, among others.
LABEL_ISSUE = "label_issue"


class Consensus(models.Model):
    """Recomputed from the annotations, never edited. `risk` orders the review queue."""

    class Standing(models.TextChoices):
        """How far experts have come: the sample are the first of a random order, all decided."""

        UNDECIDED = "undecided", _("no expert has decided")
        DECIDED = "decided", _("an expert has decided")
        SAMPLED = "sampled", _("decided, and part of the random sample")

    task = models.OneToOneField(Task, models.CASCADE, related_name="consensus")
    # Repeated from the task so that the queues read one narrow index.
    batch = models.ForeignKey(Batch, models.CASCADE, related_name="+", db_index=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="+", db_index=False)
    # The class that the answer names, where that is all the project asks; else empty.
    label = models.CharField(max_length=200, blank=True)
    answer = models.JSONField()
    # What the vote alone came to, its ties broken.
    voted = models.JSONField()
    method = models.CharField(max_length=20)
    # [[annotation, revision], ...] that the answer was made of.
    sources = models.JSONField(default=list)
    # By control, what the vote could not settle in shapes and spans, for the adjudicating expert.
    disputes = models.JSONField(default=dict)
    confidence = models.FloatField(null=True)
    agreement = models.FloatField(null=True)
    is_tie = models.BooleanField(default=False)
    votes = models.JSONField(default=dict)
    annotation_count = models.PositiveSmallIntegerField()
    # The probability that the answer is wrong, and that times what a mistake costs.
    p_wrong = models.FloatField()
    risk = models.FloatField()
    # The part of it that no class model knows of: shapes, spans, text, who abstained.
    rest_wrong = models.FloatField(default=0)
    # `p_wrong` and `risk` as the answers alone have them, before detectors object.
    inferred_wrong = models.FloatField(default=0)
    inferred_risk = models.FloatField(default=0)
    # The probability that it is wrong as detectors of label errors have it, by what they were
    # right about before; 0 where none objects.
    suspicion = models.FloatField(default=0)
    # Stable codes with their parameters: why a reviewer should look.
    reasons = models.JSONField(default=list)
    # The place of the task in a random order of its batch; given once.
    draw = models.FloatField()
    # Whether the review rate drew the task, whatever its risk.
    is_drawn = models.BooleanField(default=False)
    standing = models.CharField(max_length=9, choices=Standing, default=Standing.UNDECIDED)
    # Whether the expert let the answer not stand; empty until one has decided.
    was_wrong = models.BooleanField(null=True)
    computed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "consensus"
        indexes = [
            models.Index(
                fields=["batch", "-risk", "task"],
                name="consensus_by_risk",
                condition=models.Q(standing="undecided"),
            ),
            models.Index(fields=["batch", "standing", "draw"], name="consensus_by_draw"),
            # The pages of one class: most doubtful first, and in the random order.
            models.Index(
                fields=["project", "label", "-risk", "task"],
                name="consensus_class_by_risk",
                condition=models.Q(standing="undecided"),
            ),
            models.Index(
                fields=["project", "label", "standing", "draw"],
                name="consensus_class_by_draw",
            ),
            # The same orders over all batches: the queue of who reviews in several.
            models.Index(
                fields=["-risk", "task"],
                name="consensus_riskiest",
                condition=models.Q(standing="undecided"),
            ),
            models.Index(
                fields=["draw"],
                name="consensus_next_drawn",
                condition=models.Q(standing="undecided"),
            ),
            models.Index(
                fields=["project"],
                name="consensus_suspicious",
                condition=models.Q(suspicion__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"consensus of {self.task_id}"

    def suspect(self, suspicion: float, reason: dict[str, Any] | None) -> None:
        """Doubt the label as much as detectors do, for their reason; without saving it."""
        self.suspicion = suspicion
        self.weigh()
        others = [found for found in self.reasons if found["code"] != LABEL_ISSUE]
        self.reasons = [reason, *others] if reason else others

    def weigh(self) -> None:
        """Whoever gives more reason for doubt has the word; what both doubt comes first.

        Where answers alone say little, as of single labels, detectors decide on the order.
        """
        self.p_wrong = max(self.inferred_wrong, self.suspicion)
        self.risk = self.inferred_risk + self.suspicion * (1 - self.inferred_wrong)


class InferenceModel(models.Model):
    """What a project's labels say about its people: confusion matrices and class shares.

    A single task is assessed with them in no time; a job fits them anew after every change.
    """

    project = models.OneToOneField(Project, models.CASCADE, related_name="inference_model")
    # By question: {"control", "option", "classes", "people": [[user, row], ...], "share",
    # "temperature"}, and "voice": what the word of the model version counts, where it does.
    index = models.JSONField(default=list)
    # The arrays of each question, as numpy's npz.
    arrays = models.BinaryField()
    # By control whose objects are merged: {user: weight}.
    weights = models.JSONField(default=dict)
    label_count = models.PositiveIntegerField(default=0)
    # Whose predictions were held against the labels; none, when no model predicts anything.
    model_version = models.ForeignKey(
        ModelVersion, models.SET_NULL, null=True, related_name="inference_models"
    )
    seconds = models.FloatField(default=0)
    fitted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"inference of {self.project}"
