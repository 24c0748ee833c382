"""Deliveries, to a real receiver: signed, at least once, tried again, given up, sent again."""

import hashlib
import hmac
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from labelops.audit.models import Event
from labelops.errors import Conflict
from labelops.webhooks import sending
from labelops.webhooks.events import Told
from labelops.webhooks.models import Delivery, Webhook
from labelops.webhooks.services import deliveries, outbox, webhooks
from labelops.webhooks.services.deliveries import CLAIM_TIME, PAUSES, SWITCHED_OFF_AFTER, send_due
from labelops.webhooks.services.outbox import tell
from tests.labelops.receiver import let_out

pytestmark = pytest.mark.django_db
State = Delivery.State
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "webhooks.md"


@pytest.fixture
def told(hook):
    tell(hook.project_id, Told.BATCH_CLOSED, {"batch": 7, "name": "Vögel"})
    return hook.deliveries.get()


def states(hook):
    return sorted(hook.deliveries.values_list("state", flat=True))


def test_what_was_told_arrives_signed(hook, told, receiver):
    now = timezone.now()
    assert send_due(now=now) == 1
    [got] = receiver.received
    timestamp = got.headers["X-LabelOps-Timestamp"]
    expected = hmac.new(
        hook.secret.encode(), timestamp.encode() + b"." + got.body, hashlib.sha256
    ).hexdigest()
    assert got.headers["X-LabelOps-Signature-256"] == f"sha256={expected}"
    assert timestamp == str(int(now.timestamp()))
    assert got.headers["X-LabelOps-Event"] == "batch.closed"
    assert got.headers["X-LabelOps-Delivery"] == str(told.public_id)
    assert got.headers["Content-Type"] == "application/json"
    body = json.loads(got.body)
    assert body["facts"] == {"batch": 7, "name": "Vögel"}
    assert (body["event"], body["project"]) == ("batch.closed", hook.project.slug)
    told.refresh_from_db()
    assert (told.state, told.status_code, told.answer) == (State.DELIVERED, 200, "thanks")
    assert (told.delivered_at, told.attempt_count, told.error) == (now, 1, "")
    assert send_due() == 0


def test_a_failed_delivery_is_tried_again_with_growing_pauses_and_given_up(hook, told, receiver):
    now = timezone.now()
    receiver.answers = [(500, b"broken")] * 20
    for tried, pause in enumerate((*PAUSES, None), start=1):
        assert send_due(now=now) == 1
        told.refresh_from_db()
        assert (told.status_code, told.answer, told.attempt_count) == (500, "broken", tried)
        assert "status 500" in told.error
        if pause is None:
            break
        assert (told.state, told.next_attempt_at) == (State.FAILED, now + pause)
        assert send_due(now=now + pause - timedelta(seconds=1)) == 0
        now += pause
    assert told.state == State.GIVEN_UP
    assert send_due(now=now + timedelta(days=1)) == 0
    assert set(receiver.ids()) == {str(told.public_id)}
    assert len(receiver.received) == len(PAUSES) + 1


def test_what_arrives_at_last_is_delivered(hook, told, receiver):
    receiver.answers = [(503, b"")]
    now = timezone.now()
    send_due(now=now)
    hook.refresh_from_db()
    assert (hook.failing_since, hook.failure_count) == (now, 1)
    send_due(now=now + PAUSES[0])
    told.refresh_from_db()
    hook.refresh_from_db()
    assert (told.state, told.error, told.attempt_count) == (State.DELIVERED, "", 2)
    assert (hook.failing_since, hook.failure_count, hook.rests_until) == (None, 0, None)


def test_a_timeout_is_a_failure_with_its_sentence(told, receiver, monkeypatch):
    monkeypatch.setattr(sending, "TIMEOUT_SECONDS", 0.2)
    receiver.is_holding = True
    send_due()
    told.refresh_from_db()
    assert (told.state, told.status_code) == (State.FAILED, None)
    assert "too slowly" in told.error


