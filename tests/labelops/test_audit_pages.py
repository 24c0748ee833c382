"""The page of the audit log: who reads what, the filters, and the same rows as CSV."""

import csv
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from labelops import lists
from labelops.accounts.models import Role, Team
from labelops.audit import exports, reports, sealing
from labelops.audit.models import Event
from labelops.audit.services import record
from tasks.services import batches
from tests.factories import (
    make_batch,
    make_gold,
    make_item,
    make_member,
    make_membership,
    make_project,
    make_published_project,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db
PAGE = "/audit/"
STATEMENTS = 12


@pytest.fixture
def house():
    return make_team(name="House")


@pytest.fixture
def mei(house):
    return make_member(house, Role.MANAGER, username="mei", name="Mei Tan")


@pytest.fixture
def birds(house, mei):
    """A project with a batch that got another name, and an item of its exam."""
    project = make_published_project(house, slug="birds", name="Birds")
    batch = make_batch(project, house, name="first", overlap=1)
    batches.update_batch(batch, by=mei, name="<b>second</b>")
    record(None, "item.reserved", make_item(project, external_id="i1"), reason="exam")
    return batch


@pytest.fixture
def op():
    return make_user("op", is_staff=True)


def seal():
    while sealing.seal_up_to(Event.objects.latest("id").pk):
        pass


def client_of(person):
    client = Client()
    client.force_login(person)
    return client


def rows_on(client, **query):
    response = client.get(PAGE, query)
    assert response.status_code == 200, response.content
    return response.context["page"].rows


def verbs_on(client, **query):
    return [row.verb for row in rows_on(client, **query)]


def csv_of(client, **query):
    response = client.get(reverse("audit_csv"), query)
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(b"".join(response.streaming_content).decode().splitlines()))


def test_a_manager_reads_what_happened_in_words(birds, mei):
    client = client_of(mei)
    assert rows_on(client) == []
    seal()
    text = client.get(PAGE).content.decode()
    assert "changed the batch" in text
    assert "Mei Tan" in text
    assert "&lt;b&gt;second&lt;/b&gt;" in text
    assert f'href="/batches/{birds.pk}/"' in text
    assert "for the exam" in text
    [row] = rows_on(client, verb="batch.changed")
    assert [(one.key, one.before, one.after) for one in row.differences] == [
        ("name", "first", "<b>second</b>")
    ]
    assert (row.project.name, row.about.noun) == ("Birds", "batch")
    assert len(row.seal.sha256) == 64
    [reserved] = rows_on(client, person="*", verb="item.reserved")
    assert (reserved.who, reserved.about.name) == ("LabelOps", "i1")


def test_people_read_only_what_is_theirs(birds, mei, op, house):
    team = make_team(name="Elsewhere")
    other = make_member(team, Role.MANAGER, username="other")
    project = make_project(team, slug="fish", name="Fish")
    record(other, "project.changed", project, reason="secret plan")
    vendor = make_team(kind=Team.Kind.VENDOR)
    project.teams.add(vendor)
    seal()
    assert "secret plan" not in client_of(mei).get(PAGE).content.decode()
    assert [row.reason for row in rows_on(client_of(other))] == ["secret plan"]
    assert client_of(mei).get(PAGE, {"project": "fish"}).status_code == 404
    assert verbs_on(client_of(mei), object=f"tasks.project:{project.pk}") == []
    assert verbs_on(client_of(mei), person="other") == []
    [row] = rows_on(client_of(op), project="fish")
    assert (row.about.name, row.about.url) == ("Fish", "")
    for nobody in (
        make_member(vendor, Role.MANAGER),
        make_member(house, Role.EXPERT),
        make_member(house, Role.ANNOTATOR),
    ):
        for address in (PAGE, reverse("audit_csv")):
            assert client_of(nobody).get(address).status_code == 404
        assert "Audit log" not in client_of(nobody).get("/").content.decode()
    assert "Audit log" in client_of(mei).get("/").content.decode()
    assert rows_on(client_of(make_member(make_team(), Role.MANAGER))) == []


def test_operators_read_what_is_not_sealed_yet_and_of_people(birds, mei, op):
    record(op, "team.changed", birds.teams.get(), reason="a new region")
    record(op, "person.suspended", mei)
    client = client_of(op)
    text = client.get(PAGE).content.decode()
    assert "not sealed yet" in text
    first = [row.number for row in rows_on(client)]
    sealing.seal_up_to(Event.objects.latest("id").pk - 1)
    rows = rows_on(client)
    assert [row.number for row in rows] == first == sorted(first, reverse=True)
    assert [row.seal is None for row in rows][:2] == [True, False]
    seal()
    [row] = rows_on(client, verb="team.changed")
    assert row.about.url == f"/people/teams/{birds.teams.get().pk}/"
    assert csv_of(client, verb="team.changed")[0]["reason"] == "a new region"
    assert verbs_on(client_of(mei), person="op") == []


def test_gold_is_told_to_those_alone_who_may_know_it(birds, mei, op, house):
    gold = make_gold(birds.project)
    record(mei, "gold.written", gold, after={"answer": {"species": "wren"}})
    labels_too = make_user("both", is_staff=True)
    make_membership(labels_too, house, Role.ANNOTATOR)
    assert "gold.written" in verbs_on(client_of(op))
    assert "gold.written" not in verbs_on(client_of(labels_too))
    seal()
    assert "gold.written" in verbs_on(client_of(mei))
    assert "gold.written" in verbs_on(client_of(op), project="birds")
    for query in ({}, {"project": "birds"}, {"verb": "gold.written"}):
        assert "gold.written" not in verbs_on(client_of(labels_too), **query)
        assert "wren" not in str(csv_of(client_of(labels_too), **query))


