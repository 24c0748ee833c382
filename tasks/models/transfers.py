"""Imports and exports: what was asked, which file, and the job that does it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labelops.jobs.models import Job
from tasks.models.projects import Project


class Transfer(models.Model):
    """An import into or an export out of a project, or the undoing of an import.

    Progress lives on its job.
    """

    class Direction(models.TextChoices):
        IMPORT = "import", _("import")
        EXPORT = "export", _("export")
        UNDO = "undo", _("import taken back")

    project = models.ForeignKey(Project, models.PROTECT, related_name="transfers")
    direction = models.CharField(max_length=10, choices=Direction)
    format = models.CharField(_("format"), max_length=20, blank=True)
    job = models.OneToOneField(Job, models.PROTECT, related_name="transfer")
    undoes = models.ForeignKey("self", models.PROTECT, null=True, related_name="undone_by")
    batch = models.ForeignKey("tasks.Batch", models.SET_NULL, null=True, related_name="transfers")
    file_name = models.CharField(max_length=255, blank=True)
    file_key = models.CharField(max_length=120, blank=True)
    byte_count = models.PositiveBigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    manifest = models.JSONField(null=True)
    # The file of the rows that an import left out: its key, its size and what it holds.
    rejected = models.JSONField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["job"], name="transfer_rejected", condition=Q(rejected__isnull=False)
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(direction__in=["import", "export"], undoes=None)
                | Q(direction="undo", undoes__isnull=False),
                name="transfer_direction",
            )
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.file_name}"
