"""Numbered instruction versions: blocks and the label schema, immutable once published."""

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
        IN_APPROVAL = "in_approval", _("waiting for approval")
        PUBLISHED = "published", _("published")
        SUPERSEDED = "superseded", _("superseded")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Change(models.TextChoices):
        """What a change of a block asks of the people who label."""

        EDITORIAL = "editorial", _("editorial: the meaning stays")
        CLARIFYING = "clarifying", _("clarifying: people read what is new")
        BREAKING = "breaking", _("breaking: earlier labels may be wrong now")

    UNPUBLISHED = (State.DRAFT, State.IN_APPROVAL)
    CONTENT_FIELDS = ("project_id", "number", "blocks", "label_schema", "author_id", "changes")

    project = models.ForeignKey(Project, models.PROTECT, related_name="instruction_versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=11, choices=State, default=State.DRAFT)
    # The shapes of the blocks: tasks/blocks.
    blocks = models.JSONField(default=list)
    label_schema = models.JSONField()
    # {id of a block that differs from the version before: Change}
    changes = models.JSONField(default=dict)
    # People must have acknowledged a version with at least these numbers before they get work:
    # the first at once, the second from `notice_from` on.
    breaking_number = models.PositiveIntegerField(default=0)
    notice_number = models.PositiveIntegerField(default=0)
    notice_from = models.DateTimeField(null=True)
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
                fields=["project"],
                condition=Q(state__in=["draft", "in_approval"]),
                name="instruction_one_draft",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project} v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raise Conflict when the content of a published version would change."""
        was_draft = getattr(self, "_stored_state", self.State.DRAFT) in self.UNPUBLISHED
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


class Acknowledgement(models.Model):
    """A person has read the changes up to a version, and answered its questions."""

    # Repeated from the version so that the hand-out reads one narrow index.
    project = models.ForeignKey(Project, models.PROTECT, related_name="acknowledgements")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="acknowledgements"
    )
    number = models.PositiveIntegerField()
    # How often each question was answered wrong before it was answered right.
    mistakes = models.JSONField(default=dict)
    # Empty while questions are answered wrong.
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "person", "number"], name="acknowledged_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person}: v{self.number} of {self.project}"
