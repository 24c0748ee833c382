"""Announcements: who may tell whom, what people see until they have read it, and who has."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.errors import Conflict, DomainError
from labelops.notices import access
from labelops.notices.models import Announcement, Receipt
from labelops.notices.services import announcements
from tests.factories import make_member, make_project, make_team, make_user

pytestmark = pytest.mark.django_db
STATEMENTS_MOST = 12


@pytest.fixture
def house():
    return make_team(name="House")


@pytest.fixture
def vendor():
    return make_team(name="Vendor", kind="vendor")


@pytest.fixture
def mei(house):
    return make_member(house, Role.MANAGER, username="mei")


@pytest.fixture
def vera(vendor):
    return make_member(vendor, Role.MANAGER, username="vera")


@pytest.fixture
def ana(house):
    return make_member(house, username="ana", name="=cmd()")


@pytest.fixture
def vic(vendor):
    return make_member(vendor, username="vic")


def publish(by, *teams, **over):
    words = {"title": "Shifts", "text": "The *late* shift begins at **four**."}
    return announcements.publish(**words | over, teams=teams, by=by)


def test_managers_reach_their_teams_and_those_of_their_projects(house, vendor, mei, vera, client):
    elsewhere = make_team(name="Elsewhere")
    assert set(access.reached_teams(mei)) == {house}
    make_project(house, vendor)
    assert set(access.reached_teams(mei)) == {house, vendor}
    assert set(access.reached_teams(vera)) == {vendor}, "a vendor's only their own"
    form = {"title": "Shifts", "text": "Read.", "must_confirm": "on", "teams": [elsewhere.pk]}
    client.force_login(mei)
    for wrong in ({}, {"teams": []}, {"title": " "}, {"text": "x" * 10_001}, {"ends_on": "x"}):
        assert client.post("/announcements/new/", form | wrong).status_code == 422
    fine = form | {"teams": [house.pk, vendor.pk]}
    assert client.post("/announcements/new/", fine | {"ends_on": "2000-01-01"}).status_code == 422
    shown = client.post("/announcements/new/", fine | {"preview": "1", "text": "**bold** <b>"})
    assert b"<strong>bold</strong> &lt;b&gt;" in shown.content
    assert not Announcement.objects.exists()
    assert client.post("/announcements/new/", fine).status_code == 302
    made = Announcement.objects.get()
    assert (made.must_confirm, made.created_by, set(made.teams.all())) == (
        *(True, mei),
        {house, vendor},
    )
    # Words of the house are not the vendor's to withdraw, even where only their people read them.
    publish(mei, vendor)
    own = publish(vera, vendor)
    assert list(access.announcements(vera)) == [own]
    assert access.announcements(mei).count() == 3
    client.force_login(vera)
    assert client.get(reverse("announcement_detail", args=[made.pk])).status_code == 404


def test_it_stands_on_the_home_page_until_it_is_read(house, vendor, mei, ana, vic, client):
    publish(mei, house, title="Put me away", text="<script>alert(1)</script> *slanted*")
    confirmed = publish(mei, house, must_confirm=True, title="Confirm me")
    publish(mei, vendor, title="Elsewhere")
    client.force_login(ana)
    home = client.get("/").content.decode()
    assert home.index("Confirm me") < home.index("Put me away")
    assert "<em>slanted</em>" in home
    assert "<script>alert" not in home
    assert "Elsewhere" not in home
    for _twice in range(2):
        post = reverse("announcement_read", args=[confirmed.pk])
        assert client.post(post).status_code == 302
    assert Receipt.objects.get().person == ana
    assert "Confirm me" not in client.get("/").content.decode()
    verbs = list(Event.objects.about(confirmed).values_list("verb", flat=True))
    assert verbs == ["announcement.confirmed", "announcement.published"]
    client.force_login(vic)
    assert client.post(post).status_code == 404
    client.force_login(mei)
    assert "Put me away" not in client.get("/").content.decode(), "nobody is told their own words"


def test_it_ends_with_its_last_day_or_when_it_is_withdrawn(house, mei, ana):
    today = timezone.localdate()
    over = publish(mei, house, ends_on=today)
    assert over in access.unread_announcements(ana)
    Announcement.objects.filter(pk=over.pk).update(ends_on=today - timedelta(days=1))
    taken_back = publish(mei, house)
    announcements.withdraw(taken_back, by=mei)
    assert not access.unread_announcements(ana).exists()
    with pytest.raises(Conflict, match="withdrawn already"):
        announcements.withdraw(taken_back, by=mei)
    with pytest.raises(DomainError, match="past already"):
        publish(mei, house, ends_on=today - timedelta(days=1))
    for wrong in ({"title": "\x00"}, {"text": "  "}):
        with pytest.raises(DomainError, match="at most"):
            publish(mei, house, **wrong)
    with pytest.raises(DomainError, match="at least one team"):
        publish(mei)


def test_managers_see_who_has_read_it_and_who_has_not(house, vendor, mei, ana, vic, client):
    make_project(house, vendor)
    both = make_member(house, username="both")
    both.memberships.create(team=vendor, role=Role.ANNOTATOR)
    make_member(house, is_active=False)
    make_user("outsider")
    announcement = publish(mei, house, vendor, must_confirm=True)
    announcements.note_read(announcement, by=ana)
    announcements.note_read(announcement, by=vic)
    vic.memberships.all().delete()
    client.force_login(mei)
    [row] = client.get("/announcements/").context["page"].rows
    assert (row.read_count, row.unread_count) == (2, 1)
    address = reverse("announcement_detail", args=[announcement.pk])
    shown = {
        show: [
            reader.username for reader in client.get(address, {"show": show}).context["page"].rows
        ]
        for show in ("", "read", "unread")
    }
    assert shown["read"] == ["ana", "vic"]
    assert shown["unread"] == ["both"]
    assert sorted(shown[""]) == ["ana", "both", "vic"]
    counts = client.get(address).context["counts"]
    assert (counts.read, counts.unread) == (2, 1)
    assert client.get(address, {"show": "all"}).status_code == 400
    lines = client.get(reverse("announcement_readers", args=[announcement.pk])).getvalue().decode()
    rows = list(csv.DictReader(io.StringIO(lines)))
    assert [row["account"] for row in rows] == shown[""]
    assert rows[0]["name"] == "'=cmd()", "no formula"
    assert {row["account"]: row["teams"] for row in rows}["both"] == "House, Vendor"
    assert [bool(row["read_at"]) for row in rows].count(True) == 2
    assert client.post(reverse("announcement_withdraw", args=[announcement.pk])).status_code == 302
    assert b"withdrew the announcement" in client.get(address).content


def test_pages_cost_the_same_for_any_number_of_rows(house, mei, ana, client):
    client.force_login(mei)

    def count(address):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    announcement = publish(mei, house)
    pages = ["/announcements/", reverse("announcement_detail", args=[announcement.pk])]
    pages.append(reverse("announcement_readers", args=[announcement.pk]))
    few = [count(address) for address in pages]
    for _number in range(9):
        announcements.note_read(publish(mei, house), by=ana)
        announcements.note_read(announcement, by=make_member(house))
    assert [count(address) for address in pages] == few
    assert max(few) <= STATEMENTS_MOST
    client.force_login(ana)
    with CaptureQueriesContext(connection) as captured:
        client.get("/")
    asked = [query for query in captured if "notices_announcement" in (query["sql"] or "")]
    assert len(asked) == 1
