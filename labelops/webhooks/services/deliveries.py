"""Sending what waits in the outbox: at least once, each row by one worker at a time.

An attempt first claims its row in a short transaction, then sends outside of any, then notes what
came of it. Whoever is killed in between leaves a row that is due again after `CLAIM_TIME`, so the
receiver may get the same delivery twice, under the same id.
"""

import hashlib
import hmac
import json
import time
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.webhooks import sending
from labelops.webhooks.events import TEST
from labelops.webhooks.models import Delivery, Webhook
from labelops.webhooks.services.outbox import note
from labelops.webhooks.signals import webhook_given_up

# After the first failure, the second and so on; after the last one it is given up.
PAUSES = tuple(
    timedelta(seconds=seconds) for seconds in (10, 60, 5 * 60, 30 * 60, 2 * 3600, 6 * 3600)
)
# How long a failing address is left alone, so that it holds up nothing else.
RESTS = PAUSES[:3]
# Longer than an attempt can take.
CLAIM_TIME = timedelta(seconds=60)
SWITCHED_OFF_AFTER = timedelta(days=3)
RUN_SECONDS = 20
WEBHOOKS_AT_ONCE = 100
OF_ONE_WEBHOOK = 20
State = Delivery.State


def send_due(*, now: datetime | None = None) -> int:
    """Send what is due, webhook by webhook, until nothing is left or the time is over."""
    end = time.monotonic() + RUN_SECONDS
    count = 0
    while time.monotonic() < end:
        sent = 0
        for webhook in _ready(now or timezone.now())[:WEBHOOKS_AT_ONCE]:
            sent += _send_some(webhook, end, now)
        count += sent
        if not sent:
            break
    return count


def _ready(now: datetime) -> QuerySet[Webhook]:
    due = Delivery.objects.filter(
        webhook=OuterRef("pk"), state__in=Delivery.UNSENT, next_attempt_at__lte=now
    )
    is_rested = Q(rests_until=None) | Q(rests_until__lte=now)
    ready = Webhook.objects.standing().filter(
        is_rested, Exists(due), is_active=True, project__deleted_at=None
    )
    # By chance: an address that answers slowly must not come first each time.
    return ready.order_by("?")


def _send_some(webhook: Webhook, end: float, now: datetime | None) -> int:
    """Up to the first failure: then the address rests."""
    for count in range(OF_ONE_WEBHOOK):
        delivery = _claim(webhook, now or timezone.now()) if time.monotonic() < end else None
        if delivery is None:
            return count
        if not _attempt(delivery, now=now):
            return count + 1
    return OF_ONE_WEBHOOK


def _claim(webhook: Webhook, now: datetime) -> Delivery | None:
    """The webhook's next delivery, out of the reach of other workers for a while."""
    can_skip = connection.features.has_select_for_update_skip_locked
    with transaction.atomic():
        delivery = (
            Delivery.objects.select_for_update(of=("self",), skip_locked=can_skip)
            .select_related("webhook__created_by")
            .filter(
                webhook=webhook.pk,
                webhook__is_active=True,
                state__in=Delivery.UNSENT,
                next_attempt_at__lte=now,
            )
            .order_by("next_attempt_at", "pk")
            .first()
        )
        if delivery is not None:
            _begin(delivery, now)
    return delivery


def _begin(delivery: Delivery, now: datetime) -> None:
    delivery.attempt_count += 1
    delivery.next_attempt_at = now + CLAIM_TIME
    delivery.save()


def _attempt(delivery: Delivery, *, now: datetime | None) -> bool:
    webhook = delivery.webhook
    with translation.override(webhook.created_by.language):
        try:
            answer = sending.post(webhook.address, *signed(delivery, now=now))
        except DomainError as failure:
            answer, error = None, str(failure.message)
        else:
            error = _why(answer)
        delivery.status_code = answer.status_code if answer else None
        delivery.answer = answer.text if answer else ""
        delivery.error = error
        if error:
            _note_failure(delivery, now or timezone.now())
        else:
            _note_success(delivery, now or timezone.now())
    return not error


