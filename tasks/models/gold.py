"""Items whose right answer is known: served among the work, and nothing tells them apart."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks.models.assignments import Assignment
from tasks.models.items import Item
from tasks.models.projects import Project


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
    # The class that it stands for in the balance of the pool; empty where there is none.
    label_class = models.CharField(max_length=200, blank=True)
    served_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["project", "item"], name="gold_item_once")]
        indexes = [
            models.Index(
                fields=["project", "served_count"],
                name="gold_pool",
                condition=models.Q(state="active"),
            )
        ]

    def __str__(self) -> str:
        return f"gold {self.item_id}: {self.state}"


class GoldServing(models.Model):
    """One person met one gold item: never twice. Teaching gold tells the answer afterwards."""

    gold = models.ForeignKey(GoldItem, models.CASCADE, related_name="servings")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    assignment = models.OneToOneField(Assignment, models.PROTECT, related_name="gold_serving")
    is_teaching = models.BooleanField(default=False)
    served_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gold", "person"], name="gold_served_once")]

    def __str__(self) -> str:
        return f"{self.gold} to {self.person}"
