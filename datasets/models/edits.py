"""Bulk edits of the items of a set, one row an item, so that each can be taken back."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labelops.jobs.models import Job
from tasks.models import Item, Project


class BulkEdit(models.Model):
    """One act on many items, as it was asked for, and the jobs that do it and take it back."""

    class Act(models.TextChoices):
        FIX = "fix", _("fix the label")
        RELABEL = "relabel", _("have it labeled anew")
        QUESTION = "question", _("ask the experts")
        EXCLUDE = "exclude", _("exclude")
        TAG = "tag", _("tag")
        UNTAG = "untag", _("take the tag off")

    project = models.ForeignKey(Project, models.PROTECT, related_name="bulk_edits")
    act = models.CharField(max_length=8, choices=Act)
    # What the act needs: {"label"} with its {"title"} then, {"tag"}, {"text"}.
    parameters = models.JSONField(default=dict)
    # Where the items came from: the query of the set, and its title then.
    source = models.JSONField(default=dict)
    reason = models.CharField(max_length=500, blank=True)
    job = models.OneToOneField(Job, models.PROTECT, related_name="bulk_edit")
    undo_job = models.OneToOneField(Job, models.PROTECT, null=True, related_name="undone_bulk_edit")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.act} {self.pk}"


class BulkEditRow(models.Model):
    """What became of one item of an edit."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DONE = "done", _("done")
        LEFT = "left", _("left alone")
        UNDONE = "undone", _("taken back")
        KEPT = "kept", _("could not be taken back")

    edit = models.ForeignKey(BulkEdit, models.CASCADE, related_name="rows", db_index=False)
    item = models.ForeignKey(Item, models.CASCADE, related_name="+")
    # The ids of the objects of its label that are meant; none: the label as a whole.
    objects_meant = models.JSONField(default=list)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    # Why it was left alone or kept, as a word of a closed list.
    note = models.CharField(max_length=40, blank=True)
    # What taking back needs.
    before = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["edit", "item"], name="bulk_edit_item_once"),
            models.CheckConstraint(
                condition=~Q(state__in=["left", "kept"]) | ~Q(note=""),
                name="bulk_edit_row_says_why",
            ),
        ]
        indexes = [models.Index(fields=["edit", "state", "id"], name="bulk_edit_row_by_state")]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.state}"
