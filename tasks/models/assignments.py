"""Slots of work with a lease: this person has this task until then."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tasks.models.batches import Batch, Task
from tasks.models.instructions import InstructionVersion


class Stage(models.TextChoices):
    ANNOTATE = "annotate", _("labeling")
    REVIEW = "review", _("review")
    ADJUDICATE = "adjudicate", _("adjudication")


class Precedence(models.IntegerChoices):
    """Which open slots of a batch are handed out first: what was begun is finished."""

    BEGUN = 0, _("begun")
    FRESH = 1, _("fresh")


class SkipReason(models.TextChoices):
    UNCLEAR_RULE = "unclear_rule", _("the rule is unclear")
    BAD_DATA = "bad_data", _("the data is bad")
    NOT_MY_SKILL = "not_my_skill", _("not my skill")
    TOO_HARD = "too_hard", _("too hard")
    TECHNICAL = "technical", _("a technical problem")


class Assignment(models.Model):
    """One slot of a task. A row never changes its person: a freed slot is a new row."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        PARKED = "parked", _("waiting for an answer")
        LEASED = "leased", _("being worked on")
        SUBMITTED = "submitted", _("submitted")
        SKIPPED = "skipped", _("skipped")
        RELEASED = "released", _("given back")
        EXPIRED = "expired", _("expired")
        REVOKED = "revoked", _("revoked")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    task = models.ForeignKey(Task, models.PROTECT, related_name="assignments")
    # Repeated from the task so that the hand-out reads one narrow index.
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="assignments")
    stage = models.CharField(max_length=12, choices=Stage, default=Stage.ANNOTATE)
    round = models.PositiveSmallIntegerField(default=1)
    slot = models.PositiveSmallIntegerField()
    precedence = models.PositiveSmallIntegerField(choices=Precedence, default=Precedence.FRESH)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="assignments"
    )
    offered_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="offers"
    )
    # Until then nobody else gets it; afterwards the offer is only a preference.
    offered_until = models.DateTimeField(null=True)
    # Why the work came back to its author: {"reason": title, "comment": text}, and what they
    # asked: {"question": {"text", "answer", "ruling": {"number", "verdict"} or null}}.
    rework_note = models.JSONField(null=True)
    instruction_version = models.ForeignKey(
        InstructionVersion, models.PROTECT, null=True, related_name="assignments"
    )
    request_id = models.UUIDField(null=True, unique=True)
    # Keys of answers taken back: a late repetition of one must not bring it back.
    withdrawn_request_ids = models.JSONField(null=True)
    leased_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=20, blank=True)
    comment = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "stage", "round", "slot"],
                condition=Q(state__in=["open", "parked", "leased", "submitted"]),
                name="assignment_slot_once",
            ),
            models.UniqueConstraint(
                fields=["task", "annotator", "stage", "round"],
                condition=Q(state__in=["leased", "submitted", "skipped"]),
                name="assignment_person_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "parked"], annotator__isnull=True)
                | Q(state="revoked")
                | (~Q(state__in=["open", "parked"]) & Q(annotator__isnull=False)),
                name="assignment_open_has_nobody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["batch", "stage", "precedence", "id"],
                name="assignment_queue",
                condition=Q(state="open"),
            ),
            models.Index(
                fields=["offered_to", "id"],
                name="assignment_offered",
                condition=Q(state="open", offered_to__isnull=False),
            ),
            models.Index(
                fields=["leased_until"], name="assignment_overdue", condition=Q(state="leased")
            ),
            models.Index(
                fields=["annotator", "leased_at"],
                name="assignment_held",
                condition=Q(state="leased"),
            ),
            # Tasks that a reviewer has before them: the review queue leaves them out.
            models.Index(
                fields=["task"],
                name="assignment_in_review",
                condition=Q(stage="review", state__in=["leased", "parked"]),
            ),
            # What comes back to the review queue: rework and second looks, before all doubt.
            models.Index(
                fields=["batch"],
                name="assignment_again",
                condition=Q(stage="review", state="open") & (Q(round__gt=1) | Q(slot__gt=1)),
            ),
            # How far a person has come in the queue of a batch.
            models.Index(
                fields=["annotator", "batch", "stage", "precedence", "id"],
                name="assignment_reached",
                condition=Q(annotator__isnull=False),
            ),
            # The few of it that wait for the answer to a question.
            models.Index(
                fields=["offered_to"],
                name="assignment_parked",
                condition=Q(state="parked", offered_to__isnull=False),
            ),
            # Whose answer was taken out of a task: it is not for them again.
            models.Index(
                fields=["task", "annotator"],
                name="assignment_withdrawn",
                condition=Q(state="revoked", reason="withdrawn"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage} {self.task_id} #{self.slot}: {self.state}"

    def is_labeling_of(self, task: Task) -> bool:
        """Whether this is a labeling slot of the task's present round; gold counts no labels."""
        is_work = task.state != Task.State.GOLD
        return is_work and self.stage == Stage.ANNOTATE and self.round == task.round
