"""Questions about the rules, and the rulings that answer them for everybody."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tasks.models.assignments import Assignment
from tasks.models.batches import Task
from tasks.models.instructions import InstructionVersion
from tasks.models.items import Item, OfStandingItems
from tasks.models.projects import Project

VERDICT_LENGTH = 200
TEXT_LENGTH = 4_000
QUESTION_LENGTH = 1_000


class Ruling(models.Model):
    """What experts decided for a kind of case: a sentence, its reasons, and the items behind it."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")
        MERGED = "merged", _("part of the instructions")
        SUPERSEDED = "superseded", _("superseded")
        WITHDRAWN = "withdrawn", _("withdrawn")

    IN_FORCE = (State.PUBLISHED, State.MERGED)

    project = models.ForeignKey(Project, models.PROTECT, related_name="rulings")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    verdict = models.CharField(
        _("verdict"),
        max_length=VERDICT_LENGTH,
        help_text=_("One sentence that settles the case: “A reflection is not a car.”"),
    )
    text = models.TextField(_("explanation"), blank=True, max_length=TEXT_LENGTH)
    # Each {"control", "value"}; labels that name `from_class` are to name `to_class` instead.
    classes = models.JSONField(default=list)
    from_class = models.JSONField(null=True)
    to_class = models.JSONField(null=True)
    items = models.ManyToManyField(Item, related_name="rulings")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    publisher = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    published_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey(
        InstructionVersion, models.PROTECT, null=True, related_name="rulings"
    )
    superseded_by = models.ForeignKey("self", models.PROTECT, null=True, related_name="supersedes")
    question_count = models.PositiveIntegerField(default=0)
    decided_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="ruling_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.project} ruling {self.number}"


class Question(models.Model):
    """What somebody asked of an item they had before them, or staff of several items at once."""

    class State(models.TextChoices):
        ASKED = "asked", _("waiting for an answer")
        DUPLICATE = "duplicate", _("answered by a ruling")
        ANSWERED = "answered", _("answered")
        CLOSED = "closed", _("closed")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Repeated from the item so that the list of a project reads one narrow index.
    project = models.ForeignKey(Project, models.PROTECT, related_name="questions")
    item = models.ForeignKey(Item, models.PROTECT, related_name="questions")
    task = models.ForeignKey(Task, models.PROTECT, related_name="questions")
    # Of whoever had the item before them; without one no task waits for the answer.
    assignment = models.ForeignKey(Assignment, models.PROTECT, null=True, related_name="questions")
    others = models.ManyToManyField(Item, related_name="+")
    instruction_version = models.ForeignKey(InstructionVersion, models.PROTECT, related_name="+")
    asker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="asked_questions"
    )
    text = models.TextField(max_length=QUESTION_LENGTH)
    # {"box": [x, y, width, height]} in pixels, {"start", "end"} in code points, or nothing.
    region = models.JSONField(null=True)
    # The classes the asker wavers between, each {"control", "value"}.
    classes = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    routed_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="routed_questions"
    )
    asked_at = models.DateTimeField()
    answer = models.TextField(blank=True, max_length=TEXT_LENGTH)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    ruling = models.ForeignKey(Ruling, models.PROTECT, null=True, related_name="questions")

    objects = OfStandingItems()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["project", "id"], name="question_open", condition=Q(state="asked"))
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.text[:40]}"
