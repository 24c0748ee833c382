"""Numbered instruction versions: the text and the label schema, immutable once published."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labelops.errors import Conflict
from tasks.models.projects import Project


class InstructionVersion(models.Model):
    """What annotators read and which questions they answer."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")
        SUPERSEDED = "superseded", _("superseded")

    CONTENT_FIELDS = ("project_id", "number", "body", "label_schema", "author_id")

    project = models.ForeignKey(Project, models.PROTECT, related_name="instruction_versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    body = models.TextField(_("instructions"), blank=True)
    label_schema = models.JSONField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    published_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="instruction_number_once"),
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(state="published"),
                name="instruction_one_published",
            ),
            models.UniqueConstraint(
                fields=["project"], condition=Q(state="draft"), name="instruction_one_draft"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project} v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raise Conflict when the content of a published version would change."""
        was_draft = getattr(self, "_stored_state", self.State.DRAFT) == self.State.DRAFT
        if not was_draft and any(
            getattr(self, name) != value for name, value in self._stored.items()
        ):
            raise Conflict(_("A published instruction version cannot be changed."))
        super().save(*args, **kwargs)

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> "InstructionVersion":
        version = super().from_db(*args, **kwargs)
        version._stored = {name: version.__dict__.get(name) for name in cls.CONTENT_FIELDS}
        version._stored_state = version.__dict__.get("state")
        return version
