"""The page of control charts and the checked answers that its figures open."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from labelops.accounts.models import Role
from reviews.models import Measurement
from reviews.services import rollups
from tests.factories import make_batch, make_member, make_published_project, make_team
from tests.reviews.checks import make_checks, spread

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team(name="House")


@pytest.fixture
def project(team):
    project = make_published_project(team, slug="birds")
    make_batch(project, team, name="checks")
    return project


@pytest.fixture
def mei(client, team):
    mei = make_member(team, Role.MANAGER, name="Mei")
    client.force_login(mei)
    return mei


def in_weeks(project, person, *weeks):
    """Checks of consecutive weeks up to this one, (right, n) each."""
    for ago, (right, n) in enumerate(reversed(weeks)):
        make_checks(project, person, spread(right, n), now=timezone.now() - timedelta(weeks=ago))


def get(client, name="control_charts", **query):
    return client.get(reverse(name, args=["birds"]), query)


def charts(client, **query):
    rollups.count_changes()
    return get(client, **query).context["page"]


def checked_answers(client, query):
    response = client.get(reverse("checked_answers", args=["birds"]) + f"?{query}")
    assert response.status_code == 200, query
    return response.context["page"]


def opened(client, query):
    return checked_answers(client, query).rows


def test_who_fell_comes_first_and_every_figure_opens_its_answers(client, mei, project, team):
    steady, fallen = (make_member(team, name=name) for name in ("Sam", "Fay"))
    in_weeks(project, steady, (18, 20), (19, 20), (18, 20))
    in_weeks(project, fallen, (19, 20), (20, 20), (6, 20))
    page = charts(client)
    assert [chart.name for chart in page.charts] == ["Fay", "Sam"]
    assert (page.count, page.break_count) == (2, 1)
    last = page.charts[0].weeks[-1]
    assert (last.right, last.n, last.words, last.is_break) == (6, 20, "lower than usual", True)
    rows = opened(client, last.query)
    assert (len(rows), sum(row.is_right for row in rows)) == (20, 6)
    assert {row.person for row in rows} == {fallen}
    assert page.charts[1].n == 60
    assert len(opened(client, page.charts[1].query)) == 50
    following = checked_answers(client, page.charts[1].query).next_cursor
    assert len(opened(client, f"{page.charts[1].query}&cursor={following}")) == 10
    text = get(client).content.decode()
    assert "small-multiple-break" in text
    assert "▼" in text
    assert [chart.name for chart in charts(client, breaks="1").charts] == ["Fay"]


def test_classes_have_charts_of_what_was_right_where_they_are(client, mei, project, team):
    ana = make_member(team)
    in_weeks(project, ana, (18, 20), (17, 20))
    page = charts(client, of="classes")
    found = {chart.name: chart for chart in page.charts}
    assert {name: (chart.right, chart.n) for name, chart in found.items()} == {
        "Robin": (35, 35),
        "Wren": (0, 5),
    }
    assert len(opened(client, found["Wren"].query)) == 5
    assert len(opened(client, found["Wren"].weeks[0].query)) == found["Wren"].weeks[0].n


def test_experts_read_pseudonyms_and_nothing_of_their_own(client, project, team):
    expert, ana = make_member(team, Role.EXPERT), make_member(team, name="Ana")
    in_weeks(project, ana, (3, 4))
    in_weeks(project, expert, (3, 4))
    client.force_login(expert)
    assert [chart.name for chart in charts(client).charts] == [ana.pseudonym]
    answers = get(client, "checked_answers")
    assert {row.person for row in answers.context["page"].rows} == {ana}
    assert "Ana" not in answers.content.decode()
    assert get(client, "checked_answers", person=expert.pk).status_code == 400


def test_the_list_takes_each_filter_and_refuses_what_is_none(client, mei, project, team):
    ana = make_member(team)
    make_checks(project, ana, "rrw")
    make_checks(project, ana, "w", source="audit")
    Measurement.objects.filter(source="audit").update(given="owl")
    sizes = {
        f"person={ana.pk}&source=gold": 3,
        "source=audit&result=wrong": 1,
        "expected=wren&given=robin": 1,
        "given=": 0,
        "weeks=1": 4,
        f"person={ana.pk}&series=1": 4,
    }
    for query, size in sizes.items():
        assert len(opened(client, query)) == size, query
    rollups.count_changes()
    assert len(opened(client, f"team={team.pk}")) == 4
    for query in (
        {"person": "x"},
        {"source": "guess"},
        {"result": "maybe"},
        {"week": "2026-02-30"},
        {"week": "2026-11-24"},
        {"weeks": "٣"},
        {"weeks": "53"},
        {"series": "1"},
        {"series": "2"},
        {"team": "999"},
        {"expected": "\0"},
        {"given": "x" * 201},
        {"colour": "red"},
    ):
        assert get(client, "checked_answers", **query).status_code == 400, query
    for query in ({"of": "birds"}, {"page": "0"}, {"page": "x"}, {"breaks": "2"}, {"as": "pdf"}):
        assert get(client, **query).status_code == 400, query
    assert get(client, of="classes", team=team.pk).status_code == 400


def test_both_pages_cost_the_same_for_any_number_of_rows(client, mei, project, team):
    def statements(name):
        rollups.count_changes()
        with CaptureQueriesContext(connection) as captured:
            assert get(client, name).status_code == 200
        return len(captured)

    def grow():
        for _number in range(4):
            in_weeks(project, make_member(team), (5, 6), (3, 4))

    grow()
    few = {name: statements(name) for name in ("control_charts", "checked_answers")}
    grow()
    assert {name: statements(name) for name in few} == few
    assert max(few.values()) <= 12, few


def test_the_file_has_every_week_and_runs_nothing(client, mei, project, team):
    in_weeks(project, make_member(team, name="=cmd()"), (18, 20), (17, 20))
    rollups.count_changes()
    response = get(client, **{"as": "csv"})
    lines = list(csv.reader(io.StringIO(response.getvalue().decode())))
    assert [line[0] for line in lines] == ["name", "'=cmd()", "'=cmd()"]
    assert lines[1][2:5] == ["18", "20", "90.0"]
    response = get(client, "checked_answers", result="wrong", **{"as": "csv"})
    lines = list(csv.reader(io.StringIO(response.getvalue().decode())))
    assert [line[1:6] for line in lines[1:]] == [["'=cmd()", "gold", "False", "wren", "robin"]] * 5
