"""Evaluations: what a model version says of the items of a dataset version, beside the labels."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from datasets.models.versions import SPLIT_LENGTH, DatasetVersion
from labelops.jobs.models import Job
from tasks.models import Item, ModelVersion, Project

# The code of "nothing there" on either side of a match.
BACKGROUND = 0


class Evaluation(models.Model):
    """One model version measured on one split of a frozen dataset version."""

    class Kind(models.TextChoices):
        CLASSES = "classes", _("one class an item")
        OPTIONS = "options", _("several options an item")
        OBJECTS = "objects", _("objects")

    project = models.ForeignKey(Project, models.PROTECT, related_name="evaluations")
    dataset_version = models.ForeignKey(DatasetVersion, models.PROTECT, related_name="evaluations")
    model_version = models.ForeignKey(ModelVersion, models.PROTECT, related_name="evaluations")
    job = models.OneToOneField(Job, models.PROTECT, related_name="evaluation")
    # Empty: all splits.
    split = models.CharField(max_length=SPLIT_LENGTH, blank=True)
    control = models.CharField(max_length=63)
    kind = models.CharField(max_length=8, choices=Kind)
    # In the order of their codes, which begin at 1; see BACKGROUND.
    classes = models.JSONField(default=list)
    # Below these a prediction does not count, and a pair is none.
    score_bar = models.FloatField(default=0)
    overlap_bar = models.FloatField(default=0.5)
    # What the model learned from is no proof of what it can do.
    leaves_out_trained = models.BooleanField(default=False)
    item_count = models.PositiveIntegerField(default=0)
    unpredicted_count = models.PositiveIntegerField(default=0)
    trained_on_count = models.PositiveIntegerField(default=0)
    # How often each pair of classes, step of score and step of overlap was matched
    # (datasets/analysis/confusion.py): figures at any thresholds come from it.
    histogram = models.BinaryField(default=b"")
    # What does not depend on the thresholds, as average precision: services/evaluation_runs.py.
    report = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    # Empty until all its matches are stored.
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(score_bar__gte=0, score_bar__lte=1)
                & Q(overlap_bar__gte=0, overlap_bar__lte=1),
                name="evaluation_bars_range",
            ),
            models.CheckConstraint(
                condition=Q(unpredicted_count__lte=F("item_count")),
                name="evaluation_unpredicted_counted",
            ),
        ]

    def __str__(self) -> str:
        version = self.dataset_version.number
        words = _("%(model)s on v%(version)d") % {"model": self.model_version, "version": version}
        return f"{words} {self.split}".strip()

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None

    @property
    def is_running(self) -> bool:
        return not self.is_finished and not self.job.is_finished

    def code_of(self, label: str) -> int | None:
        """The code of a class by its value; that of nothing for an empty one; None: unknown."""
        if not label:
            return BACKGROUND
        return self.classes.index(label) + 1 if label in self.classes else None

    def class_of(self, code: int) -> str:
        return self.classes[code - 1] if code else ""


class EvaluationPart(models.Model):
    """What is kept of a stretch of an evaluation's items; see datasets/analysis/judged_parts.py."""

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="parts", db_index=False)
    number = models.PositiveIntegerField()
    packed = models.BinaryField()
    # Its items, and how much is wrong with each at the evaluation's own thresholds: int64 and
    # int32, little-endian. Pages read these two alone.
    packed_items = models.BinaryField()
    packed_failures = models.BinaryField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "number"], name="evaluation_part_once")
        ]

    def __str__(self) -> str:
        return f"{self.number} of {self.evaluation_id}"


class Comparison(models.Model):
    """What became of the items of one evaluation in another of the same labels, counted once."""

    before = models.ForeignKey(Evaluation, models.CASCADE, related_name="+", db_index=False)
    after = models.ForeignKey(Evaluation, models.CASCADE, related_name="+")
    # The thresholds of both in steps; where they are other ones by now, it is counted anew.
    bars = models.JSONField()
    # Parts that both have, and those of them that are counted: the first ones.
    part_count = models.PositiveIntegerField()
    counted_parts = models.PositiveIntegerField(default=0)
    # See datasets/analysis/comparing.py.
    packed = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["before", "after"], name="comparison_once"),
            models.CheckConstraint(
                condition=Q(counted_parts__lte=F("part_count")), name="comparison_parts_counted"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.before_id} and {self.after_id}"

    @property
    def is_whole(self) -> bool:
        return self.counted_parts == self.part_count


class Match(models.Model):
    """A label and a prediction that stand for the same thing, or one that stands alone.

    Pairs are kept from a low overlap on. At the thresholds of a page a pair below them falls
    apart into what was missed and what is not there.
    """

    evaluation = models.ForeignKey(
        Evaluation, models.CASCADE, related_name="matches", db_index=False
    )
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", db_index=False)
    # Codes of `Evaluation.classes`.
    truth = models.PositiveSmallIntegerField()
    predicted = models.PositiveSmallIntegerField()
    # Empty where nothing was predicted. A prediction of which the model names none is certain.
    score = models.FloatField(null=True)
    # Empty for classes, and where one side is missing.
    overlap = models.FloatField(null=True)
    # Its bar of the histogram (datasets/analysis/confusion.py): the smaller, the more certain.
    cell = models.BigIntegerField(default=0)
    # The ids of the objects in the two answers.
    truth_id = models.CharField(max_length=64, blank=True)
    predicted_id = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name_plural = "matches"
        constraints = [
            models.CheckConstraint(
                condition=Q(truth__gt=BACKGROUND) | Q(predicted__gt=BACKGROUND),
                name="match_of_something",
            ),
        ]
        indexes = [
            models.Index(fields=["evaluation", "cell", "id"], name="match_by_cell"),
            # The item first: whoever deletes one has to find that nothing here names it.
            models.Index(fields=["item", "evaluation"], name="match_by_item"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.truth} as {self.predicted}"
