"""Registering an address, changing, pausing and deleting it, and renewing its secret."""

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.webhooks.events import Told
from labelops.webhooks.models import ADDRESS_LENGTH, Webhook, make_seed
from labelops.webhooks.sending import check_address

MOST_OF_A_PROJECT = 20


def create_webhook(
    project_id: int, *, address: str, events: Iterable[str], by: User
) -> tuple[Webhook, str]:
    """A webhook of the project, and its secret, which is not shown again."""
    webhook = Webhook(
        project_id=project_id,
        address=_checked_address(address),
        events=_checked_events(events),
        created_by=by,
    )
    with transaction.atomic():
        if Webhook.objects.standing().filter(project=project_id).count() >= MOST_OF_A_PROJECT:
            raise Conflict(
                _("A project has at most %(most)d webhooks. Delete one first.")
                % {"most": MOST_OF_A_PROJECT},
                code="too_many",
            )
        _save(webhook)
        record(by, "webhook.created", webhook, after=_facts(webhook))
    return webhook, webhook.secret


def update_webhook(
    webhook: Webhook, *, address: str | None = None, events: Iterable[str] | None = None, by: User
) -> Webhook:
    """Change where it goes or what it is told of. What waits is sent to the new address."""
    with transaction.atomic():
        webhook = _lock(webhook)
        before = _facts(webhook)
        if address is not None:
            webhook.address = _checked_address(address)
            _forget_failures(webhook)
        if events is not None:
            webhook.events = _checked_events(events)
        _save(webhook)
        record(by, "webhook.changed", webhook, before=before, after=_facts(webhook))
    return webhook


def pause_webhook(webhook: Webhook, *, by: User) -> Webhook:
    """Send nothing any more and note nothing new; what waits is kept until it goes on."""
    return _switch(webhook, is_active=False, verb="webhook.paused", by=by)


def resume_webhook(webhook: Webhook, *, by: User) -> Webhook:
    return _switch(webhook, is_active=True, verb="webhook.resumed", by=by)


def renew_secret(webhook: Webhook, *, by: User) -> tuple[Webhook, str]:
    """Another secret, shown once; the former one signs nothing from now on."""
    with transaction.atomic():
        webhook = _lock(webhook)
        webhook.secret_seed = make_seed()
        webhook.save(update_fields=["secret_seed"])
        record(by, "webhook.secret_renewed", webhook)
    return webhook, webhook.secret


def delete_webhook(webhook: Webhook, *, by: User) -> None:
    """Nothing is sent to it any more; the row goes later (`outbox.purge`)."""
    with transaction.atomic():
        webhook = _lock(webhook)
        webhook.is_active, webhook.deleted_at = False, timezone.now()
        webhook.save(update_fields=["is_active", "deleted_at"])
        record(by, "webhook.deleted", webhook, before=_facts(webhook))


def _switch(webhook: Webhook, *, is_active: bool, verb: str, by: User) -> Webhook:
    with transaction.atomic():
        webhook = _lock(webhook)
        if webhook.is_active == is_active:
            raise Conflict(
                _("This webhook is switched on already.")
                if is_active
                else _("This webhook is paused already."),
                code="wrong_state",
            )
        webhook.is_active = is_active
        _forget_failures(webhook)
        _save(webhook)
        record(by, verb, webhook)
    return webhook


def _lock(webhook: Webhook) -> Webhook:
    """Raises Conflict when it was deleted meanwhile. Events may be noted for it all the same."""
    locked = (
        Webhook.objects.standing()
        .select_for_update(of=("self",), no_key=True)
        .select_related("project")
        .filter(pk=webhook.pk)
        .first()
    )
    if locked is None:
        raise Conflict(_("This webhook has been deleted meanwhile."), code="deleted")
    return locked


def _save(webhook: Webhook) -> None:
    try:
        with transaction.atomic():
            webhook.save()
    except IntegrityError as error:
        raise DomainError(
            _("This address is registered already."), code="address_taken", field="address"
        ) from error


def _forget_failures(webhook: Webhook) -> None:
    webhook.note, webhook.failing_since = "", None
    webhook.failure_count, webhook.rests_until = 0, None


def _checked_address(address: str) -> str:
    address = address.strip(" ")
    if len(address) > ADDRESS_LENGTH:
        raise DomainError(
            _("An address has at most %(most)d characters.") % {"most": ADDRESS_LENGTH},
            code="wrong_address",
            field="address",
        )
    check_address(address)
    return address


def _checked_events(events: Iterable[str]) -> list[str]:
    """In the order of the list, each once."""
    wanted = set(events)
    unknown = wanted - set(Told.values)
    if unknown:
        raise DomainError(
            _("There is no event “%(name)s”.") % {"name": min(unknown)[:80]},
            code="unknown_event",
            field="events",
            hint=_("Events: %(names)s.") % {"names": ", ".join(Told.values)},
        )
    if not wanted:
        raise DomainError(_("Choose at least one event."), code="no_events", field="events")
    return [event for event in Told.values if event in wanted]


def _facts(webhook: Webhook) -> dict[str, Any]:
    return {"address": webhook.address, "events": webhook.events}
