"""Work that was given to somebody else or back to the queue, as its former holder reads it."""

from django.conf import settings
from django.db import models

from tasks.models.projects import Project


class WorkMove(models.Model):
    """What somebody held or was kept for them in a project, and where it went."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="work_moves")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="moved_away")
    # Empty: the queue, for whoever of the batch's teams asks next.
    to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="moved_here"
    )
    reason = models.CharField(max_length=500)
    # Leases that ended, and open slots that were kept for the person.
    held_count = models.PositiveIntegerField()
    kept_count = models.PositiveIntegerField()
    moved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    moved_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["person", "moved_at"], name="work_move_told")]

    def __str__(self) -> str:
        return f"{self.held_count + self.kept_count} of {self.person} to {self.to or 'the queue'}"
