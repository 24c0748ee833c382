"""Sums from which the quality dashboards are read, and what each task has added to them.

Agreements are whole millionths: what was added is taken away again exactly. A week is that of its
Monday; days and weeks are those of UTC.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import Team
from tasks.models import Batch, Project, Stage, Task


class TaskChange(models.Model):
    """Something of a task changed that the sums rest on. Rows are written by database triggers

    (reviews/change_feed.py), so that no way of changing a label can forget it.
    """

    task = models.ForeignKey(
        Task, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    noted_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"change of {self.task_id}"


class CountedTask(models.Model):
    """What a task has added to the sums, so that counting it again replaces that."""

    task = models.OneToOneField(Task, models.CASCADE, primary_key=True, related_name="counted_task")
    # Repeated from the task, with the week of its newest label, so that a week opens its items.
    batch = models.ForeignKey(Batch, models.CASCADE, related_name="+", db_index=False)
    week = models.DateField(null=True)
    facts = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["batch", "week", "task"], name="counted_by_week")]

    def __str__(self) -> str:
        return f"counted {self.task_id}"


class RollupState(models.Model):
    """When a project was last counted; its row lock lets one count of the project run."""

    project = models.OneToOneField(Project, models.CASCADE, related_name="rollup_state")
    counted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"count of {self.project}"


class Rollup(models.Model):
    """What all sums are kept by."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="+", db_index=False)
    week = models.DateField()

    class Meta:
        abstract = True


class ProjectRollup(models.Model):
    """Sums of all batches of a project: where a batch has many rows, a page adds up fewer."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="+", db_index=False)
    week = models.DateField()

    class Meta:
        abstract = True


class ItemRollup(Rollup):
    """Items by group: a fixed one of 16, drawn by the task's id, for intervals by jackknife."""

    group = models.PositiveSmallIntegerField()
    items = models.IntegerField(default=0)
    # Items that two people or more labeled, with the sums of their agreement and its squares.
    shared = models.IntegerField(default=0)
    agreement = models.BigIntegerField(default=0)
    squares = models.BigIntegerField(default=0)
    # Items with a stored label; those of the random sample, and the wrong ones among them.
    assessed = models.IntegerField(default=0)
    sampled = models.IntegerField(default=0)
    wrong = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "week", "group"], name="item_rollup_once")
        ]

    def __str__(self) -> str:
        return f"items of {self.batch_id}, {self.week}"


class ClassSums(models.Model):
    """Labels of one class of the project's single choice, by the same groups."""

    group = models.PositiveSmallIntegerField()
    label_class = models.CharField(max_length=200)
    labels = models.IntegerField(default=0)
    # Of items that two people or more labeled: those with the class, its labels, the coincidences
    # of the class with itself, and the sums over items of how many others say it too.
    shared = models.IntegerField(default=0)
    pairable = models.IntegerField(default=0)
    coincident = models.BigIntegerField(default=0)
    agreement = models.BigIntegerField(default=0)
    squares = models.BigIntegerField(default=0)
    # Answers measured where this class is right.
    measured = models.IntegerField(default=0)
    right = models.IntegerField(default=0)

    class Meta:
        abstract = True


class ClassRollup(ClassSums, Rollup):
    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "week", "group", "label_class"], name="class_rollup_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.label_class} of {self.batch_id}, {self.week}"


class ProjectClassRollup(ClassSums, ProjectRollup):
    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "week", "group", "label_class"],
                name="project_class_rollup_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.label_class} of {self.project_id}, {self.week}"


class PersonRollup(Rollup):
    """Labels of one person, under the team they worked for at the time; none for imported ones."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+")
    labels = models.IntegerField(default=0)
    # Labels beside somebody else's on the same item, and their agreement with the others.
    shared = models.IntegerField(default=0)
    agreement = models.BigIntegerField(default=0)
    squares = models.BigIntegerField(default=0)
    accepted = models.IntegerField(default=0)
    fixed = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    measured = models.IntegerField(default=0)
    right = models.IntegerField(default=0)
    timed = models.IntegerField(default=0)
    active_ms = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "week", "person", "team"], name="person_rollup_once"
            ),
            models.UniqueConstraint(
                fields=["batch", "week", "person"],
                condition=Q(team=None),
                name="person_rollup_once_without_team",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.batch_id}, {self.week}"


class WorkSums(models.Model):
    """What one person did in a batch on a day, by the team and level they had at the time.

    Answers on hidden gold are among them: they are work like any other.
    """

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+", db_index=False)
    level = models.PositiveSmallIntegerField()
    stage = models.CharField(max_length=12, choices=Stage)
    # Labels or decisions, those whose time is known, and the time: at work, and reading the rules.
    done = models.IntegerField(default=0)
    timed = models.IntegerField(default=0)
    active_ms = models.BigIntegerField(default=0)
    reading_ms = models.BigIntegerField(default=0)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "day", "person", "team", "level", "stage"], name="%(class)s_once"
            ),
            models.UniqueConstraint(
                fields=["batch", "day", "person", "level", "stage"],
                condition=Q(team=None),
                name="%(class)s_once_without_team",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.batch_id}, {self.day}"


class WorkDay(WorkSums):
    """All of it, as pages and statements read it."""

    class Meta(WorkSums.Meta):
        abstract = False
        indexes = [
            models.Index(fields=["person", "day"], name="work_day_by_person"),
            models.Index(fields=["team", "day"], name="work_day_by_team"),
        ]


class PurgedWork(WorkSums):
    """The part of it that was done on items which were removed for good since."""


class BatchDay(models.Model):
    """How many tasks of a batch are accepted whose label was settled on this day."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="days", db_index=False)
    day = models.DateField()
    accepted = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "day"], name="batch_day_once"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}, {self.day}"


class PairSums(models.Model):
    """How often two classes met: between people, unordered, or (stored label, answer)."""

    class Kind(models.TextChoices):
        PEOPLE = "people", _("between people")
        LABEL = "label", _("against the accepted label")

    kind = models.CharField(max_length=6, choices=Kind)
    first = models.CharField(max_length=200)
    second = models.CharField(max_length=200)
    pairs = models.IntegerField(default=0)

    class Meta:
        abstract = True


class PairRollup(PairSums, Rollup):
    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "week", "kind", "first", "second"], name="pair_rollup_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.first} and {self.second} in {self.batch_id}, {self.week}"


class ProjectPairRollup(PairSums, ProjectRollup):
    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "week", "kind", "first", "second"],
                name="project_pair_rollup_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.first} and {self.second} in {self.project_id}, {self.week}"
