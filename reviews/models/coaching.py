"""What those who coach somebody write down, for each other."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks.models import Project

NOTE_LENGTH = 1_000


class CoachNote(models.Model):
    """A dated note about a person in a project; never edited, and never shown to the person."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="coach_notes")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.TextField(_("note"), max_length=NOTE_LENGTH)
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["project", "person", "id"], name="coach_note_by_person")]

    def __str__(self) -> str:
        return f"note about {self.person}"
