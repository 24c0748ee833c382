"""E through the API: a link to where we must not go is refused, and no packet is sent."""

import json
import os
import random
import socket

import pytest
from django.urls import reverse

from labelops.accounts.models import Role
from labelops.jobs.models import Job
from tests.bad_input.corpus import addresses
from tests.factories import make_member, make_project, make_team

pytestmark = pytest.mark.django_db
MUTATIONS = 150 if os.environ.get("LABELOPS_SOAK") else 3
PIECES = ["@", "#", "\\", "%00", "[", "]", ":", "..", "\u3002", "\t", "0x", "%2e", "\u212a", "/"]


@pytest.fixture
def send(client, monkeypatch):
    """Posts a link; whatever tried to connect or to look up a name fails the test."""
    monkeypatch.setattr(socket.socket, "connect", lambda *_to: pytest.fail("a connection"))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_to, **_how: pytest.fail("a look-up"))
    team = make_team()
    client.force_login(make_member(team, Role.MANAGER))
    address = reverse("api_import_create", args=[make_project(team).slug])

    def post(link):
        return client.post(address, json.dumps({"link": link}), content_type="application/json")

    return post


def test_a_link_to_where_we_must_not_go_is_refused_at_its_field(send):
    for row, links in addresses.LINKS.items():
        for link in links:
            refused = send(link)
            told = refused.json()
            assert (refused.status_code, told["field"]) == (400, "link"), (row, link)
            assert told["message"].endswith("."), (row, link)
    assert not Job.objects.exists()


@pytest.mark.once
def test_changed_links_are_refused_or_queued_and_nothing_is_sent(send):
    rng = random.Random(76)
    for link in (link for links in addresses.LINKS.values() for link in links):
        for _number in range(MUTATIONS):
            place = rng.randrange(len(link) + 1)
            response = send(link[:place] + rng.choice(PIECES) + link[place:])
            assert response.status_code in (202, 400)
            if response.status_code == 400:
                assert response.json()["message"]