def signed(delivery: Delivery, *, now: datetime | None = None) -> tuple[bytes, dict[str, str]]:
    """The body and the headers of one attempt."""
    body = json.dumps(delivery.payload, sort_keys=True).encode()
    timestamp = str(int((now or timezone.now()).timestamp()))
    return body, {
        "Content-Type": "application/json",
        "User-Agent": "LabelOps",
        "X-LabelOps-Event": delivery.event,
        "X-LabelOps-Delivery": str(delivery.public_id),
        "X-LabelOps-Timestamp": timestamp,
        "X-LabelOps-Signature-256": signature(delivery.webhook.secret, timestamp, body),
    }


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Over the time, too: an old message that somebody recorded cannot pass as a new one."""
    message = timestamp.encode() + b"." + body
    return "sha256=" + hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def _why(answer: sending.Answer) -> str:
    if answer.is_success:
        return ""
    if 300 <= answer.status_code < 400:
        return _("The address answered with a redirect, which is not followed.")
    return _("The address answered with the status %(status)d.") % {"status": answer.status_code}


def _note_success(delivery: Delivery, now: datetime) -> None:
    delivery.state, delivery.delivered_at = State.DELIVERED, now
    with transaction.atomic():
        _store(delivery, "delivered_at")
        failing = Webhook.objects.filter(pk=delivery.webhook_id, failing_since__isnull=False)
        failing.update(failing_since=None, failure_count=0, rests_until=None)


def _note_failure(delivery: Delivery, now: datetime) -> None:
    is_last = delivery.event == TEST or delivery.attempt_count > len(PAUSES)
    delivery.state = State.GIVEN_UP if is_last else State.FAILED
    if not is_last:
        delivery.next_attempt_at = now + PAUSES[delivery.attempt_count - 1]
    with transaction.atomic():
        _store(delivery, "next_attempt_at")
        if delivery.event != TEST:
            _let_rest(delivery.webhook_id, now)


def _store(delivery: Delivery, *names: str) -> None:
    """Not when the row was claimed or sent again since: then a later attempt speaks for it."""
    fields = ("state", "status_code", "answer", "error", *names)
    Delivery.objects.filter(pk=delivery.pk, attempt_count=delivery.attempt_count).update(
        **{name: getattr(delivery, name) for name in fields}
    )


def _let_rest(webhook_id: int, now: datetime) -> None:
    locked = Webhook.objects.select_for_update(of=("self",), no_key=True)
    webhook = locked.select_related("project").get(pk=webhook_id)
    webhook.failing_since = webhook.failing_since or now
    webhook.rests_until = now + RESTS[min(webhook.failure_count, len(RESTS) - 1)]
    webhook.failure_count += 1
    if webhook.is_active and now - webhook.failing_since >= SWITCHED_OFF_AFTER:
        webhook.is_active = False
        webhook.note = _("Nothing arrived for three days, so it was switched off.")
        record(None, "webhook.switched_off", webhook, reason=webhook.note)
        webhook_given_up.send(sender=Webhook, webhook=webhook)
    webhook.save(
        update_fields=["failing_since", "rests_until", "failure_count", "is_active", "note"]
    )


def send_again(delivery: Delivery, *, by: User) -> Delivery:
    """Send a delivery once more under its own id; asking twice changes nothing."""
    with transaction.atomic():
        delivery = (
            Delivery.objects.select_for_update(of=("self",))
            .select_related("webhook")
            .get(pk=delivery.pk)
        )
        if not delivery.webhook.is_active:
            raise Conflict(_("Let the webhook go on first: it is paused."), code="paused")
        if delivery.state == State.WAITING:
            return delivery
        before = {"state": delivery.state}
        delivery.state, delivery.attempt_count = State.WAITING, 0
        delivery.next_attempt_at = timezone.now()
        delivery.save(update_fields=["state", "attempt_count", "next_attempt_at"])
        record(by, "delivery.sent_again", delivery, before=before)
    return delivery


def send_test(webhook: Webhook, *, by: User) -> Delivery:
    """Try the address at once, paused or not. The delivery returned says what came of it."""
    now = timezone.now()
    with transaction.atomic():
        delivery = note(webhook, TEST, {"by": by.pseudonym}, now=now)
        _begin(delivery, now)
        record(by, "webhook.tested", webhook)
    _attempt(delivery, now=None)
    return delivery
