"""The matrix of people and teams, and what a vendor's manager reads of their own people."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from labelops.accounts.models import Role, Team, User
from reviews.models import PersonRollup, TrustStanding
from reviews.reports.dashboard_filters import since
from reviews.services import rollups, trust
from tasks.services import suspensions
from tasks.services.qualifications import set_level
from tests.factories import make_batch, make_member, make_published_project, make_team
from tests.reviews.checks import make_checks, spread

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return make_team(name="House", region="Lisbon")


@pytest.fixture
def vendor():
    return make_team(name="Vendor", kind=Team.Kind.VENDOR, region="Manila")


@pytest.fixture
def birds(house, vendor):
    project = make_published_project(house, vendor, slug="birds", name="Birds")
    make_batch(project, house, vendor, name="checks")
    return project


@pytest.fixture
def trees(house):
    project = make_published_project(house, slug="trees", name="Trees")
    make_batch(project, house, name="checks")
    return project


@pytest.fixture
def mei(client, house):
    mei = make_member(house, Role.MANAGER, name="Mei")
    client.force_login(mei)
    return mei


def checked(project, person, rights, level=None, **over):
    make_checks(project, person, rights, **over)
    if level is not None:
        set_level(project, person, level=level, by=person, reason="known")
    return trust.assess(project.pk, person.pk)


def get(client, **query):
    return client.get(reverse("people_matrix"), query)


def shown(client, **query):
    rollups.count_changes()
    return get(client, **query).context["matrix"]


def names(matrix):
    return [row.name for row in matrix.people]


def test_falling_then_suspended_then_nearest_and_who_works_where(
    client, mei, house, vendor, birds, trees
):
    far, near, paused, falling = (make_member(house, name=name) for name in "FNPX")
    outside = make_member(vendor, name="O")
    for person in (far, near):
        set_level(birds, person, level=1, by=mei, reason="known")
    checked(birds, far, spread(10, 10))
    checked(birds, near, spread(50, 50))
    checked(birds, falling, "www")
    suspensions.suspend(trees, paused, reason="A pause.", days=1, by=mei)
    checked(trees, paused, "r")
    matrix = shown(client)
    assert names(matrix) == ["X", "P", "N", "F", "O"]
    assert [project.name for project in matrix.columns] == ["Birds", "Trees"]
    by_name = {row.name: row for row in matrix.people}
    assert by_name["X"].cells[0].is_falling
    assert by_name["P"].cells[1].suspended_until
    assert by_name["N"].cells[0].is_near
    assert not by_name["F"].cells[0].is_near
    assert [cell is None for cell in by_name["O"].cells] == [False, True]
    near_cell = by_name["N"].cells[0]
    assert (near_cell.level, near_cell.evidence.right, near_cell.evidence.n) == (1, 50, 50)
    opened = client.get(reverse("checked_answers", args=["birds"]) + f"?{near_cell.query}")
    assert len(opened.context["page"].rows) == 50
    page = get(client).content.decode()
    assert reverse("trust_person", args=["birds", near.pk]) in page
    assert "falling" in page
    assert outside.pseudonym not in page


def test_trends_hold_four_weeks_against_the_four_before(client, mei, house, birds):
    ana = make_member(house, name="Ana")
    for ago, right in ((5, 19), (1, 8)):
        checked(birds, ana, spread(right, 20), now=timezone.now() - timedelta(weeks=ago))
    checked(birds, ana, "w" * 9, now=timezone.now() - timedelta(weeks=9))
    matrix = shown(client)
    [person], [team] = (
        [row.cells[0] for row in matrix.people],
        [row.cells[0] for row in matrix.teams if row.team == house],
    )
    for cell in (person, team):
        assert (cell.trend.arrow, cell.trend.words, cell.trend.points) == ("▼", "down", -55)
    assert (team.right, team.n) == (27, 40)
    opened = client.get(reverse("checked_answers", args=["birds"]) + f"?{team.query}")
    assert len(opened.context["page"].rows) == 40


def test_filters_by_team_region_and_project(client, mei, house, vendor, birds, trees):
    make_member(house, name="H")
    make_member(vendor, name="V")
    assert names(shown(client, team=vendor.pk)) == ["V"]
    assert names(shown(client, region="Lisbon")) == ["H"]
    only_birds = shown(client, skill="birds")
    assert [project.slug for project in only_birds.columns] == ["birds"]
    assert [row.team.name for row in only_birds.teams] == ["House", "Vendor"]
    assert names(shown(client, skill="trees")) == ["H"]
    assert names(shown(client, team=vendor.pk, skill="trees")) == []
    other = make_published_project(make_team(), slug="other")
    for query in (
        {"skill": other.slug},
        {"region": "Atlantis"},
        {"team": "999"},
        {"page": "0"},
        {"page": "1e1"},
        {"as": "pdf"},
        {"colour": "red"},
    ):
        assert get(client, **query).status_code == 400, query


def test_names_are_for_those_who_manage_and_nobody_reads_their_own_row(
    client, house, vendor, birds
):
    expert = make_member(house, Role.EXPERT, name="Elena")
    ana, model = make_member(vendor, name="Ana"), make_member(vendor, kind=User.Kind.MODEL)
    checked(birds, expert, "r")
    client.force_login(expert)
    assert set(names(shown(client))) == {ana.pseudonym, model.pseudonym}
    text = get(client).content.decode()
    assert "Ana" not in text
    assert ">model<" in text


def test_the_matrix_costs_the_same_for_any_number_of_people_and_projects(
    client, mei, house, vendor, birds
):
    def statements(**query):
        rollups.count_changes()
        with CaptureQueriesContext(connection) as captured:
            assert get(client, **query).status_code == 200
        return len(captured)

    def grow(number):
        project = make_published_project(house, vendor, slug=f"more-{number}")
        for team in (house, vendor):
            checked(project, make_member(team), "rrw", level=1)

    grow(1)
    few = statements()
    for number in range(2, 5):
        grow(number)
    assert statements() == few
    assert few <= 12


def test_a_house_without_projects_reads_what_to_do(client, mei):
    assert "Nobody labels in your projects yet" in get(client).content.decode()


def test_a_page_holds_fifty_people_and_the_file_all(client, mei, house, birds):
    for number in range(51):
        make_member(house, name=f"=Person {number}")
    first = get(client)
    assert len(first.context["matrix"].people) == 50
    assert len(get(client, page=2).context["matrix"].people) == 1
    assert "page=2" in first.content.decode()
    lines = list(csv.reader(io.StringIO(get(client, **{"as": "csv"}).getvalue().decode())))
    assert sum(line[0] == "person" for line in lines) == 51
    assert lines[1][1].startswith("'=Person")
    assert [line[1] for line in lines if line[0] == "team"] == ["House", "Vendor"]


def worked(batch, person, team, **sums):
    PersonRollup.objects.create(batch=batch, person=person, team=team, week=since(1), **sums)


def test_a_vendors_manager_reads_yield_of_their_own_people_and_nothing_of_gold(
    client, house, vendor, birds, trees
):
    vera = make_member(vendor, Role.MANAGER)
    ana, bo, own = make_member(vendor, name="Ana"), make_member(vendor), make_member(house)
    batch = birds.batches.get()
    work = {"labels": 40, "accepted": 30, "fixed": 6, "rejected": 4, "measured": 9, "right": 2}
    worked(batch, ana, vendor, **work, timed=40, active_ms=200_000)
    worked(batch, bo, vendor, labels=3, accepted=1, timed=3, active_ms=3_000)
    worked(batch, ana, house, labels=7, accepted=7)
    worked(batch, own, house, labels=50, accepted=50)
    set_level(birds, ana, level=2, by=vera, reason="known")
    TrustStanding.objects.create(project=birds, person=ana, n=77, right=66)
    client.force_login(vera)
    address = reverse("vendor_people", args=[vendor.pk])
    response = client.get(address)
    first, second = response.context["rows"]
    assert (first.person, first.level, first.labels) == (ana, 2, 40)
    assert (first.passed.count, first.passed.n, first.seconds) == (30, 40, 5.0)
    assert (second.person, second.seconds) == (bo, None)
    text = response.content.decode()
    for hidden in (own.name or own.username, own.pseudonym, "/projects/"):
        assert hidden not in text, hidden
    # As words: tokens are random, and hold any two digits.
    assert not re.search(r"\b(77|66)\b", text)
    assert "30,40,5.0" in client.get(address, {"as": "csv"}).getvalue().decode()
    assert client.get(reverse("people_matrix")).status_code == 404
    assert client.get(reverse("vendor_people", args=[house.pk])).status_code == 404
