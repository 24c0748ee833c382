"""Addresses that are told of what happens in a project, and the outbox of what they are told."""

import json
import secrets
import uuid

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from labelops.errors import DomainError
from labelops.webhooks.events import Told

ADDRESS_LENGTH = 500


def make_seed() -> str:
    return secrets.token_urlsafe(32)


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def standing(self) -> "WebhookQuerySet":
        """Those that nobody has deleted."""
        return self.filter(deleted_at=None)

    def with_newest(self) -> "WebhookQuerySet":
        """With the state and the time of the newest delivery; None before the first."""
        newest = Delivery.objects.filter(webhook=OuterRef("pk")).order_by("-pk")
        return self.annotate(
            newest_state=Subquery(newest.values("state")[:1]),
            newest_at=Subquery(newest.values("created_at")[:1]),
        )


class Webhook(models.Model):
    """One address that is told of chosen events of one project.

    A deleted one stays a row for a while: work that has just looked it up may still note an
    event for it, and must not fail over that.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # By name: projects stand above this app.
    project = models.ForeignKey("tasks.Project", models.PROTECT, related_name="webhooks")
    address = models.CharField(_("address"), max_length=ADDRESS_LENGTH)
    secret_seed = models.CharField(max_length=60, default=make_seed, editable=False)
    events = models.JSONField(_("events"), default=list)
    is_active = models.BooleanField(default=True)
    # Why it was switched off, when nobody did it.
    note = models.TextField(blank=True)
    # Since when nothing has arrived; empty while the last delivery did.
    failing_since = models.DateTimeField(null=True)
    failure_count = models.PositiveIntegerField(default=0)
    rests_until = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "address"],
                condition=Q(deleted_at=None),
                name="webhook_address_once",
            )
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def event_titles(self) -> list[str]:
        return [str(Told(event).label) for event in self.events]

    @property
    def secret(self) -> str:
        """What deliveries are signed with. The database alone does not give it away."""
        made = salted_hmac("labelops.webhooks", self.secret_seed, algorithm="sha256")
        return f"whs_{made.hexdigest()}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def in_state(self, state: str) -> "DeliveryQuerySet":
        """All of them when no state is asked for. Raises DomainError for an unknown one."""
        if not state:
            return self
        if state not in Delivery.State.values:
            raise DomainError(
                _("There is no such state of a delivery."),
                code="unknown_state",
                field="state",
                hint=_("States: %(names)s.") % {"names": ", ".join(Delivery.State.values)},
            )
        return self.filter(state=state)


class Delivery(models.Model):
    """One event for one webhook, written in the transaction of what it tells of."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("failed, tried again")
        GIVEN_UP = "given_up", _("given up")

    UNSENT = (State.WAITING, State.FAILED)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries", db_index=False)
    event = models.CharField(max_length=40)
    payload = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempt_count = models.PositiveIntegerField(default=0)
    # While an attempt runs: when it counts as lost.
    next_attempt_at = models.DateTimeField()
    status_code = models.PositiveIntegerField(null=True)
    answer = models.TextField(blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["webhook", "id"], name="delivery_of_webhook"),
            models.Index(fields=["webhook", "state", "id"], name="delivery_by_state"),
            models.Index(
                fields=["webhook", "next_attempt_at"],
                name="delivery_unsent",
                condition=Q(state__in=["waiting", "failed"]),
            ),
            models.Index(fields=["created_at"], name="delivery_by_age"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "delivered", "failed", "given_up"]),
                name="delivery_known_state",
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.public_id}"

    @property
    def payload_text(self) -> str:
        return json.dumps(self.payload, indent=2, ensure_ascii=False, sort_keys=True)

    @property
    def is_unsent(self) -> bool:
        return self.state in self.UNSENT
