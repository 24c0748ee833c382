"""Lessons and exams: how a person shows to be able to label in a project."""

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tasks.models import InstructionVersion, Item, Project
from tasks.models.batches import LEVEL_MAX
from tasks.models.items import OfStandingItems

TEXT_LENGTH = 20_000
EXPLANATION_LENGTH = 1_000
SIZE_MAX = 200
RETRIES_MAX = 20


class Lesson(models.Model):
    """A rule in words, items that show it, and items to practice it on."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")
        RETIRED = "retired", _("retired")

    project = models.ForeignKey(Project, models.PROTECT, related_name="lessons")
    position = models.PositiveIntegerField()
    title = models.CharField(_("title"), max_length=120)
    # The block of the instructions that it teaches; empty for none.
    block_id = models.CharField(_("part of the instructions"), max_length=20, blank=True)
    text = models.TextField(
        _("the rule, in Markdown"),
        max_length=TEXT_LENGTH,
        blank=True,
        help_text=_("In your own words; the part of the instructions stands below it."),
    )
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "published", "retired"]),
                name="lesson_state_known",
            )
        ]

    def __str__(self) -> str:
        return self.title


class ReferenceItem(models.Model):
    """An item with its label as experts left it, and the version that it was decided under."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    version = models.ForeignKey(InstructionVersion, models.PROTECT, related_name="+")
    answer = models.JSONField()
    explanation = models.TextField(
        _("why this is the right answer"), max_length=EXPLANATION_LENGTH, blank=True
    )

    objects = OfStandingItems()

    class Meta:
        abstract = True


class LessonItem(ReferenceItem):
    """An item of a lesson: shown with its label, or to be answered."""

    class Role(models.TextChoices):
        WORKED = "worked", _("worked example")
        PRACTICE = "practice", _("practice")

    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="items")
    role = models.CharField(_("used as"), max_length=8, choices=Role)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["lesson", "item"], name="lesson_item_once"),
            models.CheckConstraint(
                condition=Q(role__in=["worked", "practice"]), name="lesson_item_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} in {self.lesson}"


class PracticeRecord(models.Model):
    """How far a person is with items to practice on, each answered until it is right."""

    # {id of an item: {"tries", "is_right", "answer": the last one}}
    answers = models.JSONField(default=dict)
    mistakes = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class LessonProgress(PracticeRecord):
    """How far a person is in a lesson."""

    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="progress")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="lesson_progress"
    )

    class Meta:
        verbose_name_plural = "lesson progress"
        constraints = [
            models.UniqueConstraint(fields=["lesson", "person"], name="lesson_progress_once")
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.lesson}"


class ExamItem(ReferenceItem):
    """An item of a project's exam pool."""

    class State(models.TextChoices):
        ACTIVE = "active", _("in use")
        RETIRED = "retired", _("retired")

    project = models.ForeignKey(Project, models.PROTECT, related_name="exam_items")
    # The classes that the reference answer names, as [[control, value], ...].
    classes = models.JSONField(default=list)
    exposures = models.PositiveIntegerField(default=0)
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.ACTIVE)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "item"], name="exam_item_once"),
            models.CheckConstraint(
                condition=Q(state__in=["active", "retired"]), name="exam_item_state_known"
            ),
        ]
        indexes = [models.Index(fields=["project", "state", "id"], name="exam_item_by_state")]

    def __str__(self) -> str:
        return f"{self.item_id} in the exam of {self.project_id}"


class ExamPlan(models.Model):
    """What a project's exam asks, and what passing it is worth."""

    project = models.OneToOneField(Project, models.CASCADE, related_name="exam_plan")
    size = models.PositiveSmallIntegerField(
        _("items"),
        default=25,
        validators=[MinValueValidator(1), MaxValueValidator(SIZE_MAX)],
        help_text=_("Spread evenly over the classes. A pool of three times as many rotates well."),
    )
    pass_percent = models.PositiveSmallIntegerField(
        _("right in all, %"), default=80, validators=[MaxValueValidator(100)]
    )
    class_percent = models.PositiveSmallIntegerField(
        _("right in each class, %"),
        default=60,
        validators=[MaxValueValidator(100)],
        help_text=_("Counts for classes with at least three items in the exam."),
    )
    retries = models.PositiveSmallIntegerField(
        _("further attempts"),
        default=2,
        validators=[MaxValueValidator(RETRIES_MAX)],
        help_text=_("Each with fresh items. A manager can grant more."),
    )
    level = models.PositiveSmallIntegerField(
        _("level for a pass"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(LEVEL_MAX)],
        help_text=_("Batches with this lowest level, or a lower one, open to whoever has passed."),
    )
    is_open = models.BooleanField(
        _("people may take the exam"),
        default=False,
        help_text=_("Opens once the pool holds enough items."),
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(size__gte=1, size__lte=SIZE_MAX), name="exam_plan_size_range"
            ),
            models.CheckConstraint(
                condition=Q(pass_percent__lte=100, class_percent__lte=100),
                name="exam_plan_percent_range",
            ),
            models.CheckConstraint(
                condition=Q(level__gte=1, level__lte=LEVEL_MAX), name="exam_plan_level_range"
            ),
        ]

    def __str__(self) -> str:
        return f"exam of {self.project}"


class ExamAttempt(models.Model):
    """One sitting: the items that were drawn, and the result once it is finished."""

    class State(models.TextChoices):
        OPEN = "open", _("begun")
        PASSED = "passed", _("passed")
        FAILED = "failed", _("not passed")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, models.PROTECT, related_name="exam_attempts")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="exam_attempts"
    )
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=6, choices=State, default=State.OPEN)
    score = models.FloatField(null=True)
    # {"pass_percent", "class_percent", "classes": [{"control", "value", "title", "n", "score",
    # "is_judged", "is_passed"}]}
    report = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "person", "number"], name="exam_attempt_number_once"
            ),
            models.UniqueConstraint(
                fields=["project", "person"],
                name="exam_attempt_one_open",
                condition=Q(state="open"),
            ),
            models.CheckConstraint(
                condition=Q(state="open", finished_at__isnull=True, score__isnull=True)
                | Q(
                    state__in=["passed", "failed"],
                    finished_at__isnull=False,
                    score__gte=0,
                    score__lte=1,
                ),
                name="exam_attempt_result_when_finished",
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.person} in {self.project}"

    @property
    def percent(self) -> int | None:
        """Rounded down: 79.9 must not read as the 80 that would have been enough."""
        return None if self.score is None else int(100 * self.score + 1e-9)


class ExamAnswer(models.Model):
    """One place of an attempt: the item drawn for it and, once given, the answer."""

    attempt = models.ForeignKey(ExamAttempt, models.CASCADE, related_name="answers")
    exam_item = models.ForeignKey(ExamItem, models.PROTECT, related_name="answers")
    place = models.PositiveSmallIntegerField()
    answer = models.JSONField(null=True)
    score = models.FloatField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "place"], name="exam_answer_place_once"),
            models.UniqueConstraint(fields=["attempt", "exam_item"], name="exam_answer_item_once"),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=0, score__lte=1),
                name="exam_answer_score_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} of {self.attempt_id}"


class ExamGrant(models.Model):
    """One more attempt, given by a manager."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="exam_grants")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="exam_grants")
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"one more attempt of {self.person} in {self.project}"
