"""Campaigns: unlabeled items that are like some failures, shown until there are enough."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from datasets.models.evaluations import Evaluation
from datasets.models.segments import Segment
from datasets.models.vectors import VectorSet
from labelops.jobs.models import Job
from tasks.models import Batch, Item, Project

QUOTA_MOST = 1_000


class Campaign(models.Model):
    """A look for items to label, by what is like its seeds."""

    class State(models.TextChoices):
        PREPARING = "preparing", _("looking for candidates")
        OPEN = "open", _("collecting")
        FULL = "full", _("full")
        DRY = "dry", _("hardly anything fits any more")
        STOPPED = "stopped", _("stopped")
        BATCHED = "batched", _("made a batch")

    project = models.ForeignKey(Project, models.PROTECT, related_name="campaigns")
    name = models.CharField(_("name"), max_length=120)
    # It becomes the purpose of the batch.
    purpose = models.CharField(
        _("what fails"),
        max_length=300,
        help_text=_("One sentence that annotators will read: which failure is this data for?"),
    )
    quota = models.PositiveIntegerField(
        _("items wanted"),
        validators=[MinValueValidator(1), MaxValueValidator(QUOTA_MOST)],
        help_text=_("The campaign ends when so many were accepted."),
    )
    state = models.CharField(max_length=9, choices=State, default=State.PREPARING)
    vector_set = models.ForeignKey(VectorSet, models.PROTECT, related_name="campaigns")
    # The newest that looked for candidates.
    job = models.OneToOneField(Job, models.PROTECT, related_name="campaign")
    # Whose failures it is about, where it began at one.
    evaluation = models.ForeignKey(Evaluation, models.SET_NULL, null=True, related_name="campaigns")
    # Whose items it began at, where it began at a segment.
    segment = models.ForeignKey(Segment, models.SET_NULL, null=True, related_name="campaigns")
    # What is to get better, as that evaluation measured it.
    target_metric = models.CharField(max_length=120, blank=True)
    target_baseline = models.DecimalField(max_digits=9, decimal_places=4, null=True)
    batch = models.OneToOneField(Batch, models.PROTECT, null=True, related_name="campaign")
    # All unlabeled items at its start; the likest of them are its candidates.
    unlabeled_count = models.PositiveIntegerField(default=0)
    page_count = models.PositiveIntegerField(default=0)
    decided_count = models.PositiveIntegerField(default=0)
    accepted_count = models.PositiveIntegerField(default=0)
    # What was decided before somebody went on after a stop; the rule looks at what came later.
    rule_from = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="campaign_name_once"),
            models.CheckConstraint(
                condition=Q(quota__gte=1, quota__lte=QUOTA_MOST), name="campaign_quota_range"
            ),
            models.CheckConstraint(
                condition=Q(accepted_count__lte=F("decided_count"))
                & Q(rule_from__lte=F("decided_count")),
                name="campaign_counts",
            ),
            models.CheckConstraint(
                condition=Q(state="batched", batch__isnull=False)
                | ~Q(state="batched") & Q(batch__isnull=True),
                name="campaign_batched_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_looking(self) -> bool:
        """Whether a job looks for candidates, the first ones or more."""
        return not self.job.is_finished

    @property
    def is_preparing(self) -> bool:
        return self.state == self.State.PREPARING and self.is_looking


class CampaignSeed(models.Model):
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="seeds", db_index=False)
    item = models.ForeignKey(Item, models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "item"], name="campaign_seed_once")
        ]

    def __str__(self) -> str:
        return f"{self.item_id} of {self.campaign_id}"


class CampaignItem(models.Model):
    """A candidate: to whom it was shown, and what was said of it."""

    campaign = models.ForeignKey(
        Campaign, models.CASCADE, related_name="candidates", db_index=False
    )
    item = models.ForeignKey(Item, models.CASCADE, related_name="+")
    # The cosine to the nearest seed.
    similarity = models.FloatField()
    # How unsure of it the failing model is, 0 to 1, where it tells.
    doubt = models.FloatField(null=True)
    # Drawn by chance instead of by likeness.
    is_random = models.BooleanField(default=False)
    # Where it was shown: the page by its number in the campaign, and the place on it.
    page = models.PositiveIntegerField(null=True)
    place = models.PositiveSmallIntegerField(null=True)
    # Until it is decided it is this person's alone, for a while.
    shown_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    shown_at = models.DateTimeField(null=True)
    # Empty until somebody has said.
    is_accepted = models.BooleanField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "item"], name="campaign_item_once"),
            models.UniqueConstraint(
                fields=["campaign", "page", "place"], name="campaign_place_once"
            ),
            models.CheckConstraint(
                condition=Q(page=None, place=None, shown_to=None, shown_at=None)
                | Q(
                    page__isnull=False,
                    place__isnull=False,
                    shown_to__isnull=False,
                    shown_at__isnull=False,
                ),
                name="campaign_item_shown_whole",
            ),
            models.CheckConstraint(
                condition=Q(is_accepted=None, decided_by=None, decided_at=None)
                | Q(
                    is_accepted__isnull=False,
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    page__isnull=False,
                ),
                name="campaign_item_decided_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "is_accepted", "id"], name="campaign_item_by_fate")
        ]

    def __str__(self) -> str:
        return f"{self.item_id} in {self.campaign_id}"
