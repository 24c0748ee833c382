"""Webhooks over HTTP: the same as on the pages, for programs."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labelops.accounts.models import ApiToken, Role
from labelops.accounts.services import tokens
from labelops.webhooks.events import Told
from labelops.webhooks.models import Delivery, Webhook
from labelops.webhooks.services.deliveries import send_due
from labelops.webhooks.services.outbox import tell
from tests.factories import make_member
from tests.labelops.receiver import let_out, receiving

pytestmark = pytest.mark.django_db
PUBLIC = "https://hooks.example.org/labelops"


@pytest.fixture
def mei(team, client):
    found = make_member(team, Role.MANAGER, username="mei")
    client.force_login(found)
    return found


@pytest.fixture
def call(client, mei):
    def called(method, address, body=None):
        sent = {"content_type": "application/json"}
        if body is not None:
            sent["data"] = json.dumps(body)
        return getattr(client, method)(f"/api/v1/{address}", **sent)

    return called


@pytest.fixture
def made(call, project):
    body = {"address": PUBLIC, "events": ["job.failed", "batch.closed"]}
    return call("post", f"projects/{project.slug}/webhooks/", body)


@pytest.fixture
def receiver(made, settings):
    let_out(settings)
    with receiving() as found:
        Webhook.objects.update(address=found.address)
        yield found


def test_the_answer_to_registering_holds_the_secret_and_no_other_does(call, project, made):
    assert made.status_code == 201
    told = made.json()
    hook = Webhook.objects.get()
    assert told["secret"] == hook.secret
    assert (told["webhook"], told["address"]) == (str(hook.public_id), PUBLIC)
    assert told["events"] == ["batch.closed", "job.failed"]
    [row] = call("get", f"projects/{project.slug}/webhooks/").json()["results"]
    one = call("get", f"webhooks/{hook.public_id}/").json()
    assert row == one
    assert set(told) - set(one) == {"secret"}


@pytest.mark.parametrize(
    ("over", "code", "field"),
    [
        ({"address": "file:///etc/passwd"}, "wrong_address", "address"),
        ({"address": "http://user@example.org/"}, "wrong_address", "address"),
        ({"address": "http://localhost/"}, "wrong_address", "address"),
        ({"address": "http://169.254.169.254/"}, "wrong_address", "address"),
        ({"address": "http://exam\tple.org/"}, "wrong_address", "address"),
        ({"address": PUBLIC}, "address_taken", "address"),
        ({"events": ["item.lost"]}, "unknown_event", "events"),
        ({"events": []}, "no_events", "events"),
        ({"secret": "mine"}, "invalid", "secret"),
    ],
)
def test_what_is_refused_names_its_field(call, project, made, over, code, field):
    body = {"address": f"{PUBLIC}/2", "events": ["job.failed"]} | over
    refused = call("post", f"projects/{project.slug}/webhooks/", body)
    assert refused.status_code == 400
    assert (refused.json()["code"], refused.json()["field"]) == (code, field)
    assert Webhook.objects.count() == 1


def test_it_is_changed_paused_resumed_and_deleted(call, project, made):
    address = f"webhooks/{made.json()['webhook']}/"
    changed = call("patch", address, {"events": ["item.accepted"], "is_active": False}).json()
    assert (changed["events"], changed["is_active"]) == (["item.accepted"], False)
    assert call("patch", address, {"is_active": False}).json()["is_active"] is False
    assert call("patch", address, {"is_active": True}).json()["is_active"] is True
    assert call("patch", address, {}).status_code == 400
    assert call("patch", address, {"address": "http://127.0.0.1/"}).status_code == 400
    assert call("delete", address).status_code == 204
    assert call("get", address).status_code == 404
    assert call("get", f"projects/{project.slug}/webhooks/").json()["results"] == []


def test_a_renewed_secret_is_another_one(call, made):
    renewed = call("post", f"webhooks/{made.json()['webhook']}/secret/").json()
    assert renewed["secret"] != made.json()["secret"]
    assert renewed["secret"] == Webhook.objects.get().secret


def test_a_test_answers_with_its_result(call, made, receiver):
    receiver.answers = [(418, b"teapot")]
    told = call("post", f"webhooks/{made.json()['webhook']}/test/").json()
    assert (told["state"], told["status_code"], told["answer"]) == ("given_up", 418, "teapot")
    assert told["payload"]["event"] == "webhook.test"
    assert told["next_attempt_at"] is None


def test_the_log_is_filtered_and_a_delivery_replayed_under_its_id(call, project, made, receiver):
    for number in range(2):
        tell(project.pk, Told.BATCH_CLOSED, {"batch": number})
    send_due()
    log = f"webhooks/{made.json()['webhook']}/deliveries/"
    rows = call("get", f"{log}?state=delivered").json()["results"]
    assert [row["payload"]["facts"] for row in rows] == [{"batch": 0}, {"batch": 1}]
    assert call("get", f"{log}?state=waiting").json()["results"] == []
    assert call("get", f"{log}?state=lost").json()["code"] == "unknown_state"
    first = rows[0]["delivery"]
    for _press in range(2):
        replayed = call("post", f"deliveries/{first}/replay/").json()
        assert (replayed["state"], replayed["delivery"]) == ("waiting", first)
    assert send_due() == 1
    assert receiver.ids().count(first) == 2


def test_the_log_costs_the_same_for_any_number_of_rows(call, project, made):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert call("get", log).status_code == 200
        return len(captured)

    log = f"webhooks/{made.json()['webhook']}/deliveries/"
    tell(project.pk, Told.BATCH_CLOSED, {})
    few = cost()
    for _number in range(20):
        tell(project.pk, Told.BATCH_CLOSED, {})
    assert cost() == few
    assert Delivery.objects.count() == 21


def test_a_token_that_only_reads_changes_nothing(client, project, mei, made):
    client.logout()
    _token, secret = tokens.create_token(mei, name="ci", scope=ApiToken.Scope.READ, days=1)
    headers = {"Authorization": f"Token {secret}"}
    address = f"/api/v1/webhooks/{made.json()['webhook']}/"
    assert client.get(address, headers=headers).status_code == 200
    assert client.delete(address, headers=headers).status_code == 403
    assert client.post(address + "secret/", headers=headers).status_code == 403
    assert Webhook.objects.standing().count() == 1
