"""Pictures that experts put into instructions."""

import uuid

from django.conf import settings
from django.db import models

from tasks.models.projects import Project


class InstructionPicture(models.Model):
    """An uploaded picture; Markdown names it as `picture:<public_id>`."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, models.PROTECT, related_name="instruction_pictures")
    media_key = models.CharField(max_length=100)
    media_type = models.CharField(max_length=40)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.project}: {self.public_id}"
