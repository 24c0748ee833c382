"""Statements as pages, print views and files: who sees what, what opens what, and at what cost."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labelops.accounts.models import Role, Team
from reviews.models import ClosedMonth, Lesson, LessonProgress, WorkDay
from reviews.services import statements
from tests.factories import (
    make_batch,
    make_member,
    make_membership,
    make_published_project,
    make_team,
    make_user,
)
from tests.reviews.pay import HOUR, MARCH, make_work_day, set_rates

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team(name="House")


@pytest.fixture
def vendor():
    return make_team(name="Vendor", kind=Team.Kind.VENDOR)


@pytest.fixture
def batch(team, vendor):
    project = make_published_project(team, vendor, slug="birds", name="Birds")
    return make_batch(project, team, vendor, name="Spring")


@pytest.fixture
def mei(client, team):
    mei = make_member(team, Role.MANAGER)
    client.force_login(mei)
    return mei


@pytest.fixture
def ana(team):
    return make_member(team, username="ana", name="Ana")


@pytest.fixture
def bo(vendor):
    return make_member(vendor, username="bo", name="=Bo")


@pytest.fixture
def march(batch, team, vendor, ana, bo, mei):
    """Ana labels and reviews in the house, Bo labels for the vendor, and reads."""
    set_rates(batch.project, mei, annotate_2="0.10", review_2="0.20", reading="6", floor="12")
    set_rates(batch.project, mei, vendor, annotate_2="0.05", floor="0")
    make_work_day(batch, ana, team)
    make_work_day(batch, ana, team, date(2026, 3, 2), stage="review", done=10)
    make_work_day(batch, bo, vendor, date(2026, 3, 2), done=40, reading_ms=HOUR // 4)


def get(client, name="project_pay", args=("birds",), **query):
    return client.get(reverse(name, args=args), {"month": "2026-03", **query})


def rows(table):
    return [[cell.text for cell in row] for row in table.rows]


def opened(client, address, cell):
    """The table that a figure opens."""
    response = client.get(f"{address}?{cell.query}")
    assert response.status_code == 200
    return response.context["page"].tables


def test_a_manager_sees_every_team_and_person_and_each_figure_opens_its_table(client, march):
    page = get(client).context["page"]
    assert page.total == "27.50"
    assert dict(page.parts)["Top-up to the floor"] == "12.00"
    assert rows(page.tables["lines"]) == [
        ["Spring", "labeling", "2", "40", "1.00", "0.05", "2.00"],
        ["Spring", "labeling", "2", "100", "1.00", "0.10", "10.00"],
        ["Spring", "review", "2", "10", "1.00", "0.20", "2.00"],
        ["Spring", "hours of reading", "–", "–", "0.25", "6.00", "1.50"],
        ["–", "top-up to the floor", "–", "–", "2.00", "–", "12.00"],
    ]
    assert [(row[0], row[-1]) for row in rows(page.tables["team"])] == [
        ("House", "24.00"),
        ("Vendor", "3.50"),
    ]
    assert [(row[0], row[-1]) for row in rows(page.tables["person"])] == [
        ("=Bo", "3.50"),
        ("Ana", "24.00"),
    ]
    address = reverse("project_pay", args=["birds"])
    label_line = page.tables["lines"].rows[1]
    people = opened(client, address, label_line[-1])["detail"]
    assert rows(people) == [["Ana", "House", "100", "1.00", "0.10", "10.00"]]
    days = opened(client, address, people.rows[0][-1])["detail"]
    assert rows(days) == [["March 1, 2026", "labeling", "2", "100", "1.00", "0.10", "10.00"]]
    ana = opened(client, address, page.tables["person"].rows[1][0])
    assert [row[-1] for row in rows(ana["lines"])] == ["10.00", "2.00", "12.00"]
    floor = opened(client, address, ana["lines"].rows[-1][-1])["detail"]
    assert [row[-1] for row in rows(floor)] == ["10.00", "2.00", "12.00"]
    reading = opened(client, address, page.tables["lines"].rows[3][-1])["detail"]
    assert rows(opened(client, address, reading.rows[0][-1])["detail"]) == [
        ["March 2, 2026", "labeling", "2", "40", "0.25", "6.00", "1.50"]
    ]


def test_a_person_sees_their_own_earnings_and_what_they_finished(client, march, batch, ana, team):
    other = make_batch(make_published_project(team, name="Ants"), team, name="Autumn")
    make_work_day(other, ana, team, date(2026, 3, 3), done=3)
    lesson = Lesson.objects.create(project=batch.project, position=1, title="Wrens")
    at = datetime(2026, 3, 9, 12, tzinfo=UTC)
    LessonProgress.objects.create(lesson=lesson, person=ana, finished_at=at)
    client.force_login(ana)
    response = get(client, "earnings", ())
    page = response.context["page"]
    assert rows(page.tables["lines"])[0][:4] == ["Ants", "Autumn", "labeling", "2"]
    assert set(page.tables) == {"lines"}
    assert "Not closed yet in: Ants, Birds" in response.content.decode()
    assert "Set rates" not in response.content.decode()
    training = next(row for row in page.tables["lines"].rows if row[2].text == "hours of training")
    finished = opened(client, reverse("earnings"), training[2])["detail"]
    assert rows(finished) == [["March 9, 2026", "lesson", "0.00", "–", "0.00"]]
    assert client.get(reverse("earnings"), {"person": 1}).status_code == 400
    assert client.get(reverse("home")).text.count(f'href="{reverse("earnings")}"') == 1


def test_a_vendors_manager_sees_the_own_team_alone(client, march, batch, team, vendor, ana, bo):
    vera = make_member(vendor, Role.MANAGER)
    client.force_login(vera)
    page = get(client, "team_pay", (vendor.pk,)).context["page"]
    assert page.total == "3.50"
    assert [row[0] for row in rows(page.tables["person"])] == ["=Bo"]
    assert get(client, "team_pay", (vendor.pk,), person=bo.pk).context["page"].total == "3.50"
    assert get(client, "team_pay", (vendor.pk,), person=ana.pk).status_code == 404
    assert get(client, "team_pay", (team.pk,)).status_code == 404
    assert get(client).status_code == 404
    # A line of somebody else's project opens nothing, and names nothing.
    foreign = make_batch(make_published_project(team, name="Secret"), team, name="Hidden")
    line = {"project": foreign.project_id, "batch": foreign.pk, "basis": "annotate"}
    for person in ({}, {"person": bo.pk}):
        response = get(client, "team_pay", (vendor.pk,), **line, **person)
        assert rows(response.context["page"].tables["detail"]) == []
        assert "Secret" not in response.content.decode()
        assert "Hidden" not in response.content.decode()


def test_files_are_safe_and_have_all_lines(client, march):
    response = get(client, **{"as": "csv", "table": "all"})
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    found = list(csv.DictReader(io.StringIO(response.getvalue().decode())))
    assert len(found) == 5
    assert sum(Decimal(row["Amount (EUR)"]) for row in found) == Decimal("27.5")
    assert {row["Person"] for row in found} == {"Ana", "'=Bo"}
    assert {row["State"] for row in found} == {"provisional"}
    for table in ("lines", "team", "person"):
        assert get(client, **{"as": "csv", "table": table}).status_code == 200
    assert get(client, **{"as": "csv", "table": "corrections"}).status_code == 404
    text = get(client, **{"as": "print"}).content.decode()
    assert "Birds: Pay, March 2026" in text
    assert "as CSV" not in text


def test_a_closed_month_says_so_and_a_correction_opens_the_days(client, march, batch, ana):
    assert "Close March 2026" in get(client).content.decode()
    response = client.post(reverse("pay_close", args=["birds"]), {"month": "2026-03"})
    assert response.url.endswith("/pay/?month=2026-03")
    assert ClosedMonth.objects.get().month == MARCH
    text = get(client).content.decode()
    assert "as they were stored" in text
    assert "Close March 2026" not in text
    client.post(reverse("pay_close", args=["birds"]), {"month": "2026-03"})
    refused = client.post(reverse("pay_close", args=["birds"]), {"month": "2026-05"})
    assert "April 2026 is next" in str(list(get_messages(refused.wsgi_request))[-1])
    WorkDay.objects.filter(person=ana, stage="review").update(done=7)
    page = get(client, month="2026-04").context["page"]
    assert page.total == "0.00"
    assert [row[-1] for row in rows(page.tables["corrections"])] == ["-0.60", "0.60"]
    address = reverse("project_pay", args=["birds"])
    people = opened(client, address, page.tables["corrections"].rows[0][-1])["detail"]
    assert rows(people) == [["Ana", "House", "-3", "0.00", "0.20", "-0.60"]]
    days = opened(client, address, people.rows[0][-1])["detail"]
    assert rows(days) == [["March 2, 2026", "review", "2", "7", "1.00", "0.20", "1.40"]]
    # A month in which nobody worked is closed in its turn, too.
    for month in ("2026-04", "2026-05"):
        assert "Provisional" in get(client, month=month).content.decode()
        client.post(reverse("pay_close", args=["birds"]), {"month": month})
        assert "as they were stored" in get(client, month=month).content.decode()
    assert ClosedMonth.objects.count() == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"month": "2026-13"},
        {"month": "2999-01"},
        {"month": "2026-1"},
        {"month": "x"},
        {"month": "0001-01"},
        {"page": "0x"},
        {"basis": "annotate"},
        {"basis": "lesson", "project": "1"},
        {"basis": "nothing"},
        {"basis": "annotate", "project": "9" * 30},
        {"level": "6"},
        {"as": "pdf"},
        {"of": "1999-01"},
        {"who": "1"},
    ],
)
def test_wrong_parameters_are_refused_with_a_sentence(client, batch, mei, wrong):
    response = get(client, **wrong)
    assert response.status_code == 400
    assert "alert" in response.content.decode() or "error" in response.content.decode()


def test_people_and_teams_from_elsewhere_do_not_exist(client, batch, mei):
    outsider, elsewhere = make_user(), make_team()
    assert get(client, person=outsider.pk).status_code == 404
    assert get(client, team=elsewhere.pk).status_code == 404
    assert get(client, person=0).status_code == 404
    assert get(client, page=10**17, table="person").status_code == 200


def test_pages_cost_twelve_statements_however_many_rows(client, march, batch, team, vendor, ana):
    statements.close_month(batch.project, MARCH, by=make_member(team, Role.MANAGER))
    vera = make_member(vendor, Role.MANAGER)
    wanted = [
        (None, "project_pay", ("birds",), {}),
        (None, "project_pay", ("birds",), {"person": ana.pk}),
        (None, "project_pay", ("birds",), line_of(batch)),
        (None, "project_pay", ("birds",), line_of(batch, person=ana.pk)),
        (None, "pay_rates", ("birds",), {"month": None}),
        (vera, "team_pay", (vendor.pk,), {}),
        (ana, "earnings", (), {}),
    ]

    def costs():
        found = []
        for person, name, args, query in wanted:
            if person:
                client.force_login(person)
            query = {"month": "2026-04"} | query
            query = {key: value for key, value in query.items() if value is not None}
            client.get(reverse(name, args=args), query)
            with CaptureQueriesContext(connection) as captured:
                assert client.get(reverse(name, args=args), query).status_code == 200
            found.append(len(captured))
        return found

    manager = team.memberships.filter(role=Role.MANAGER).first().user
    april = date(2026, 4, 2)
    make_work_day(batch, ana, team, april)
    make_work_day(batch, make_member(vendor), vendor, april)
    client.force_login(manager)
    before = costs()
    for _number in range(5):
        person, other = make_member(team), make_batch(batch.project, team)
        make_work_day(other, person, team, april)
        make_work_day(batch, person, team, date(2026, 4, 3))
        make_membership(person, make_team())
    client.force_login(manager)
    assert costs() == before
    assert max(before) <= 12, before


def line_of(batch, **over):
    return {"project": batch.project_id, "batch": batch.pk, "basis": "annotate", **over}
