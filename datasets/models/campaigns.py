"""Campaigns: unlabeled items that are like the failures, shown until there are enough."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from datasets.models.evaluations import Evaluation
from datasets.models.vectors import VectorSet
from tasks.models import Batch, Item, Project


class Campaign(models.Model):
    """A look for items to label, by what is like its seeds."""

    class State(models.TextChoices):
        OPEN = "open", _("collecting")
        FULL = "full", _("full")
        DRY = "dry", _("hardly anything fits any more")
        STOPPED = "stopped", _("stopped")
        BATCHED = "batched", _("made a batch")

    project = models.ForeignKey(Project, models.PROTECT, related_name="campaigns")
    name = models.CharField(_("name"), max_length=120)
    # The failure in a sentence: it becomes the purpose of the batch.
    purpose = models.CharField(_("what fails"), max_length=300)
    quota = models.PositiveIntegerField(_("items wanted"))
    state = models.CharField(max_length=7, choices=State, default=State.OPEN)
    vector_set = models.ForeignKey(VectorSet, models.PROTECT, related_name="campaigns")
    # Whose failures it is about, where it began at one.
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, null=True, related_name="campaigns")
    batch = models.OneToOneField(Batch, models.PROTECT, null=True, related_name="campaign")
    shown_count = models.PositiveIntegerField(default=0)
    accepted_count = models.PositiveIntegerField(default=0)
    seed_number = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="campaign_name_once"),
            models.CheckConstraint(condition=Q(quota__gte=1), name="campaign_quota_range"),
            models.CheckConstraint(
                condition=Q(accepted_count__lte=models.F("shown_count")),
                name="campaign_accepted_were_shown",
            ),
            models.CheckConstraint(
                condition=Q(state="batched", batch__isnull=False)
                | ~Q(state="batched") & Q(batch__isnull=True),
                name="campaign_batched_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.name


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
    """An item that was shown, and what was said of it."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="shown", db_index=False)
    item = models.ForeignKey(Item, models.CASCADE, related_name="+")
    # In the order in which they were shown, from 1.
    place = models.PositiveIntegerField()
    similarity = models.FloatField(null=True)
    # Drawn by chance instead of by likeness.
    is_random = models.BooleanField(default=False)
    shown_to = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    shown_at = models.DateTimeField()
    # Empty until somebody has said.
    is_accepted = models.BooleanField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "item"], name="campaign_item_once"),
            models.UniqueConstraint(fields=["campaign", "place"], name="campaign_place_once"),
            models.CheckConstraint(
                condition=Q(is_accepted__isnull=True, decided_at__isnull=True)
                | Q(is_accepted__isnull=False, decided_at__isnull=False),
                name="campaign_item_decided_at_a_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "is_accepted", "place"], name="campaign_item_by_fate")
        ]

    def __str__(self) -> str:
        return f"{self.item_id} in {self.campaign_id}"
