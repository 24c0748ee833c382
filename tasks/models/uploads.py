"""Files on their way into a project, before anything was made of them."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tasks.models.projects import Project
from tasks.models.transfers import Transfer


class Upload(models.Model):
    """A file that a person sends in pieces, or has sent; an import takes it over."""

    class State(models.TextChoices):
        RECEIVING = "receiving", _("being sent")
        COMPLETE = "complete", _("has arrived")
        USED = "used", _("imported")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, models.PROTECT, related_name="uploads")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="uploads")
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVING)
    file_name = models.CharField(max_length=255)
    byte_count = models.PositiveBigIntegerField()
    # What is surely here: it was written through to the disk before this number.
    received_count = models.PositiveBigIntegerField(default=0)
    # What the sender says, until the whole file was measured.
    sha256 = models.CharField(max_length=64, blank=True)
    key = models.CharField(max_length=120, blank=True)
    transfer = models.OneToOneField(Transfer, models.PROTECT, null=True, related_name="upload")
    touched_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(received_count__lte=models.F("byte_count")), name="upload_received"
            )
        ]
        indexes = [models.Index(fields=["touched_at"], name="upload_touched")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def percent(self) -> int:
        return int(100 * self.received_count / self.byte_count)
