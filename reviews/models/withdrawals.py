"""Work of one person that is taken out as a whole, and can be put back while nobody redid it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from labelops.jobs.models import Job
from tasks.models import Annotation, Assignment, Batch, Project, Task


class Withdrawal(models.Model):
    """All that a person answered in a project since a moment, taken out by one of the staff."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="withdrawals")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="withdrawals")
    since = models.DateTimeField()
    # What the person answers afterwards is another matter.
    until = models.DateTimeField()
    reason = models.CharField(max_length=500)
    # The newest job that takes out, and the newest that puts back.
    job = models.OneToOneField(Job, models.PROTECT, related_name="withdrawal")
    undoing = models.OneToOneField(Job, models.PROTECT, null=True, related_name="undone_withdrawal")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    # When it last took something out or put something back: the figures are older than that.
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["project", "person"], name="withdrawal_by_person"),
            models.Index(fields=["project", "changed_at"], name="withdrawal_by_change"),
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.project} since {self.since:%Y-%m-%d}"


class WithdrawnLabel(models.Model):
    """One answer of a withdrawal, with what is needed to put it back."""

    class Outcome(models.TextChoices):
        OUT = "out", _("taken out")
        BACK = "back", _("put back")
        KEPT_OUT = "kept_out", _("stays out: its place is taken")

    withdrawal = models.ForeignKey(Withdrawal, models.PROTECT, related_name="labels")
    # Once it is back its author may undo it, and then nothing is left of it.
    annotation = models.ForeignKey(Annotation, models.CASCADE, related_name="withdrawn_labels")
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="+")
    # The one that was opened for others; none where the task needs no other answer.
    slot = models.ForeignKey(Assignment, models.PROTECT, null=True, related_name="+")
    state_before = models.CharField(max_length=20, choices=Task.State)
    was_accepted = models.BooleanField()
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.OUT)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["withdrawal", "annotation"], name="withdrawn_label_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.annotation_id}: {self.outcome}"
