"""Items that a manager deleted together: why, by whom, and until when they can be restored."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labelops.jobs.models import Job
from tasks.models.projects import KEPT_IN_BIN, Project


class Deletion(models.Model):
    """One act of deleting. Its items say of themselves that they belong to it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, models.PROTECT, related_name="deletions")
    reason = models.CharField(_("reason"), max_length=500)
    deleted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    deleted_at = models.DateTimeField()
    # The newest one: it deletes, or puts back what was deleted.
    job = models.ForeignKey(Job, models.PROTECT, null=True, related_name="+")
    item_count = models.PositiveIntegerField(default=0)
    # Whoever restores says so first; then nothing of it is deleted or purged any more.
    restored_at = models.DateTimeField(null=True)
    restored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    purge_begun_at = models.DateTimeField(null=True)
    purge_ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(restored_at=None) | Q(purge_begun_at=None),
                name="deletion_restored_or_purged",
            )
        ]
        indexes = [
            models.Index(
                fields=["deleted_at"],
                name="deletion_to_be_purged",
                condition=Q(restored_at=None, purge_ended_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.project}: {self.reason[:40]}"

    @property
    def purged_at(self) -> datetime:
        """The moment from which it cannot be restored any more."""
        return self.deleted_at + KEPT_IN_BIN

    @property
    def can_be_restored(self) -> bool:
        return self.restored_at is None and self.purge_begun_at is None
