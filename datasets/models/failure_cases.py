"""Failure cases: items that fail in one way, who looks after them, and how far that is."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from datasets.models.campaigns import Campaign
from datasets.models.evaluations import Evaluation
from datasets.models.scenarios import Scenario
from datasets.models.segments import Segment
from tasks.models import ModelVersion, Project


class FailureCase(models.Model):
    """A failure with an owner. It is solved by a scenario test that is passed, and by nothing else.

    The tests and campaigns of its segment are its own; of others they are linked by hand.
    """

    class Severity(models.TextChoices):
        CRITICAL = "critical", _("critical")
        MAJOR = "major", _("major")
        MINOR = "minor", _("minor")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        WORK = "work", _("at work")
        SOLVED = "solved", _("solved")
        BACK = "back", _("back")
        DROPPED = "dropped", _("dropped")

    project = models.ForeignKey(Project, models.PROTECT, related_name="failure_cases")
    title = models.CharField(_("title"), max_length=120)
    hypothesis = models.TextField(
        _("hypothesis"),
        max_length=4_000,
        blank=True,
        help_text=_("What fails, and why do you think it does?"),
    )
    severity = models.CharField(
        _("severity"), max_length=8, choices=Severity, default=Severity.MAJOR
    )
    customer = models.CharField(
        _("customer"), max_length=120, blank=True, help_text=_("Whom it hurts, if you know.")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("owner"), related_name="+"
    )
    state = models.CharField(max_length=7, choices=State, default=State.OPEN)
    segment = models.ForeignKey(Segment, models.PROTECT, related_name="cases")
    # Where it was seen: only this version of the model or a later one can prove that it is solved.
    model_version = models.ForeignKey(
        ModelVersion, models.PROTECT, verbose_name=_("seen with"), null=True, related_name="+"
    )
    evaluation = models.ForeignKey(Evaluation, models.SET_NULL, null=True, related_name="cases")
    # Besides those of its segment.
    scenarios = models.ManyToManyField(Scenario, related_name="cases")
    campaigns = models.ManyToManyField(Campaign, related_name="cases")
    # What passed its tests; kept while it is back.
    solved_with = models.ForeignKey(ModelVersion, models.PROTECT, null=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["solved", "back"], solved_with__isnull=False)
                | ~Q(state__in=["solved", "back"]) & Q(solved_with__isnull=True),
                name="failure_case_solved_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.title
