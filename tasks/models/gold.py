"""Items whose right answer is known: served among the work, and nothing tells them apart."""

import random

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks.models.batches import Task
from tasks.models.items import Item, OfStandingItems
from tasks.models.projects import Project


def place_at_random() -> float:
    """In 0..1; a function of its own, since migrations name it."""
    return random.SystemRandom().random()


class GoldItem(models.Model):
    """One item of a project's pool. What is right about it is known to the reviews alone."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("waits for a second expert")
        ACTIVE = "active", _("in use")
        SUSPENDED = "suspended", _("suspended: in doubt")
        RETIRED = "retired", _("retired")

    project = models.ForeignKey(Project, models.PROTECT, related_name="gold_items")
    item = models.ForeignKey(Item, models.PROTECT, related_name="gold_items")
    state = models.CharField(max_length=9, choices=State, default=State.PROPOSED)
    # Suspended, and nobody has stood by it since: nothing counts of it, also when it has retired.
    is_doubted = models.BooleanField(default=False)
    # The class that it stands for in the balance of the pool; empty where there is none.
    label_class = models.CharField(max_length=200, blank=True)
    served_count = models.PositiveIntegerField(default=0)
    # Its place among those served as often; drawn anew each time it is served.
    shuffle = models.FloatField(default=place_at_random)
    # Who wrote or approved the answer: they cannot be measured with it.
    known_to = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OfStandingItems()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["project", "item"], name="gold_item_once")]
        indexes = [
            models.Index(
                fields=["project", "served_count", "shuffle"],
                name="gold_pool",
                condition=models.Q(state="active"),
            ),
            models.Index(fields=["project", "state", "label_class"], name="gold_by_class"),
        ]

    def __str__(self) -> str:
        return f"gold {self.item_id}: {self.state}"


class GoldServing(models.Model):
    """One person met one gold item: never twice. Teaching gold tells the answer afterwards."""

    gold = models.ForeignKey(GoldItem, models.CASCADE, related_name="servings")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    # The gold task that the person's slots belong to, whichever of them is answered.
    task = models.ForeignKey(Task, models.PROTECT, related_name="gold_servings")
    is_teaching = models.BooleanField(default=False)
    # How many people had met it before.
    earlier_count = models.PositiveIntegerField(default=0)
    served_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gold", "person"], name="gold_served_once")]
        indexes = [
            # What may still have to be measured.
            models.Index(
                fields=["served_at"],
                name="gold_served_hidden",
                condition=models.Q(is_teaching=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.gold} to {self.person}"
