"""Items that teach or measure: used in instructions, lessons, exams or as gold, never as work."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks.models.items import Item
from tasks.models.projects import Project


class ReservedItem(models.Model):
    """One use of an item for teaching or measuring in its project."""

    class Purpose(models.TextChoices):
        EXAMPLE = "example", _("example in the instructions")
        LESSON = "lesson", _("lesson")
        EXAM = "exam", _("exam")
        GOLD = "gold", _("gold")

    # Repeated from the item so that filling a batch reads one narrow index.
    project = models.ForeignKey(Project, models.PROTECT, related_name="reserved_items")
    item = models.ForeignKey(Item, models.CASCADE, related_name="reservations")
    purpose = models.CharField(max_length=10, choices=Purpose)
    reserved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "purpose"], name="item_reserved_once")
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.purpose}"
