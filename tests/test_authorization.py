"""The authorization matrix: every route x method x person. A route without a rule fails.

Rules live in tests/authorization_rules.py. A person outside a rule's audience must be told
nothing: 404 for people who are logged in, the login page (or 401) for others.
"""

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse

from tests.authorization_rules import PUBLIC, RULES
from tests.authorization_world import CAST

pytestmark = pytest.mark.django_db

METHODS = ("get", "post", "put", "patch", "delete")
REACHED = {200, 201, 202, 204, 302, 304, 400, 403, 409, 410, 415, 422}


def routes(resolver=None):
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry)
        elif isinstance(entry, URLPattern):
            yield entry.name


ROUTES = sorted(set(routes()))


def test_every_route_has_a_name_and_a_rule():
    assert None not in ROUTES
    assert set(ROUTES) - set(RULES) == set(), "routes without an access rule"
    assert set(RULES) - set(ROUTES) == set(), "rules without a route"


def is_login(response):
    return response.status_code in {401} or (
        response.status_code == 302 and "/login/" in response.headers["Location"]
    )


def send(client, method, route, world):
    rule = RULES[route]
    url = reverse(route, kwargs=rule.kwargs(world))
    if route.startswith("api_"):
        return getattr(client, method)(url, data={}, content_type="application/json")
    return getattr(client, method)(url)


@pytest.fixture(scope="module")
def sessions(world, django_db_blocker):
    """The key of everybody's session: a login for each route took a quarter of the time."""
    keys = {}
    with django_db_blocker.unblock():
        for person in CAST:
            if person != "anonymous":
                client = Client()
                client.force_login(world.people[person])
                keys[person] = client.session.session_key
    return keys


@pytest.fixture(scope="module")
def visitor():
    """One client for all, as each would build the whole middleware anew."""
    return Client()


@pytest.mark.parametrize("route", ROUTES)
def test_the_matrix(in_the_world, sessions, visitor, route):
    for person in CAST:
        visitor.cookies.clear()
        if person != "anonymous":
            visitor.cookies[settings.SESSION_COOKIE_NAME] = sessions[person]
        # Each person meets the same world: what the one before changed is rolled back.
        with transaction.atomic():
            check(route, person, visitor, in_the_world)
            transaction.set_rollback(True)


def check(route, person, client, world):
    rule = RULES[route]
    for method in asked_of_each(route):
        response = send(client, method, route, world)
        status = response.status_code
        where = f"{method.upper()} {route} as {person}: {status}"
        if method not in rule.methods:
            assert status in {404, 405} or is_login(response), where
        elif rule.audience == PUBLIC:
            assert status in REACHED | {404}, where
        elif person == "anonymous":
            assert is_login(response), where
        elif person in rule.audience:
            assert status in REACHED, where
        else:
            assert status == 404, where


def asked_of_each(route):
    """An API looks at the person before the method; no database knows which methods it takes."""
    is_asked_all = route.startswith("api_") and connection.vendor == "sqlite"
    return [method for method in METHODS if is_asked_all or method in RULES[route].methods]


class Anybody:
    """Of them nothing can be asked but whether they are logged in."""

    is_authenticated = True


@pytest.mark.once
@pytest.mark.parametrize("route", [route for route in ROUTES if not route.startswith("api_")])
def test_pages_refuse_other_methods_before_they_look_at_the_person(in_the_world, route):
    rule = RULES[route]
    url = reverse(route, kwargs=rule.kwargs(in_the_world))
    view, arguments, keywords = resolve(url)
    for method in sorted({*METHODS} - rule.methods):
        request = RequestFactory().generic(method, url)
        request.user = Anybody()
        assert view(request, *arguments, **keywords).status_code == 405, method
