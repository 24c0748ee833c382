"""Reports of items that cannot be labeled as they are."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks.models.assignments import Assignment
from tasks.models.items import Item, OfStandingItems
from tasks.models.projects import Project


class ItemReport(models.Model):
    """What one labeler found wrong with an item, and what came of it."""

    class Reason(models.TextChoices):
        IMAGE_GONE = "image_gone", _("the image is gone")
        TRUNCATED = "truncated", _("something is cut off")
        WRONG_LANGUAGE = "wrong_language", _("the wrong language")
        PERSONAL_DATA = "personal_data", _("personal data")
        OTHER = "other", _("something else")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        RESOLVED = "resolved", _("resolved")

    # Repeated from the item so that the list of a project reads one narrow index.
    project = models.ForeignKey(Project, models.PROTECT, related_name="item_reports")
    item = models.ForeignKey(Item, models.PROTECT, related_name="reports")
    assignment = models.OneToOneField(Assignment, models.PROTECT, related_name="item_report")
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=20, choices=Reason)
    comment = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    created_at = models.DateTimeField()
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    resolved_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)

    objects = OfStandingItems()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["project", "id"], name="item_report_open", condition=models.Q(state="open")
            )
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.reason}"
