"""Programs elsewhere that predict when they are asked, by the protocol of Label Studio."""

import statistics

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labelops.jobs.models import Job
from tasks.models.predictions import ModelVersion
from tasks.models.projects import Project

ADDRESS_LENGTH = 500
MOST_ITEMS = 16
# A call ends before the job that makes it would seem to have died.
MOST_SECONDS = 25


class ModelBackend(models.Model):
    """One address of a project that is asked what it says of items, and how it has answered."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="model_backends")
    name = models.CharField(_("name"), max_length=100)
    address = models.CharField(_("address"), max_length=ADDRESS_LENGTH)
    user_name = models.CharField(_("user name"), max_length=100, blank=True)
    # As `labelops.sealed` keeps it; empty without one.
    password = models.TextField(_("password"), blank=True)
    # Its classes to ours, where they have other names.
    label_map = models.JSONField(_("its classes"), default=dict)
    items_per_call = models.PositiveSmallIntegerField(
        _("items in a call"),
        default=8,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_ITEMS)],
    )
    seconds = models.PositiveSmallIntegerField(
        _("seconds for a call"),
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_SECONDS)],
    )
    is_active = models.BooleanField(_("it may be asked"), default=True)
    # The version whose predictions its answers are; empty before it was set up.
    model_version = models.ForeignKey(ModelVersion, models.PROTECT, null=True, related_name="+")
    # What it named when it was last set up: its answers may name another.
    setup_version = models.CharField(max_length=100, blank=True)
    # The newest round of asking.
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    # It was asked to learn, and has not shown a new version since.
    learning_since = models.DateTimeField(null=True)
    failure_count = models.PositiveIntegerField(default=0)
    # How often in a row it was left alone, and until when it is.
    rest_count = models.PositiveIntegerField(default=0)
    rests_until = models.DateTimeField(null=True)
    # Why the last call failed, in words; empty while calls succeed.
    last_error = models.TextField(blank=True)
    last_success_at = models.DateTimeField(null=True)
    # How long the last calls took.
    recent_ms = models.JSONField(default=list)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="model_backend_once"),
            models.CheckConstraint(
                condition=Q(items_per_call__gte=1, items_per_call__lte=MOST_ITEMS),
                name="model_backend_items_range",
            ),
            models.CheckConstraint(
                condition=Q(seconds__gte=1, seconds__lte=MOST_SECONDS),
                name="model_backend_seconds_range",
            ),
        ]
        indexes = [
            models.Index(
                fields=["learning_since"],
                name="model_backend_learning",
                condition=Q(learning_since__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_resting(self) -> bool:
        return self.rests_until is not None and self.rests_until > timezone.now()

    @property
    def median_ms(self) -> int | None:
        return round(statistics.median(self.recent_ms)) if self.recent_ms else None
