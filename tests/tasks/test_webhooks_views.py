"""The pages of webhooks: registering, the secret shown once, the log, the test, sending again."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labelops.accounts.models import Role
from labelops.webhooks.events import Told
from labelops.webhooks.models import Delivery, Webhook
from labelops.webhooks.services.deliveries import send_due
from labelops.webhooks.services.outbox import tell
from labelops.webhooks.services.webhooks import create_webhook
from tests.factories import make_member, make_user
from tests.labelops.receiver import let_out, receiving

pytestmark = pytest.mark.django_db
PUBLIC = "https://hooks.example.org/labelops"


@pytest.fixture
def mei(team, client):
    found = make_member(team, Role.MANAGER, username="mei")
    client.force_login(found)
    return found


@pytest.fixture
def hook(project, mei):
    made, _secret = create_webhook(project.pk, address=PUBLIC, events=["batch.closed"], by=mei)
    return made


@pytest.fixture
def receiver(hook, settings):
    let_out(settings)
    with receiving() as found:
        Webhook.objects.filter(pk=hook.pk).update(address=found.address)
        hook.refresh_from_db()
        yield found


def page(client, name, *args, **query):
    return client.get(reverse(name, args=args), query)


def press(client, name, *args, **data):
    return client.post(reverse(name, args=args), data, follow=True)


def text(response):
    return response.content.decode()


def test_without_webhooks_the_page_says_what_to_do_next(client, project, mei):
    shown = text(page(client, "webhook_list", project.slug))
    assert shown.count(reverse("webhook_create", args=[project.slug])) == 1
    assert "No program is told" in shown


def test_registering_shows_the_secret_once(client, project, mei):
    wanted = {"address": f" {PUBLIC} ", "events": ["batch.closed", "job.failed"]}
    made = client.post(reverse("webhook_create", args=[project.slug]), wanted)
    assert made.status_code == 200
    hook = Webhook.objects.get()
    assert (hook.address, hook.events, hook.created_by) == (PUBLIC, wanted["events"], mei)
    assert hook.secret in text(made)
    for name, args in (
        ("webhook_list", [project.slug]),
        ("webhook_detail", [hook.public_id]),
        ("webhook_edit", [hook.public_id]),
    ):
        shown = page(client, name, *args)
        assert shown.status_code == 200
        assert hook.secret not in text(shown)
        assert hook.secret_seed not in text(shown)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("file:///etc/passwd", "begins with https://"),
        ("http://user@example.org/", "user name or password"),
        ("http://hooks.local/", "own network"),
        ("http://169.254.169.254/latest/", "private or reserved"),
        ("http://exam\tple.org/", "spaces or characters"),
        (PUBLIC, "registered already"),
    ],
)
def test_a_refused_address_stands_at_its_field(client, project, hook, address, sentence):
    wanted = {"address": address, "events": ["batch.closed"]}
    refused = client.post(reverse("webhook_create", args=[project.slug]), wanted)
    assert refused.status_code == 422
    assert sentence in refused.context["form"].errors["address"][0]
    assert Webhook.objects.count() == 1


def test_it_is_changed_paused_resumed_renewed_and_deleted(client, project, hook):
    wanted = {"address": PUBLIC + "/new", "events": ["job.failed"]}
    assert "is changed" in text(press(client, "webhook_edit", hook.public_id, **wanted))
    assert "is paused" in text(press(client, "webhook_pause", hook.public_id))
    hook.refresh_from_db()
    assert (hook.address, hook.events, hook.is_active) == (PUBLIC + "/new", ["job.failed"], False)
    assert "paused already" in text(press(client, "webhook_pause", hook.public_id))
    assert "goes on" in text(press(client, "webhook_resume", hook.public_id))
    former = hook.secret
    renewed = text(press(client, "webhook_secret", hook.public_id))
    hook.refresh_from_db()
    assert hook.secret != former
    assert hook.secret in renewed
    assert "is deleted" in text(press(client, "webhook_delete", hook.public_id))
    assert page(client, "webhook_detail", hook.public_id).status_code == 404


def test_a_test_shows_its_result_at_once(client, hook, receiver):
    receiver.answers = [(200, b"I got it"), (500, b"<script>alert(1)</script>")]
    arrived = text(press(client, "webhook_test", hook.public_id))
    assert "The test arrived." in arrived
    assert "I got it" in arrived
    failed = text(press(client, "webhook_test", hook.public_id))
    assert "status 500" in failed
    assert "<script>alert" not in failed


def test_a_delivery_is_shown_with_payload_and_answer_and_sent_again(client, hook, receiver):
    tell(hook.project_id, Told.BATCH_CLOSED, {"name": "Vögel"})
    delivery = Delivery.objects.get()
    assert "Send again" not in text(page(client, "delivery_detail", delivery.public_id))
    send_due()
    shown = text(page(client, "delivery_detail", delivery.public_id))
    assert "Vögel" in shown
    assert "thanks" in shown
    press(client, "delivery_again", delivery.public_id)
    assert send_due() == 1
    assert receiver.ids() == [str(delivery.public_id)] * 2


def test_the_log_is_paged_and_filtered_by_state(client, hook):
    for number in range(30):
        tell(hook.project_id, Told.BATCH_CLOSED, {"batch": number})
    newest = Delivery.objects.first()
    Delivery.objects.filter(pk=newest.pk).update(state="given_up", error="No.")
    first = page(client, "webhook_detail", hook.public_id)
    assert len(first.context["page"].rows) == 25
    cursor = first.context["page"].next_cursor
    second = page(client, "webhook_detail", hook.public_id, cursor=cursor)
    assert len(second.context["page"].rows) == 5
    given_up = page(client, "webhook_detail", hook.public_id, state="given_up")
    assert given_up.context["page"].rows == [newest]
    assert "No delivery is in this state" in text(
        page(client, "webhook_detail", hook.public_id, state="delivered")
    )
    for query in ({"state": "lost"}, {"cursor": "forged"}, {"sort": "x"}):
        assert page(client, "webhook_detail", hook.public_id, **query).status_code == 400


def test_switched_off_it_says_why_and_what_to_do(client, hook):
    Webhook.objects.update(is_active=False, note="Nothing arrived for three days.")
    shown = text(page(client, "webhook_detail", hook.public_id))
    assert "Nothing arrived for three days." in shown
    assert reverse("webhook_resume", args=[hook.public_id]) in shown


def statements(client, name, *args):
    with CaptureQueriesContext(connection) as captured:
        assert page(client, name, *args).status_code == 200
    return len(captured)


def test_the_pages_cost_the_same_for_any_number_of_rows(client, project, hook, mei):
    tell(project.pk, Told.BATCH_CLOSED, {})
    few = statements(client, "webhook_list", project.slug)
    log = statements(client, "webhook_detail", hook.public_id)
    for number in range(10):
        create_webhook(project.pk, address=f"{PUBLIC}/{number}", events=["batch.closed"], by=mei)
    for _number in range(20):
        tell(project.pk, Told.BATCH_CLOSED, {})
    assert statements(client, "webhook_list", project.slug) == few
    assert statements(client, "webhook_detail", hook.public_id) == log


def test_an_operator_is_shown_no_way_to_pages_that_are_closed_to_them(client, project, hook):
    client.force_login(make_user(is_staff=True))
    for name, args in (("webhook_list", [project.slug]), ("webhook_detail", [hook.public_id])):
        shown = text(page(client, name, *args))
        assert PUBLIC in shown
        assert reverse("project_detail", args=[project.slug]) not in shown.replace(
            reverse("webhook_list", args=[project.slug]), ""
        )
