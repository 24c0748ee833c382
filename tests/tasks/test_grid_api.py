"""The grid over HTTP, and its page."""

import uuid

import pytest

from tests.factories import make_batch, make_task

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(project, team):
    made = make_batch(project, team, overlap=1)
    for _number in range(3):
        make_task(made)
    return made


@pytest.fixture
def call(client, ana):
    client.force_login(ana)

    def called(name, sent):
        return client.post(f"/api/v1/grid/{name}/", sent, content_type="application/json")

    return called


def test_a_page_goes_through_its_whole_life(call, batch):
    told = call("next", {"batch": batch.pk, "value": "robin"}).json()
    assert (told["value"], told["control"]["name"]) == ("robin", "species")
    ids = [entry["assignment"] for entry in told["items"]]
    assert len(ids) == 3
    assert set(told["items"][0]) == {"assignment", "item"}
    assert call("next", {"batch": batch.pk, "value": "robin", "known": ids}).json()["items"] == []
    rows = [
        {"assignment": id, "request_id": str(uuid.uuid4()), "answer": {"species": "robin"}}
        for id in ids
    ]
    sent = call("submit", {"rows": rows, "active_ms": 900})
    assert [fate["error"] for fate in sent.json()] == [{}, {}, {}]
    for name in ("undo", "heartbeat", "release"):
        assert [fate["error"] for fate in call(name, {"assignments": ids}).json()] == [{}, {}, {}]


@pytest.mark.parametrize(
    ("name", "sent", "field"),
    [
        ("next", {}, "batch"),
        ("next", {"batch": 0}, "batch"),
        ("next", {"batch": 1, "count": 500}, "count"),
        ("submit", {"rows": []}, "rows"),
        ("undo", {"assignments": ["x"]}, "assignments"),
        ("heartbeat", {"assignments": []}, "assignments"),
        ("next", {"batch": 1, "after": "x"}, "after"),
        ("release", {"assignments": [str(uuid.uuid4())] * 121}, "assignments"),
    ],
)
def test_bad_input_names_its_field(call, name, sent, field):
    refused = call(name, sent)
    assert refused.status_code == 400
    assert refused.json()["field"].startswith(field)


def test_a_class_must_be_named_and_known(call, batch):
    for value in (None, "dodo"):
        refused = call("next", {"batch": batch.pk, "value": value})
        assert (refused.status_code, refused.json()["field"]) == (400, "value")


def test_at_most_a_page_is_submitted_at_once(call, batch):
    row = {"assignment": str(uuid.uuid4()), "answer": {}}
    rows = [row | {"request_id": str(uuid.uuid4())} for _number in range(61)]
    assert call("submit", {"rows": rows}).status_code == 400


def test_the_page_is_there_only_where_the_grid_suits(client, ana, team, project, batch):
    client.force_login(ana)
    page = client.get(f"/label/{batch.pk}/grid/")
    assert page.status_code == 200
    assert b"label-grid" in page.content
    after = make_batch(project, team, suggestions="after")
    assert client.get(f"/label/{after.pk}/grid/").headers["Location"] == f"/label/{after.pk}/"


def test_home_links_to_the_grid_where_it_suits(client, ana, team, project, batch):
    after = make_batch(project, team, suggestions="after")
    client.force_login(ana)
    page = client.get("/").content.decode()
    assert f"/label/{batch.pk}/grid/" in page
    assert f"/label/{after.pk}/grid/" not in page
