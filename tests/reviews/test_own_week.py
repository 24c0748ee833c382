"""The card of one's week: what its figures rest on, what they open, and that none tells gold."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from labelops.accounts.models import Role
from labelops.weeks import this_week
from reviews.models import Feedback, Measurement, PersonRollup, SecondLook, WorkDay
from reviews.reports.own_checks import checks
from reviews.services import feedback, rollups
from tests.factories import (
    make_batch,
    make_block,
    make_instruction,
    make_labeled_task,
    make_member,
    make_published_project,
)
from tests.reviews.checks import make_checks, spread
from tests.reviews.deciding import WREN, decide_next, make_assessed_task
from tests.reviews.pay import make_work_day, set_rates

pytestmark = pytest.mark.django_db
MOST_STATEMENTS = 12
PARTS = ("own_week", "own_week_standing", "own_week_pay", "own_week_mistake")
DAY = timedelta(days=1)


@pytest.fixture
def ana(client, team):
    ana = make_member(team, name="Ana")
    client.force_login(ana)
    return ana


@pytest.fixture
def last_week():
    return this_week().before


def get(client, name="own_week", **query):
    response = client.get(reverse(name), query)
    assert response.status_code == 200
    return response


def statements(client, name, **query):
    get(client, name, **query)
    with CaptureQueriesContext(connection) as captured:
        get(client, name, **query)
    return len(captured)


def judged(project, team, author, reviewer, *decisions):
    batch = make_batch(project, team, overlap=1, review_percent=100)
    for decision in decisions:
        make_assessed_task(batch, "robin", authors=[author])
        decide_next(reviewer, decision, **({"answer": WREN} if decision == "fix" else {}))


def test_figures_open_what_they_count(client, ana, team, project, reviewer):
    judged(project, team, ana, reviewer, "accept", "accept", "accept", "fix", "reject")
    entry = Feedback.objects.filter(outcome="rejected").get()
    make_member(team, Role.EXPERT)
    feedback.contest(entry, words="It is red.", by=ana)
    rollups.count_changes()
    monday = this_week().monday.isoformat()
    response = get(client)
    page = response.context["page"]
    assert (page.first_pass.count, page.first_pass.n, page.returned_count) == (3, 5, 2)
    assert (page.total.labels, len(page.days)) == (5, 1)
    assert [look.feedback_id for look in page.contests] == [entry.pk]
    assert "another expert decides it" in response.text
    for query, n in (({"week": monday}, 5), ({"week": monday, "outcome": "returned"}, 2)):
        inbox = reverse("inbox") + "?" + "&amp;".join(f"{k}={v}" for k, v in query.items())
        assert f'href="{inbox}"' in response.text
        assert len(get(client, "inbox", **query).context["page"].entries.rows) == n
    day = page.days[0].day.isoformat()
    assert f"{reverse('own_answers_of_day')}?day={day}" in response.text
    answers = get(client, "own_answers_of_day", day=day)
    assert len(answers.context["page"].rows) == 5
    assert "fixed" not in answers.text
    lines = b"".join(client.get(reverse("own_week"), {"as": "csv"}).streaming_content).decode()
    assert list(csv.reader(io.StringIO(lines)))[1][:3] == [day, "5", "0"]
    # What a second expert decides counts once, as it stands.
    SecondLook.objects.update(state="cancelled", closed_at=timezone.now())
    assert "nothing left to decide" in get(client).text


def test_a_week_is_asked_for_by_its_monday(client, ana):
    monday = this_week().monday
    for name in PARTS:
        for text in ("2026-13-01", "x", "20260105", (monday + 7 * DAY).isoformat(), "2026-01-06"):
            assert client.get(reverse(name), {"week": text}).status_code == 400
    for name in ("own_answers_of_day", "inbox"):
        assert client.get(reverse(name), {"day": "0", "week": "0"}).status_code == 400
    assert client.get(reverse("inbox"), {"outcome": "x"}).status_code == 400
    page = get(client, week="2000-01-03").context["page"].week
    assert (page.previous, page.following) == ("", "2000-01-10")
    assert (this_week().following, this_week().previous) == ("", str(monday - 7 * DAY))
    assert reverse("label") in get(client).text


def test_checked_answers_show_from_ten_on_and_never_those_of_today(client, ana, project):
    monday = datetime.combine(this_week().monday, datetime.min.time(), UTC)
    sunday = this_week(monday + 6 * DAY)
    make_checks(project, ana, spread(8, 9), now=monday)
    assert checks(ana, sunday, by_class=True).share is None
    make_checks(project, ana, "r", now=monday)
    make_checks(project, ana, "w" * 5, now=monday + 6 * DAY)
    found = checks(ana, sunday, by_class=True)
    assert (found.share.count, found.share.n) == (9, 10)
    assert found.classes == []
    after = this_week(monday + 7 * DAY).before
    found = checks(ana, after, by_class=True)
    assert (found.share.count, found.share.n) == (9, 15)
    # One answer was a wren's: too few for a figure of its own.
    assert found.classes == []
    Measurement.objects.filter(is_right=False).update(expected="robin")
    make_checks(project, ana, "w" * 9, now=monday)
    found = checks(ana, after, by_class=True)
    assert [(row.title, row.share.count, row.share.n) for row in found.classes] == [
        ("Robin", 9, 15)
    ]


def test_pace_is_a_band_beside_accuracy_and_of_ended_weeks(ana, team, project, last_week):
    batch = make_batch(project, team)

    def rollup(person, seconds, week=last_week):
        PersonRollup.objects.create(
            batch=batch, week=week.monday, person=person, team=team, timed=20,
            active_ms=20_000 * seconds, labels=20,
        )  # fmt: skip

    rollup(ana, 5)
    rollup(ana, 5, this_week())
    others = [make_member(team) for _number in range(5)]
    for number, other in enumerate(others):
        rollup(other, 6 + number)
        rollup(other, 6 + number, this_week())
    assert checks(ana, last_week).pace == ""
    make_checks(project, ana, "r" * 10, now=last_week.begin)
    assert checks(ana, last_week).pace == "among the quickest quarter"
    make_checks(project, others[4], "r" * 10, now=last_week.begin)
    assert checks(others[4], last_week).pace == "among the slowest quarter"
    make_checks(project, others[1], "r" * 10, now=last_week.begin)
    assert checks(others[1], last_week).pace == "as most people"
    make_checks(project, ana, "r" * 10, now=this_week().begin)
    assert checks(ana, this_week()).pace == ""


def test_earnings_are_those_of_the_statement(client, ana, team, project, last_week):
    batch = make_batch(project, team)
    set_rates(project, project.created_by, annotate_2="0.10", reading="12", floor="20")
    spent = {"done": 100, "active_ms": 3_600_000, "reading_ms": 1_800_000}
    make_work_day(batch, ana, team, day=last_week.monday, **spent)
    make_work_day(batch, make_member(team), team, day=last_week.monday, **spent)
    response = get(client, "own_week_pay", week=last_week.monday.isoformat())
    pay = response.context["pay"]
    assert (pay.week.active, pay.week.reading, pay.week.amount) == ("1.00", "0.50", "16.00")
    statement = get(client, "earnings", month=pay.month_name).context["page"]
    assert pay.month.amount == statement.total
    assert f"{reverse('earnings')}?month={pay.month_name}" in response.text


def test_what_changed_in_the_instructions_is_named_by_part(client, ana, project):
    project.instruction_versions.update(state="superseded")
    parts = [make_block(id="a", title="Robins"), make_block(id="b", title="Owls")]
    make_instruction(
        project, number=2, blocks=parts, changes={"a": "breaking"}, published_at=timezone.now()
    )
    page = get(client).text
    assert "Robins" in page
    assert "breaking" in page
    assert "Owls" not in page
    assert reverse("label_changes", args=[project.slug]) in page
    assert "Nothing changed" in get(client, week=this_week().before.monday.isoformat()).text


def test_the_pages_cost_the_same_for_any_number_of_rows(client, ana, team, reviewer):
    week = this_week().before

    def grow():
        for _number in range(2):
            project = make_published_project(team)
            set_rates(project, project.created_by, annotate_2="0.10")
            judged(project, team, ana, reviewer, "fix")
            make_checks(project, ana, "rw" * 20, now=week.begin)
            make_work_day(project.batches.first(), ana, team, day=week.monday, done=3)
        Feedback.objects.update(created_at=week.begin)

    def costs():
        named = {"week": week.monday.isoformat()}
        return {
            name: statements(client, name, **({} if name == "own_week_standing" else named))
            for name in PARTS
        }

    grow()
    few = costs()
    assert max(few.values()) <= MOST_STATEMENTS, few
    grow()
    assert costs() == few


def test_mistakes_on_hidden_gold_show_once_their_week_has_ended(client, ana, project, last_week):
    make_checks(project, ana, "ww", now=timezone.now() - timedelta(minutes=1))
    make_checks(project, ana, "www", now=last_week.end - timedelta(minutes=1))
    assert get(client, "own_week_mistake").context["strip"] is None
    ended = get(client, "own_week_mistake", week=last_week.monday.isoformat())
    assert ended.context["strip"].count == 3
    # Nothing else is told, but a drill may be begun.
    assert reverse("drill_start", args=[project.slug]) in ended.text


def test_nothing_of_a_day_tells_which_answer_was_checked(client, team, project):
    """Two people do the same; of one the answers are checked, right or wrong: all looks alike."""
    batch = make_batch(project, team, overlap=1)
    pages = []
    for rights in ("", "w" * 12, "r" * 12):
        person = make_member(team, name="Kim", username=f"kim{len(pages)}")
        client.force_login(person)
        make_labeled_task(batch, "robin", authors=[person])
        make_checks(project, person, rights)
        WorkDay.objects.filter(person=person).delete()
        make_work_day(batch, person, team, day=timezone.now().date(), done=12)
        shown = [get(client, name).text for name in (*PARTS, "home", "inbox")]
        pages.append([text.split("<main")[1] for text in shown])
    assert pages[0] == pages[1] == pages[2]
