"""The ledger: what a month came to, what closing keeps, and what is corrected afterwards."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from labelops.accounts.models import Membership, Role, Team, User
from labelops.audit.models import Event
from labelops.errors import Conflict
from reviews.models import (
    ClosedMonth,
    Drill,
    ExamAttempt,
    Lesson,
    LessonProgress,
    PayRate,
    StatementLine,
    WorkDay,
)
from reviews.services import rollups, statements
from reviews.services.ledger import Scope, month_ledger
from tests.factories import (
    make_batch,
    make_gold,
    make_gold_answer,
    make_labeled_task,
    make_member,
    make_membership,
    make_published_project,
    make_team,
)
from tests.reviews.pay import APRIL, HOUR, MARCH, MAY, make_work_day, set_rates

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team(name="House")


@pytest.fixture
def batch(team):
    return make_batch(make_published_project(team, slug="birds"), team, name="Spring")


@pytest.fixture
def ana(team):
    return make_member(team, username="ana", name="Ana")


@pytest.fixture
def mei(team):
    return make_member(team, Role.MANAGER)


def lines(scope, month=MARCH):
    found = month_ledger(scope, month)
    return {
        (line.key.basis, line.key.level, line.key.rate): (line.units, line.amount)
        for line in found.lines
    }


def total(scope, month=MARCH):
    found = month_ledger(scope, month)
    return sum(line.amount for line in [*found.lines, *found.corrections])


def trained(project, person, *, minutes, items, at):
    """A drill of so many items that took so long."""
    return Drill.objects.create(
        project=project,
        person=person,
        control="species",
        given="wren",
        expected="robin",
        before_right=0,
        before_count=0,
        item_count=items,
        right_count=0,
        started_at=at - timedelta(minutes=minutes),
        finished_at=at,
    )


def test_units_are_paid_by_the_rate_of_their_day_level_and_team(batch, team, ana, mei):
    vendor = make_team(kind=Team.Kind.VENDOR)
    batch.project.teams.add(vendor)
    bo = make_member(vendor)
    project = batch.project
    set_rates(project, mei, annotate_2="0.10", annotate_3="0.15", review_2="0.3")
    set_rates(project, mei, day=date(2026, 3, 16), annotate_2="0.12")
    set_rates(project, mei, vendor, annotate_2="0.0125")
    make_work_day(batch, ana, team, date(2026, 3, 15))
    make_work_day(batch, ana, team, date(2026, 3, 16), done=10)
    make_work_day(batch, ana, team, date(2026, 3, 17), done=20)
    make_work_day(batch, ana, team, date(2026, 3, 17), level=3, done=3)
    make_work_day(batch, ana, team, date(2026, 3, 17), stage="review", done=2)
    make_work_day(batch, bo, vendor, date(2026, 3, 31), done=3)
    make_work_day(batch, ana, team, date(2026, 4, 1), done=7)
    # Nobody is paid for labels without a team (imports bring them), or for those of a model.
    make_work_day(batch, ana, None, date(2026, 3, 5))
    make_work_day(batch, make_member(team, kind=User.Kind.MODEL), team, date(2026, 3, 5))
    assert lines(Scope(person=ana.pk)) == {
        ("annotate", 2, Decimal("0.10")): (100, Decimal("10")),
        ("annotate", 2, Decimal("0.12")): (30, Decimal("3.6")),
        ("annotate", 3, Decimal("0.15")): (3, Decimal("0.45")),
        ("review", 2, Decimal("0.3")): (2, Decimal("0.6")),
    }
    assert lines(Scope(team=vendor.pk)) == {
        ("annotate", 2, Decimal("0.0125")): (3, Decimal("0.0375"))
    }
    assert total(Scope(project=project.pk)) == Decimal("14.6875")
    assert total(Scope(project=project.pk, team=team.pk)) == Decimal("14.65")
    assert total(Scope(project=project.pk), APRIL) == Decimal("0.84")


def test_hours_reading_and_training_are_paid_and_topped_up_to_the_floor(batch, team, ana, mei):
    project, at = batch.project, datetime(2026, 3, 9, 12, tzinfo=UTC)
    set_rates(project, mei, annotate_2="0.01", reading="6", training="8", floor="10", lesson="15")
    make_work_day(batch, ana, team, reading_ms=HOUR // 2)
    # Ten minutes of a drill; two hours between the start and the end of another: five an item.
    trained(project, ana, minutes=10, items=10, at=at)
    trained(project, ana, minutes=120, items=2, at=at)
    lesson = Lesson.objects.create(project=project, position=1, title="Wrens")
    LessonProgress.objects.create(lesson=lesson, person=ana, finished_at=at)
    attempt = {"project": project, "person": ana, "started_at": at, "score": 1}
    ExamAttempt.objects.create(number=1, state="passed", finished_at=at, **attempt)
    ExamAttempt.objects.create(number=2, **attempt | {"score": None})
    found = lines(Scope(person=ana.pk))
    assert found["annotate", 2, Decimal("0.01")] == (100, Decimal("1"))
    assert found["reading", 0, Decimal("6")] == (0, Decimal("3"))
    # 10 + 10 minutes of drills and 15 of a lesson; the exam took no time.
    assert found["training", 0, Decimal("8")] == (4, Decimal("4.6667"))
    # 125 minutes at 10 an hour are 20.8333.
    assert found["floor", 0, None] == (0, Decimal("12.1666"))
    assert total(Scope(team=team.pk)) == Decimal("20.8333")
    # A floor that is reached adds nothing, and an hour at work may be paid itself.
    set_rates(project, mei, day=date(2026, 1, 2), work="30")
    found = lines(Scope(project=project.pk))
    assert found["work", 0, Decimal("30")] == (0, Decimal("30"))
    assert "floor" not in {basis for basis, *_rest in found}


def test_hidden_gold_is_paid_like_any_other_label(batch, team, ana, mei):
    set_rates(batch.project, mei, annotate_0="0.10")
    bo = make_member(team)
    make_labeled_task(batch, "wren", "wren", authors=[ana, bo])
    gold = make_gold(batch.project)
    make_gold_answer(gold, batch, ana, "wren")
    rollups.count_changes()
    month = WorkDay.objects.first().day.replace(day=1)
    assert lines(Scope(person=ana.pk), month) == {
        ("annotate", 0, Decimal("0.10")): (2, Decimal("0.2"))
    }
    assert lines(Scope(person=bo.pk), month) == {
        ("annotate", 0, Decimal("0.10")): (1, Decimal("0.1"))
    }


def test_a_closed_month_stays_and_what_changes_in_it_is_corrected_in_the_open_one(
    batch, team, ana, mei
):
    project = batch.project
    set_rates(project, mei, annotate_2="0.10", training="6", floor="12")
    day = make_work_day(batch, ana, team)
    at = datetime(2026, 3, 9, 12, tzinfo=UTC)
    trained(project, ana, minutes=30, items=10, at=at)
    make_work_day(batch, ana, team, APRIL, done=200)
    assert statements.next_to_close(project) == MARCH
    with pytest.raises(Conflict, match="March 2026 is next"):
        statements.close_month(project, APRIL, by=mei)
    closed = statements.close_month(project, MARCH, by=mei)
    event = Event.objects.get(verb="project.month_closed")
    assert event.after == {"month": "2026-03", "lines": 3, "total": "18.00"}
    before = lines(Scope(person=ana.pk))
    assert before["annotate", 2, Decimal("0.10")] == (100, Decimal("10"))
    # Two labels turn out to be somebody else's; the person changes the team.
    day.done = 98
    day.active_ms = HOUR * 2
    day.save()
    make_membership(ana, make_team(name="Later"))
    project.teams.add(Team.objects.get(name="Later"))
    assert lines(Scope(person=ana.pk)) == before
    assert lines(Scope(team=team.pk)) == before
    found = month_ledger(Scope(person=ana.pk), APRIL).corrections
    assert {(line.key.month, line.key.basis, line.units, line.amount) for line in found} == {
        (MARCH, "annotate", -2, Decimal("-0.2")),
        # 2.5 hours at 12 are 30, of which 12.8 came from labels and training.
        (MARCH, "floor", 0, Decimal("12.2")),
    }
    assert month_ledger(Scope(team=team.pk), APRIL).corrections == found
    assert month_ledger(Scope(person=ana.pk), MAY).corrections == []
    # Closed with the next month, the correction is settled and does not come back.
    statements.close_month(project, APRIL, by=mei)
    assert StatementLine.objects.filter(of_month=MARCH).exclude(closed=closed).count() == 2
    assert total(Scope(project=project.pk), APRIL) == Decimal("32.00")
    assert month_ledger(Scope(project=project.pk), MAY).corrections == []


def test_only_a_month_that_has_ended_is_closed_and_each_once(batch, team, ana, mei):
    project = batch.project
    assert statements.next_to_close(project) is None
    this_month = datetime.now(UTC).date().replace(day=1)
    make_work_day(batch, ana, team, this_month)
    with pytest.raises(Conflict, match="no month to close"):
        statements.close_month(project, this_month, by=mei)
    make_work_day(batch, ana, team)
    statements.close_month(project, MARCH, by=mei)
    with pytest.raises(Conflict, match="April 2026 is next"):
        statements.close_month(project, MARCH, by=mei)


def test_the_database_refuses_to_change_what_people_were_paid_by(batch, team, ana, mei):
    set_rates(batch.project, mei, annotate_2="0.10")
    make_work_day(batch, ana, team)
    statements.close_month(batch.project, MARCH, by=mei)
    for model in (PayRate, StatementLine, ClosedMonth):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            model.objects.update(id=9)
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            model.objects.all()._raw_delete("default")


def test_a_month_costs_the_same_statements_however_much_there_is(batch, team, ana, mei):
    project = batch.project
    set_rates(project, mei, annotate_2="0.10", floor="9")
    make_work_day(batch, ana, team)
    statements.close_month(project, MARCH, by=mei)

    def statement_count(scope):
        with CaptureQueriesContext(connection) as captured:
            month_ledger(scope, APRIL)
        return len(captured)

    scopes = [Scope(project=project.pk), Scope(team=team.pk), Scope(person=ana.pk)]
    before = [statement_count(scope) for scope in scopes]
    for number in range(10):
        person = make_member(team)
        other = make_batch(make_published_project(team), team)
        for day in (MARCH, APRIL, date(2026, 4, 9)):
            make_work_day(batch, person, team, day)
            make_work_day(other, ana, team, day)
        set_rates(project, mei, day=date(2026, 4, number + 1), annotate_2=f"0.2{number}")
    assert [statement_count(scope) for scope in scopes] == before
    assert max(before) <= 5
    assert Membership.objects.count() > 10
