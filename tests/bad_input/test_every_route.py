"""Hostile input to every route: never a 500, never half a change, always a sentence."""

import json

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse

from labelops.audit.models import Event
from tests.authorization_rules import RULES
from tests.authorization_world import CAST

pytestmark = pytest.mark.django_db

HOSTILE = {
    "null": "a\x00b",
    "surrogate": "\ud800",
    "huge": "9" * 5_000,
    "markup": "</script><script>alert(1)</script>",
    "template": "{{7*7}} %(x)s {0.__class__}",
    "traversal": "../../etc/passwd",
    "negative": "-1",
    "float": "1e999",
    "direction": "\u202egnp.exe",
}
# Names that forms and calls of the product read.
FIELDS = (
    "name slug item_type purpose teams role note body label_schema decision request_id reason "
    "comment answer chosen overlap priority due_at review_percent items batch project count format "
    "username password language time_zone next days scope text active_ms external_id file link "
    "form-TOTAL_FORMS form-INITIAL_FORMS controls-TOTAL_FORMS controls-INITIAL_FORMS "
    "controls-0-title controls-0-type controls-0-classes subject within when labels "
    "measure percent min max severity message seen "
    "team most aql_percent ltpd_percent producer_risk_percent consumer_risk_percent classes people "
    "is_whole way preview "
    "title block_id explanation task tasks size level pass_percent class_percent retries is_open "
    "address events is_active accepted_only shares split_field group_field seed split "
    "month person basis rate of page as table valid_from annotate2 floor0"
).split()
# The same for every route, so they are written once.
SENDABLE = {
    label: text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    for label, text in HOSTILE.items()
}
FORMS = {
    label: encode_multipart(BOUNDARY, dict.fromkeys(FIELDS, text))
    for label, text in SENDABLE.items()
}
CALLS = {label: json.dumps(dict.fromkeys(FIELDS, text)) for label, text in HOSTILE.items()}
# Text like any other to a database; and where a body says nothing, the matrix of
# test_authorization.py asks every database what comes of it. So the embedded one is enough.
LIKE_ANY_TEXT = {"markup", "traversal"}
JSON_BODIES = (
    b"",
    b"null",
    b"[]",
    b'"text"',
    b"{",
    b'{"a": NaN}',
    b'{"a": 1, "a": 2}',
    b"[" * 2_000,
    b"\xff\xfe{\x00}\x00",
    b"\x80",
)


def person_for(rule):
    return next((person for person in CAST if person in rule.audience - {"anonymous"}), None)


@pytest.fixture(scope="module")
def visitor():
    """One client for all, as each would build the whole middleware anew."""
    return Client(raise_request_exception=True)


@pytest.fixture(scope="module")
def sessions(world, django_db_blocker):
    """The key of the session of each person that somebody's route is tried as."""
    keys = {}
    with django_db_blocker.unblock():
        for person in {person_for(rule) for rule in RULES.values()} - {None}:
            client = Client()
            client.force_login(world.people[person])
            keys[person] = client.session.session_key
    return keys


def outcomes(route, client, world):
    """Every hostile request to a route, as (what was sent, response)."""
    rule = RULES[route]
    url = reverse(route, kwargs=rule.kwargs(world))
    is_embedded = connection.vendor == "sqlite"
    left_out = set() if is_embedded else LIKE_ANY_TEXT
    for label, text in SENDABLE.items():
        if label in left_out:
            continue
        if "get" in rule.methods:
            yield f"GET {label}", client.get(url, {"cursor": text, "state": text})
        for method in rule.methods & {"post", "put", "patch"}:
            send = getattr(client, method)
            if route.startswith("api_"):
                yield f"{method} {label}", send(url, CALLS[label], content_type="application/json")
            else:
                yield (
                    f"{method} {label}",
                    client.generic("POST", url, FORMS[label], MULTIPART_CONTENT),
                )
    for method in rule.methods & {"post", "put", "patch"}:
        for body in JSON_BODIES if is_embedded else ():
            yield (
                f"{method} {body[:20]!r}",
                getattr(client, method)(url, body, content_type="application/json"),
            )


@pytest.mark.parametrize("route", sorted(RULES))
def test_hostile_input_never_breaks_a_route(in_the_world, sessions, visitor, route):
    visitor.cookies.clear()
    visitor.cookies[settings.SESSION_COOKIE_NAME] = sessions[person_for(RULES[route])]
    for sent, response in outcomes(route, visitor, in_the_world):
        assert response.status_code < 500, f"{route}: {sent}"
        if route.startswith("api_") and response.status_code >= 400:
            told = response.json()
            assert told["code"], f"{route}: {sent}: {told}"
            assert told["message"], f"{route}: {sent}: {told}"
        if response.status_code in {400, 422} and not route.startswith("api_"):
            assert len(response.content) > 200, f"{route}: {sent}: an empty page"


def test_a_refused_request_writes_no_event(in_the_world):
    client = Client()
    client.force_login(in_the_world.people["manager"])
    before = Event.objects.count()
    for label, text in HOSTILE.items():
        url = reverse("api_project_batches", args=["own"])
        body = {"name": "x", "overlap": text, "teams": ["House"]}
        response = client.post(url, json.dumps(body), content_type="application/json")
        assert response.status_code == 400, label
    assert Event.objects.count() == before


@pytest.mark.parametrize(
    ("route", "field"),
    [
        ("announcement_create", "teams"),
        ("project_create", "teams"),
        ("batch_create", "teams"),
        ("batch_teams", "teams"),
        ("campaign_batch", "teams"),
        ("dataset_create", "batches"),
    ],
)
def test_several_rows_are_not_asked_by_ids_that_none_can_have(in_the_world, route, field):
    client = Client()
    client.force_login(in_the_world.people["manager"])
    url = reverse(route, kwargs=RULES[route].kwargs(in_the_world))
    response = client.post(url, {field: "9" * 19})
    assert response.status_code == 422
    assert "is not a valid value" in response.content.decode()
