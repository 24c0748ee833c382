"""B 39-40 over HTTP: dates and booleans are what they say, or refused at their field."""

import json

import pytest
from django.urls import reverse

from labelops.accounts.models import Role
from tasks.models import Batch
from tests.bad_input.corpus.texts import DATES, NO_BOOLEANS
from tests.factories import make_batch, make_item, make_member, make_project, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(client):
    team = make_team()
    client.force_login(make_member(team, Role.MANAGER, time_zone="Europe/Lisbon"))
    return make_project(team)


def post(client, address, body):
    return client.post(address, json.dumps(body), content_type="application/json")


def test_what_is_no_moment_is_refused_at_its_field(client, project):
    address = reverse("api_project_batches", args=[project.slug])
    team = project.teams.get()
    for date in DATES:
        refused = post(client, address, {"name": "x", "teams": [team.name], "due_at": date})
        told = refused.json()
        assert (refused.status_code, told["code"], told["field"]) == (400, "bad_date", "due_at"), (
            date
        )
    assert not Batch.objects.exists()


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("2026-06-01T12:00:00+03:00", "2026-06-01T09:00:00+00:00"),
        # Without a zone it is the sender's: Lisbon is an hour ahead in summer.
        ("2026-06-01T12:00:00", "2026-06-01T11:00:00+00:00"),
    ],
)
def test_a_moment_is_stored_in_utc(client, project, sent, stored):
    address = reverse("api_project_batches", args=[project.slug])
    body = {"name": "x", "teams": [project.teams.get().name], "due_at": sent}
    assert post(client, address, body).status_code == 201
    assert Batch.objects.get().due_at.isoformat() == stored


def test_a_moment_that_no_clock_shows_is_refused(client, project):
    """At the change to summer time the clocks of Lisbon jump from 1:00 to 2:00."""
    address = reverse("api_project_batches", args=[project.slug])
    body = {"name": "x", "teams": [project.teams.get().name], "due_at": "2026-03-29T01:30:00"}
    refused = post(client, address, body)
    assert (refused.status_code, refused.json()["field"]) == (400, "due_at")


def test_what_is_no_boolean_is_refused_at_its_field(client, project):
    batch = make_batch(project)
    make_item(project)
    address = reverse("api_batch_items", args=[batch.pk])
    for value in NO_BOOLEANS:
        refused = post(client, address, {"all": value})
        assert (refused.status_code, refused.json()["field"]) == (400, "all"), value
    assert not batch.tasks.exists()
    assert post(client, address, {"all": True}).json()["added"] == 1
