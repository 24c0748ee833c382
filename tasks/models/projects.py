"""A project: one labeling problem, its item type and the teams that may touch it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import Role, Team, User

# How long what was deleted can be restored.
KEPT_IN_BIN = timedelta(days=30)


class ProjectQuerySet(models.QuerySet["Project"]):
    def for_roles(self, user: User, *roles: Role, in_house_only: bool = False) -> "ProjectQuerySet":
        """Projects where the user holds one of the roles in an active team with access."""
        memberships = user.memberships.filter(role__in=roles, team__is_active=True)
        if in_house_only:
            memberships = memberships.filter(team__kind=Team.Kind.IN_HOUSE)
        return self.filter(teams__in=memberships.values("team")).distinct()

    def live(self) -> "ProjectQuerySet":
        """Those that hand out work and may be changed: neither archived nor deleted."""
        return self.filter(archived_at=None, deleted_at=None)


class StandingProjects(models.Manager.from_queryset(ProjectQuerySet)):  # type: ignore[misc]
    """All but what lies in the bin, so that no page can forget it."""

    def get_queryset(self) -> ProjectQuerySet:
        return super().get_queryset().filter(deleted_at=None)


class Project(models.Model):
    """One labeling problem."""

    class ItemType(models.TextChoices):
        IMAGE = "image", _("images")
        TEXT = "text", _("texts")

    slug = models.SlugField(_("short name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    purpose = models.TextField(_("purpose"), blank=True)
    item_type = models.CharField(_("items are"), max_length=10, choices=ItemType)
    teams = models.ManyToManyField(
        Team, verbose_name=_("teams with access"), related_name="projects"
    )
    hour_cost = models.DecimalField(
        _("cost of an hour of work"),
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("In your currency. With it, pages say what a change will cost."),
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True)
    # In the bin since then; it keeps whether it was archived before.
    deleted_at = models.DateTimeField(null=True)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    # From then on rows are gone, and there is no way back.
    purge_begun_at = models.DateTimeField(null=True)
    # Only where something stays of it for good: statements by which people were paid.
    purge_ended_at = models.DateTimeField(null=True)

    objects = StandingProjects()
    # For the bin and what empties it.
    everything = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(purge_begun_at=None) | Q(deleted_at__isnull=False),
                name="project_purged_from_the_bin",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def purged_at(self) -> datetime | None:
        """The moment from which it cannot be restored any more."""
        return self.deleted_at + KEPT_IN_BIN if self.deleted_at else None