def test_filters_narrow_together(birds, mei, op):
    record(op, "batch.paused", birds, reason="lunch")
    record(op, "model.exploded", birds, after={"size": [1, {"a": 2}]})
    seal()
    client = client_of(mei)
    assert verbs_on(client, person="OP") == ["model.exploded", "batch.paused"]
    assert verbs_on(client, person="op", verb="batch.paused", project="birds") == ["batch.paused"]
    mark = f"tasks.batch:{birds.pk}"
    assert verbs_on(client, object=mark, person="op", verb="batch.closed") == []
    assert set(verbs_on(client, object=mark)) > {"batch.paused"}
    assert "model.exploded</a>" in client.get(PAGE, {"verb": "model.exploded"}).content.decode()
    record(make_user("José, 2nd ann."), "batch.closed", birds)
    seal()
    assert verbs_on(client, person="José, 2nd ann.") == ["batch.closed"]
    today = timezone.localdate()
    yesterday, tomorrow = today - timedelta(days=1), today + timedelta(days=1)
    everything = verbs_on(client)
    assert verbs_on(client, since=yesterday, until=tomorrow) == everything
    assert verbs_on(client, until=yesterday - timedelta(days=1)) == []
    assert verbs_on(client, since=tomorrow + timedelta(days=1)) == []
    assert verbs_on(client, person="op", since=yesterday) == ["model.exploded", "batch.paused"]
    assert "No event that you may see" in client.get(PAGE, {"person": "nobody"}).content.decode()
    assert verbs_on(client_of(op), since=yesterday, verb="batch.paused") == ["batch.paused"]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"since": "yesterday"}, "is not a day"),
        ({"until": "0001-01-01"}, "Write it as 2026-11-28"),
        ({"verb": "DROP TABLE"}, "Choose one of the listed actions"),
        ({"person": "a b\x00"}, "not the name of an account"),
        ({"object": "tasks.batch"}, "not the mark of an object"),
        ({"order": "who"}, "no filter “order”"),
        ({"cursor": "forged"}, "page marker"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(birds, mei, query, sentence):
    response = client_of(mei).get(PAGE, query)
    assert response.status_code == 400
    assert sentence in response.content.decode()


def test_pages_follow_each_other_whoever_reads(birds, mei, op, house, monkeypatch):
    """Several projects, one of them quiet for long; nothing is left out or met twice."""
    monkeypatch.setattr(reports, "PAGE_SIZE", 4)
    monkeypatch.setattr(exports, "CHUNK", 3)
    quiet = make_project(house, slug="quiet")
    record(mei, "project.changed", quiet)
    busy = make_project(house, slug="busy")
    for _number in range(7):
        record(mei, "project.changed", busy)
        record(op, "batch.changed", birds)
    record(mei, "project.changed", quiet)
    seal()
    record(mei, "project.changed", busy)
    for person, known in ((mei, {"birds", "quiet", "busy"}), (op, None)):
        client, query, met = client_of(person), {}, []
        while query is not None:
            page = client.get(PAGE, query).context["page"]
            met += [row.number for row in page.rows]
            query = {"cursor": page.next_cursor} if page.next_cursor else None
        wanted = Event.objects.order_by("-id")
        if known:
            wanted = wanted.filter(seal__project_id__isnull=False)
        assert met == list(wanted.values_list("pk", flat=True))
        assert [int(row["event"]) for row in csv_of(client)] == met
    assert len(verbs_on(client_of(mei), project="quiet")) == 2


def test_csv_is_safe_to_open(birds, mei):
    record(mei, "batch.paused", birds, reason="=HYPERLINK(1)", after={"state": "paused"})
    seal()
    [row] = csv_of(client_of(mei), verb="batch.paused")
    assert row["reason"] == "'=HYPERLINK(1)"
    assert row["after"] == '{"state": "paused"}'
    assert (row["account"], row["project"], row["action"]) == ("mei", "birds", "paused the batch")
    assert len(row["sha256"]) == 64


def test_the_cost_of_a_page_is_constant(birds, mei, op, house):
    make_membership(op, make_team(), Role.MANAGER)
    query = {
        "person": "mei",
        "verb": "batch.changed",
        "since": timezone.localdate() - timedelta(days=2),
        "until": timezone.localdate() + timedelta(days=2),
    }

    def statements():
        counts = []
        for client in (client_of(mei), client_of(op)):
            for filters in ({}, query, {"project": "birds"}):
                with CaptureQueriesContext(connection) as captured:
                    assert client.get(PAGE, filters).status_code == 200
                counts.append(len(captured))
        return counts

    seal()
    few = statements()
    for number in range(3):
        project = make_project(house, slug=f"more{number}")
        record(mei, "project.changed", project)
        for kind in ("item", "gold"):
            made = make_item(project) if kind == "item" else make_gold(project)
            record(mei, f"{kind}.added", made)
        for _row in range(30):
            record(mei, "batch.changed", birds, after={"overlap": 3})
    seal()
    record(mei, "batch.changed", birds)
    many = statements()
    assert many == few
    assert max(many) <= STATEMENTS
    assert lists.PAGE_SIZE == 50
