"""Hostile input to every route: never a 500, never half a change, always a sentence."""

import json
from functools import partial

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
QUERIES = {label: {"cursor": text, "state": text} for label, text in SENDABLE.items()}
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


class Noting(dict):
    """The environment of a request, which notes whether anybody looked at its query."""

    was_queried = False

    def get(self, key, default=None):
        self.was_queried |= key == "QUERY_STRING"
        return super().get(key, default)

    def __getitem__(self, key):
        self.was_queried |= key == "QUERY_STRING"
        return super().__getitem__(key)


class Visitor(Client):
    def _base_environ(self, **request):
        self.sent = Noting(super()._base_environ(**request))
        return self.sent

    def was_heard(self):
        """Whether the page looked at the query, or at the body, that it was sent."""
        has_query = dict.get(self.sent, "QUERY_STRING")
        return self.sent.was_queried if has_query else self.sent["wsgi.input"].read_started


@pytest.fixture(scope="module")
def visitor():
    """One client for all, as each would build the whole middleware anew."""
    return Visitor(raise_request_exception=True)


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
    left_out = set() if connection.vendor == "sqlite" else LIKE_ANY_TEXT
    show = partial(client.get, url)
    if "get" in rule.methods:
        yield from while_heard(client, "GET", without(left_out, QUERIES), show)
    for method in rule.methods & {"post", "put", "patch"}:
        for sent, response in changes(route, client, method, url, left_out):
            yield sent, response
            if response.status_code < 400 and "get" in rule.methods:
                yield f"GET after {sent}", show()


def changes(route, client, method, url, left_out):
    send = partial(getattr(client, method), url, content_type="application/json")
    if route.startswith("api_"):
        yield from while_heard(client, method, without(left_out, CALLS), send)
    else:
        post = partial(client.generic, "POST", url, content_type=MULTIPART_CONTENT)
        yield from while_heard(client, method, without(left_out, FORMS), post)
    if connection.vendor == "sqlite":
        yield from while_heard(client, method, {body[:20]: body for body in JSON_BODIES}, send)


def without(left_out, hostile):
    return {label: sent for label, sent in hostile.items() if label not in left_out}


def while_heard(client, method, hostile, send):
    """Send one after the other; nothing can break a page that does not look at what it is sent."""
    for label, sent in hostile.items():
        response, is_heard = send(sent), client.was_heard()
        yield f"{method} {label!r}", response
        if sent and not is_heard:
            return


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
