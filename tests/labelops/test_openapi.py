"""The API describes itself completely, and only to people who are logged in."""

import io

import pytest
from django.core.management import call_command
from django.urls import reverse

from labelops import api
from labelops.accounts.models import Role
from tests.factories import make_member, make_team

pytestmark = pytest.mark.django_db


def test_the_description_has_no_gaps():
    call_command(
        "spectacular", "--validate", "--fail-on-warn", stdout=io.StringIO(), stderr=io.StringIO()
    )


def test_every_route_is_described(client):
    client.force_login(make_member(make_team(), Role.EXPERT))
    described = client.get(reverse("api_schema")).json()["paths"]
    assert len(described) == len(api.urlpatterns) - 1


def test_strangers_get_no_description(client):
    assert client.get(reverse("api_schema")).status_code in {401, 403}
