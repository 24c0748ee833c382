"""A project: one labeling problem, its item type and the teams that may touch it."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import Role, Team, User


class ProjectQuerySet(models.QuerySet["Project"]):
    def for_roles(self, user: User, *roles: Role, in_house_only: bool = False) -> "ProjectQuerySet":
        """Projects where the user holds one of the roles in an active team with access."""
        memberships = user.memberships.filter(role__in=roles, team__is_active=True)
        if in_house_only:
            memberships = memberships.filter(team__kind=Team.Kind.IN_HOUSE)
        return self.filter(teams__in=memberships.values("team")).distinct()


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

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
