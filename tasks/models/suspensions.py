"""Times at which a person gets no work in a project: with a reason, an end, and one appeal."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.accounts.models import User
from tasks.models.projects import Project

DAYS_MOST = 14


class SuspensionQuerySet(models.QuerySet["Suspension"]):
    def active(self) -> "SuspensionQuerySet":
        """In force by the clock of the database; a job closes what ran out."""
        return self.filter(ended_at=None, until__gt=models.functions.Now())

    def keeping_back(self, person: User) -> "SuspensionQuerySet":
        """What tells a person why they get no work, in one project or another."""
        live = self.active().filter(project__archived_at=None, project__deleted_at=None)
        return live.filter(person=person).select_related("project")


class Suspension(models.Model):
    """It ends by itself. `started_by` empty: the system, on the evidence that `reason` gives."""

    class Answer(models.TextChoices):
        UPHELD = "upheld", gettext_lazy("the suspension stands")
        GRANTED = "granted", gettext_lazy("the appeal is granted")

    project = models.ForeignKey(Project, models.CASCADE, related_name="suspensions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="suspensions")
    reason = models.CharField(gettext_lazy("reason"), max_length=500)
    # Of the system's own: {"right", "n", "upper"} of the newest checked answers.
    evidence = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    until = models.DateTimeField()
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    appeal = models.TextField(gettext_lazy("your appeal"), blank=True)
    appealed_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=7, choices=Answer, blank=True)
    answer_reason = models.CharField(max_length=500, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)

    objects = SuspensionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "person"],
                condition=Q(ended_at=None),
                name="suspension_one_open",
            ),
            models.CheckConstraint(
                condition=Q(until__gt=F("started_at")), name="suspension_has_length"
            ),
        ]
        indexes = [
            models.Index(fields=["until"], condition=Q(ended_at=None), name="suspension_by_end")
        ]

    def __str__(self) -> str:
        return f"{self.person} suspended in {self.project} until {self.until:%Y-%m-%d}"

    @property
    def is_active(self) -> bool:
        return self.ended_at is None and self.until > timezone.now()

    @property
    def why(self) -> str:
        """The reason in the reader's language where the system gave it."""
        if self.started_by_id is not None or not self.evidence:
            return self.reason
        return _("%(right)d of the newest %(n)d checked answers were right.") % self.evidence

    @property
    def waits_for_answer(self) -> bool:
        return self.appealed_at is not None and self.answered_at is None
