"""The search: ids, batches, files and people of the reader's projects, and of no others."""

import pytest
from django.urls import reverse

from labelops.accounts.models import Role
from tests.factories import make_batch, make_item, make_member, make_published_project, make_team
from tests.tasks.imports import import_bytes

pytestmark = pytest.mark.django_db


def found(client, words):
    return client.get(reverse("search"), {"q": words}).context["found"]


def test_items_batches_files_and_people_are_found(client):
    team = make_team()
    project = make_published_project(team, slug="birds")
    mei = make_member(team, Role.MANAGER)
    ana = make_member(team, name="Ana Lima")
    item = make_item(project, external_id="img/7.jpg")
    batch = make_batch(project, team, name="Dusk 7")
    job = import_bytes(project, b"id,text\na,b\n", name="dusk.csv")
    client.force_login(mei)
    assert found(client, "img/7.jpg").items == [item]
    assert found(client, "img/7").is_empty
    dusk = found(client, "dusk")
    assert (dusk.batches, [row.job for row in dusk.transfers]) == ([batch], [job])
    assert [(row.person, row.name) for row in found(client, "lima").people] == [(ana, "Ana Lima")]
    assert "Nothing is called" in client.get(reverse("search"), {"q": "owl"}).text

    client.force_login(make_member(team, Role.EXPERT))
    assert found(client, "lima").is_empty
    assert not found(client, "dusk").transfers
    [row] = found(client, ana.pseudonym).people
    assert row.name == ana.pseudonym

    client.force_login(make_member(make_team(), Role.MANAGER))
    for words in ("img/7.jpg", "dusk", "lima", ana.pseudonym):
        assert found(client, words).is_empty