def test_a_refused_connection_is_a_failure_with_its_sentence(hook, told, settings):
    let_out(settings)
    Webhook.objects.filter(pk=hook.pk).update(address="http://127.0.0.1:1/")
    send_due()
    told.refresh_from_db()
    assert told.state == State.FAILED
    assert "could not be reached" in told.error


def test_a_redirect_is_a_failure(told, receiver):
    receiver.answers = [(301, b"")]
    send_due()
    told.refresh_from_db()
    assert told.state == State.FAILED
    assert "redirect" in told.error


def test_killed_between_send_and_commit_it_is_sent_again_under_the_same_id(
    told, receiver, monkeypatch
):
    now = timezone.now()

    def killed(*_arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(deliveries, "_note_success", killed)
        with pytest.raises(KeyboardInterrupt):
            send_due(now=now)
    told.refresh_from_db()
    assert told.state == State.WAITING
    assert send_due(now=now + CLAIM_TIME - timedelta(seconds=1)) == 0
    assert send_due(now=now + CLAIM_TIME) == 1
    told.refresh_from_db()
    assert told.state == State.DELIVERED
    assert receiver.ids() == [str(told.public_id)] * 2


def test_who_comes_late_does_not_overwrite_a_later_attempt(told, receiver, monkeypatch):
    """A worker that was thought lost wakes up after another one has delivered."""
    now, late = timezone.now(), []
    note = deliveries._note_failure
    receiver.answers = [(500, b"")]
    with monkeypatch.context() as patched:
        patched.setattr(deliveries, "_note_failure", lambda *given: late.append(given))
        send_due(now=now)
    send_due(now=now + CLAIM_TIME)
    note(*late[0])
    told.refresh_from_db()
    assert (told.state, told.attempt_count, told.error) == (State.DELIVERED, 2, "")


def test_the_first_failure_lets_the_address_rest(hook, receiver):
    for number in range(3):
        tell(hook.project_id, Told.BATCH_CLOSED, {"batch": number})
    receiver.answers = [(500, b"")]
    now = timezone.now()
    assert send_due(now=now) == 1
    assert send_due(now=now + timedelta(seconds=9)) == 0
    assert send_due(now=now + timedelta(seconds=10)) == 3
    assert states(hook) == [State.DELIVERED] * 3


def test_one_dead_address_holds_up_no_other(project, mei, hook, receiver):
    webhooks.create_webhook(
        project.pk, address="http://127.0.0.1:1/", events=["batch.closed"], by=mei
    )
    for number in range(3):
        tell(project.pk, Told.BATCH_CLOSED, {"batch": number})
    send_due()
    assert states(hook) == [State.DELIVERED] * 3


def test_sent_again_it_has_the_same_id_and_asking_twice_changes_nothing(told, receiver, mei):
    send_due()
    for _press in range(2):
        again = deliveries.send_again(told, by=mei)
    assert (again.state, again.attempt_count) == (State.WAITING, 0)
    assert Event.objects.filter(verb="delivery.sent_again").count() == 1
    assert send_due() == 1
    assert receiver.ids() == [str(told.public_id)] * 2
    assert receiver.received[0].body == receiver.received[1].body


def test_a_given_up_delivery_sent_again_has_all_its_attempts_anew(told, receiver, mei):
    Delivery.objects.update(state=State.GIVEN_UP, attempt_count=7)
    deliveries.send_again(told, by=mei)
    receiver.answers = [(500, b"")]
    send_due()
    told.refresh_from_db()
    assert (told.state, told.attempt_count) == (State.FAILED, 1)


def test_a_paused_webhook_is_sent_nothing_and_told_nothing_new(hook, told, receiver, mei):
    webhooks.pause_webhook(hook, by=mei)
    assert send_due() == 0
    tell(hook.project_id, Told.BATCH_CLOSED, {"batch": 8})
    assert states(hook) == [State.WAITING]
    with pytest.raises(Conflict):
        deliveries.send_again(told, by=mei)
    webhooks.resume_webhook(hook, by=mei)
    assert send_due() == 1
    assert receiver.ids() == [str(told.public_id)]


def test_a_deleted_webhook_is_sent_nothing(hook, told, receiver, mei):
    webhooks.delete_webhook(hook, by=mei)
    assert send_due() == 0
    assert receiver.received == []


def test_after_three_days_without_success_it_is_switched_off_with_a_note(hook, told, receiver):
    receiver.answers = [(500, b"")] * 2
    now = timezone.now()
    send_due(now=now)
    later = now + SWITCHED_OFF_AFTER
    Delivery.objects.update(next_attempt_at=later)
    send_due(now=later)
    hook.refresh_from_db()
    assert not hook.is_active
    assert "three days" in hook.note
    assert Event.objects.about(hook).filter(verb="webhook.switched_off").count() == 1
    assert send_due(now=later + timedelta(days=1)) == 0


def test_one_success_in_three_days_keeps_it_on(hook, told, receiver):
    receiver.answers = [(500, b"")]
    now = timezone.now()
    send_due(now=now)
    send_due(now=now + timedelta(days=1))
    receiver.answers = [(500, b"")]
    tell(hook.project_id, Told.BATCH_CLOSED, {})
    send_due(now=now + timedelta(days=4))
    hook.refresh_from_db()
    assert hook.is_active


@pytest.mark.parametrize(("status", "state"), [(204, "delivered"), (500, "given_up")])
def test_a_test_is_sent_at_once_and_once(hook, receiver, mei, status, state):
    webhooks.pause_webhook(hook, by=mei)
    receiver.answers = [(status, b"")]
    sent = deliveries.send_test(hook, by=mei)
    stored = Delivery.objects.get(pk=sent.pk)
    assert (sent.state, stored.state, stored.status_code) == (state, state, status)
    [got] = receiver.received
    assert got.headers["X-LabelOps-Event"] == "webhook.test"
    hook.refresh_from_db()
    assert hook.failing_since is None


def test_a_test_has_signed_with_the_secret_of_now(hook, receiver, mei):
    former = hook.secret
    hook, secret = webhooks.renew_secret(hook, by=mei)
    assert secret != former
    deliveries.send_test(hook, by=mei)
    [got] = receiver.received
    expected = deliveries.signature(secret, got.headers["X-LabelOps-Timestamp"], got.body)
    assert got.headers["X-LabelOps-Signature-256"] == expected


def test_old_deliveries_and_deleted_webhooks_are_purged(hook, told, mei):
    webhooks.delete_webhook(hook, by=mei)
    assert outbox.purge(now=told.created_at + timedelta(hours=1)) == 0
    assert outbox.purge(now=told.created_at + outbox.KEPT + timedelta(seconds=1)) == 1
    assert not Delivery.objects.exists()
    assert not Webhook.objects.exists()


def test_no_secret_is_stored_or_recorded(hook, told, mei):
    row = Webhook.objects.filter(pk=hook.pk).values().get()
    assert hook.secret not in str(row)
    _hook, renewed = webhooks.renew_secret(hook, by=mei)
    for event in Event.objects.about(hook):
        assert renewed not in f"{event.before}{event.after}{event.reason}"


def test_the_example_of_the_documentation_tells_genuine_from_forged(hook, told, receiver):
    [example] = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    names = {}
    exec(example, names)
    send_due()
    [got] = receiver.received
    is_genuine = names["is_genuine"]
    assert is_genuine(hook.secret, got.headers, got.body)
    assert not is_genuine(hook.secret, got.headers, got.body + b" ")
    assert not is_genuine("whs_other", got.headers, got.body)
    old = got.headers | {"X-LabelOps-Timestamp": "1700000000"}
    assert not is_genuine(hook.secret, old, got.body)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    connection.vendor != "postgresql",
    reason="several connections at once: LABELOPS_TEST_DATABASE=postgresql",
)
def test_workers_at_once_send_each_delivery_once(hook, receiver):
    for number in range(30):
        tell(hook.project_id, Told.BATCH_CLOSED, {"batch": number})

    def work(_number):
        try:
            return send_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(work, range(4)))
    assert sum(counts) == len(receiver.received) == len(set(receiver.ids())) == 30
    assert states(hook) == [State.DELIVERED] * 30
