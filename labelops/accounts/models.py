"""People, teams, roles, one-time links and API tokens."""

import hashlib
import re
import secrets
import uuid
import zoneinfo

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

LANGUAGES_MOST = 30


def make_pseudonym() -> str:
    return f"P-{secrets.token_hex(4)}"


def hash_secret(secret: str) -> str:
    """Links and tokens are random and long, so a plain digest is enough to keep them unreadable."""
    return hashlib.sha256(secret.encode()).hexdigest()


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("“%(name)s” is not a time zone."), params={"name": name})


def validate_language_tag(tag: str) -> None:
    """BCP 47 in its simple forms: pt, pt-BR, zh-Hant."""
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,4})?", tag):
        raise ValidationError(
            _("“%(tag)s” is not a language tag such as pt or pt-BR."), params={"tag": tag[:20]}
        )


def validate_language_tags(tags: object) -> None:
    if not isinstance(tags, list) or len(tags) > LANGUAGES_MOST:
        raise ValidationError(
            _("Name at most %(most)d languages."), params={"most": LANGUAGES_MOST}
        )
    for tag in tags:
        validate_language_tag(str(tag))


class User(AbstractUser):
    """A person or a model version; both label, and both are measured alike."""

    class Kind(models.TextChoices):
        PERSON = "person", _("person")
        MODEL = "model", _("model")
        SYSTEM = "system", _("system")

    first_name = None
    last_name = None
    name = models.CharField(_("name"), max_length=150, blank=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PERSON)
    pseudonym = models.CharField(max_length=20, unique=True, default=make_pseudonym)
    is_simulated = models.BooleanField(default=False)
    language = models.CharField(_("language"), max_length=10, default="en")
    time_zone = models.CharField(
        _("time zone"), max_length=60, default="UTC", validators=[validate_time_zone]
    )
    # Language tags of what the person reads well enough to label.
    languages = models.JSONField(
        _("languages to work in"), default=list, blank=True, validators=[validate_language_tags]
    )
    # Counted up to end every session of this person, as a suspension does.
    session_generation = models.PositiveIntegerField(default=0, editable=False)

    REQUIRED_FIELDS: list[str] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.functions.Lower("username"), name="user_username_any_case"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def reads(self) -> list[str]:
        """The language tags, and the languages that they are forms of: pt-BR is also pt."""
        primary = [tag.partition("-")[0] for tag in self.languages]
        return list(dict.fromkeys([*self.languages, *primary]))

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Sessions carry this digest: a new password or generation makes them worthless."""
        state = f"{self.password}/{self.session_generation}"
        return salted_hmac("labelops.session", state, secret=secret, algorithm="sha256").hexdigest()


class Team(models.Model):
    """People who work together: in-house, or a vendor's."""

    class Kind(models.TextChoices):
        IN_HOUSE = "in_house", _("in-house")
        VENDOR = "vendor", _("vendor")

    name = models.CharField(_("name"), max_length=100, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    region = models.CharField(_("region"), max_length=100, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a membership opens. Order: least to most."""

    ANNOTATOR = "annotator", _("annotator")
    REVIEWER = "reviewer", _("reviewer")
    EXPERT = "expert", _("expert")
    MANAGER = "manager", _("manager")


class Membership(models.Model):
    """The role that a user has in a team."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, models.PROTECT, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "team"], name="membership_once_per_team"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_known_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.role}, {self.team}"


class AccessLink(models.Model):
    """A one-time link that a manager copies: an invitation, or a password reset."""

    class Kind(models.TextChoices):
        INVITATION = "invitation", _("invitation")
        PASSWORD = "password", _("password reset")

    kind = models.CharField(max_length=10, choices=Kind)
    secret_hash = models.CharField(max_length=64, unique=True)
    team = models.ForeignKey(Team, models.CASCADE, related_name="access_links")
    role = models.CharField(_("role"), max_length=10, choices=Role, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="access_links"
    )
    note = models.CharField(_("for whom"), max_length=150, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_open(self) -> bool:
        return not self.used_at and not self.revoked_at and self.expires_at > timezone.now()


class ApiToken(models.Model):
    """A key for programs: hashed, scoped, expiring, shown once."""

    class Scope(models.TextChoices):
        READ = "read", _("read")
        WRITE = "write", _("read and write")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=100)
    scope = models.CharField(_("scope"), max_length=10, choices=Scope, default=Scope.READ)
    secret_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name


class SavedView(models.Model):
    """Filters and order of a list that a person keeps under a name; nobody else sees it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    # The name of the list's route.
    page = models.CharField(max_length=40)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["user", "page", "name"], name="saved_view_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class LoginThrottle(models.Model):
    """Attempts to log in, counted per account name and per network address."""

    key = models.CharField(max_length=64, unique=True)
    attempt_count = models.PositiveIntegerField(default=0)
    window_started_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.attempt_count} since {self.window_started_at}"
