"""Drills: ten items of the two classes that a person mixes up, to be answered until right."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from reviews.models.training import PracticeRecord, ReferenceItem
from tasks.models import Project


class Drill(PracticeRecord):
    """One sitting of a person. `given` was answered where `expected` was right, or the reverse."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="drills")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="drills")
    control = models.CharField(max_length=200)
    given = models.CharField(max_length=200)
    expected = models.CharField(max_length=200)
    # How many of the person's measured answers to these two classes were right beforehand.
    before_right = models.PositiveIntegerField()
    before_count = models.PositiveIntegerField()
    item_count = models.PositiveSmallIntegerField()
    # How many were right at the first try; empty until all are.
    right_count = models.PositiveSmallIntegerField(null=True)
    started_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "person"],
                condition=Q(finished_at__isnull=True),
                name="drill_one_open",
            ),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True, right_count__isnull=True)
                | Q(finished_at__isnull=False, right_count__lte=F("item_count")),
                name="drill_result_when_finished",
            ),
            models.CheckConstraint(
                condition=Q(before_right__lte=F("before_count")), name="drill_before_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.given} – {self.expected}"

    @property
    def classes(self) -> tuple[str, str]:
        return min(self.given, self.expected), max(self.given, self.expected)


class DrillItem(ReferenceItem):
    """An item of a drill, to be answered."""

    drill = models.ForeignKey(Drill, models.CASCADE, related_name="items")
    place = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["drill", "item"], name="drill_item_once"),
            models.UniqueConstraint(fields=["drill", "place"], name="drill_place_once"),
        ]

    def __str__(self) -> str:
        return f"{self.place} of {self.drill}"
