"""Answers: what one author said of a task, its revisions, and unfinished drafts."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tasks.models.assignments import Assignment, Stage
from tasks.models.batches import Task
from tasks.models.instructions import InstructionVersion
from tasks.models.predictions import Prediction


class StandingAnnotations(models.Manager["Annotation"]):
    """Leaves out what was withdrawn: votes, figures and exports must not know of it."""

    def get_queryset(self) -> models.QuerySet["Annotation"]:
        return super().get_queryset().exclude(state=Annotation.State.WITHDRAWN)


class Annotation(models.Model):
    """What one author answered for a task, under one instruction version.

    `objects` are the answers that stand; `everything` has the withdrawn ones as well, for what asks
    what a person has seen, done or is paid for.
    """

    class State(models.TextChoices):
        SUBMITTED = "submitted", _("submitted")
        ACCEPTED = "accepted", _("accepted")
        FIXED = "fixed", _("fixed")
        REJECTED = "rejected", _("rejected")
        SUPERSEDED = "superseded", _("superseded")
        WITHDRAWN = "withdrawn", _("taken out")

    # Decided not to be right.
    OVERRULED = (State.FIXED, State.REJECTED)

    class SuggestionMode(models.TextChoices):
        """When the author saw the model's suggestion; blind: there was one, kept from them."""

        NONE = "", _("none")
        SHOWN = "shown", _("shown")
        AFTER = "after", _("shown after the answer")
        BLIND = "blind", _("kept back")

    # Both are found by the indexes below.
    task = models.ForeignKey(Task, models.PROTECT, related_name="annotations", db_index=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="annotations", db_index=False
    )
    assignment = models.OneToOneField(Assignment, models.PROTECT, related_name="annotation")
    instruction_version = models.ForeignKey(
        InstructionVersion, models.PROTECT, related_name="annotations"
    )
    answer = models.JSONField()
    revision = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State, default=State.SUBMITTED)
    active_ms = models.PositiveIntegerField(null=True)
    reading_ms = models.PositiveIntegerField(null=True)
    idle_ms = models.PositiveIntegerField(null=True)
    submitted_at = models.DateTimeField()
    suggestion = models.ForeignKey(
        Prediction, models.PROTECT, null=True, related_name="annotations"
    )
    suggestion_mode = models.CharField(max_length=5, choices=SuggestionMode, blank=True)
    # Whether the answer differs from the suggestion, seen or not; empty without one.
    suggestion_changed = models.BooleanField(null=True)

    # The first one is what related managers go by.
    objects = StandingAnnotations()
    everything = models.Manager()  # noqa: DJ012

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["task", "author"], name="annotation_by_task"),
            models.Index(fields=["author", "submitted_at"], name="annotation_by_author"),
            # The few that an expert has judged, for the lists which open by that.
            models.Index(
                fields=["task", "state"],
                name="annotation_judged",
                condition=Q(state__in=["accepted", "fixed", "rejected"]),
            ),
            models.Index(
                fields=["author", "id"],
                name="annotation_withdrawn",
                condition=Q(state="withdrawn"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.author} on {self.task_id}"


class AnnotationRevision(models.Model):
    """An earlier answer of an annotation, kept when a newer one replaced it; append-only."""

    annotation = models.ForeignKey(Annotation, models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    answer = models.JSONField()
    replaced_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["annotation", "number"], name="revision_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.annotation_id} r{self.number}"


class Draft(models.Model):
    """An unfinished answer; it outlives its lease and is offered back to its author.

    A late answer, finished after somebody else had taken the slot, is kept as one for good.
    """

    task = models.ForeignKey(Task, models.CASCADE, related_name="drafts")
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="drafts")
    stage = models.CharField(max_length=12, choices=Stage, default=Stage.ANNOTATE)
    answer = models.JSONField()
    saved_at = models.DateTimeField()
    is_late = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["saved_at"], name="draft_by_age", condition=Q(is_late=False))
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "annotator", "stage"], name="draft_once_per_person"
            )
        ]

    def __str__(self) -> str:
        return f"draft of {self.annotator} on {self.task_id}"
