"""When the database is away people read so, and programs are told to come again."""

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from labelops.accounts import backends
from tests.factories import make_member, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(monkeypatch):
    client = Client(raise_request_exception=False)
    client.force_login(make_member(make_team()))

    def fall(error):
        def fetch(**_values):
            raise error

        monkeypatch.setattr(backends.person_with_standing, "fetch", fetch)
        return client

    return fall


def test_a_page_says_that_the_database_is_away(ana):
    response = ana(OperationalError("gone")).get(reverse("home"))
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert "moment" in response.content.decode()


def test_the_api_answers_503_in_its_own_shape(ana):
    address = reverse("api_assignment_next")
    response = ana(OperationalError("gone")).post(address, {}, content_type="application/json")
    assert response.status_code == 503
    assert response.json()["code"] == "unavailable"


def test_anything_else_is_a_500_without_details(ana):
    response = ana(RuntimeError("secret")).post(reverse("api_assignment_next"))
    assert response.status_code == 500
    assert response.json()["code"] == "server_error"
    assert "secret" not in response.content.decode()
