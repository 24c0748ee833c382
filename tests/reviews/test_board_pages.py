"""The board and the page of a batch: what stands first, what figures open, and at what cost."""

import csv
import doctest
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from labelops.accounts.models import Role, Team
from reviews.models import BatchDay, BatchForecast, WorkDay
from reviews.reports import ordering
from reviews.services import batch_figures, consensus, rollups, sampling
from tasks.models import Assignment, Batch, Task
from tasks.services import handout, questions
from tests.factories import (
    make_annotation,
    make_batch,
    make_labeled_task,
    make_member,
    make_published_project,
    make_task,
    make_team,
)

pytestmark = pytest.mark.django_db
MOST_STATEMENTS = 12


@pytest.fixture
def team():
    return make_team(name="House")


@pytest.fixture
def project(team):
    return make_published_project(team, slug="birds")


@pytest.fixture
def mei(client, team):
    mei = make_member(team, Role.MANAGER)
    client.force_login(mei)
    return mei


def board(client, query=""):
    response = client.get(reverse("board") + query)
    assert response.status_code == 200
    return response.context["board"]


def names(found):
    return [row.batch.name for row in found.rows]


def statements(client, address):
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def figured(batch):
    rollups.count_changes()
    return batch_figures.refresh(batch)


def test_what_is_overdue_stands_out_with_its_next_action(client, mei, project, team):
    now = timezone.now()
    late = make_batch(project, team, name="Late", due_at=now - timedelta(hours=1))
    make_batch(project, team, name="Calm", due_at=now + timedelta(days=3))
    make_batch(project, team, name="Over", state=Batch.State.CLOSED)
    make_task(late)
    found = board(client)
    assert sorted(names(found)) == ["Calm", "Late"]
    assert names(board(client, "?alarms=1")) == ["Late"]
    assert names(board(client, "?sort=due")) == ["Late", "Calm"]
    assert names(board(client, "?sort=-name")) == ["Late", "Calm"]
    [row] = board(client, "?alarms=1").rows
    assert row.alarm.sentence == "The due date has passed."
    assert row.alarm.url == reverse("batch_people", args=[late.pk])
    # Three clicks: the board, the people of the batch, the person.
    ana = make_member(team)
    assert handout.next_assignments(ana, count=1).assignments
    people = client.get(row.alarm.url)
    assert reverse("trust_person", args=["birds", ana.pk]) in people.text


def test_the_worst_slack_stands_first(client, mei, project, team):
    due, today = timezone.now() + timedelta(days=9), timezone.now().date()
    for name, days in (("Soon", 2), ("Slow", 20), ("Young", None), ("Never", None)):
        batch = make_batch(project, team, name=name, due_at=due)
        make_task(batch)
        BatchForecast.objects.create(
            batch=batch,
            computed_at=timezone.now(),
            early=today + timedelta(days=days - 1) if days else None,
            late=today + timedelta(days=days) if days else None,
            bottleneck="review" if days else "",
            days_lacking=2 if name == "Young" else 0,
        )
    found = board(client)
    assert names(found) == ["Never", "Slow", "Soon", "Young"]
    assert found.rows[1].alarm.sentence == "It will probably be late."
    assert found.rows[2].alarm is None
    shown = client.get(reverse("board")).text
    for words in ("waits for review", "days late", "needs 2 more days", "not within a year"):
        assert words in shown


@pytest.mark.parametrize("page", ["home", "board"])
def test_every_cell_of_a_batch_has_its_column(client, mei, project, team, page):
    figured(make_batch(project, team))
    [table] = re.findall(r"board-table.*?</table>", client.get(reverse(page)).text, re.DOTALL)
    assert table.count('scope="row"') == 1
    assert table.count('scope="col"') == table.count("<td") + 1


def test_what_has_no_figure_comes_last_whichever_way():
    result = doctest.testmod(ordering)
    assert result.attempted
    assert not result.failed


def test_strangers_have_a_board_of_their_own(client, project, team):
    make_batch(project, team)
    client.force_login(make_member(make_team(), Role.MANAGER))
    assert names(board(client)) == []
    vendor = make_team(kind=Team.Kind.VENDOR)
    project.teams.add(vendor)
    client.force_login(make_member(vendor, Role.MANAGER))
    assert client.get(reverse("board")).status_code == 404


@pytest.mark.parametrize(
    "query",
    ["?state=open", "?sort=best", "?project=other", "?team=x", "?alarms=2", "?page=0", "?a=1"],
)
def test_a_filter_that_is_not_offered_is_refused(client, mei, project, query):
    assert client.get(reverse("board") + query).status_code == 400


def test_accuracy_and_first_pass_open_what_they_count(client, mei, project, team):
    batch = make_batch(project, team, overlap=2, review_percent=0, accuracy_percent=99)
    people = [make_member(team), make_member(team)]
    for was_wrong in [True] * 6 + [False] * 2:
        task = make_labeled_task(batch, "wren", "wren", authors=people)
        consensus.assess(task.pk)
        sampling.note_decision(Task.objects.get(pk=task.pk), was_wrong=was_wrong)
    states = ["accepted"] * 3 + ["fixed", "rejected"]
    for annotation, state in zip(task.batch.tasks.all()[:5], states, strict=True):
        made = annotation.annotations.first()
        made.state = state
        made.save()
    figured(batch)
    [row] = board(client).rows
    assert (row.accuracy.value, row.accuracy.n) == (0.25, 8)
    assert (row.first_pass.value, row.first_pass.n) == (0.6, 5)
    assert [alarm.value for alarm in row.alarms] == ["accuracy"]
    for figure in (row.shown_accuracy, row.shown_first_pass):
        items = client.get(f"{reverse('quality_items', args=['birds'])}?{figure.query}")
        assert len(items.context["page"].rows) == int(re.match(r"\d+", figure.counted)[0])
    lines = client.get(reverse("board") + "?as=csv").getvalue().decode().splitlines()
    [line] = csv.DictReader(lines)
    assert (line["accuracy, %"], line["answers judged"]) == ("25.0", "5")


def test_who_fell_behind_comes_first(client, mei, project, team):
    batch = make_batch(project, team, overlap=2)
    steady, slower = make_member(team, name="Steady"), make_member(team, name="Slower")
    today = timezone.now().date()
    WorkDay.objects.bulk_create(
        WorkDay(
            batch=batch,
            day=today - timedelta(days=number),
            person=person,
            team=team,
            level=1,
            stage="annotate",
            done=10 if person == steady or number >= 7 else 2,
        )
        for number in range(28)
        for person in (steady, slower)
    )
    response = client.get(reverse("batch_people", args=[batch.pk]))
    found = response.context["people"]
    assert [(row.name, row.is_behind) for row in found] == [("Slower", True), ("Steady", False)]
    assert (found[0].lately, found[0].before, found[0].today) == (2, 10, 2)
    assert "fell behind" in response.text
    file = client.get(reverse("batch_people", args=[batch.pk]) + "?as=csv").getvalue().decode()
    assert [line["name"] for line in csv.DictReader(file.splitlines())] == ["Slower", "Steady"]
    expert = make_member(team, Role.EXPERT)
    client.force_login(expert)
    assert slower.name not in client.get(reverse("batch_people", args=[batch.pk])).text


def test_the_page_of_a_batch_says_where_tasks_wait_and_since_when(client, mei, project, team):
    batch = make_batch(project, team, overlap=1, target_metric="recall", target_value=1)
    task = make_task(batch)
    make_annotation(task, make_member(team), {"species": "wren"})
    long_ago = timezone.now() - timedelta(days=2)
    Task.objects.filter(pk=task.pk).update(state="in_review", labels_complete_at=long_ago)
    figured(batch)
    response = client.get(reverse("batch_detail", args=[batch.pk]))
    assert response.context["page"].alarms[0].sentence.startswith("A review has waited")
    waiting = {step.state: step.since for step in response.context["page"].steps}
    assert waiting["in_review"] == long_ago
    assert "recall" in response.text
    report = client.get(reverse("batch_report", args=[batch.pk]))
    assert "recall" in report.text
    classes = client.get(reverse("batch_classes", args=[batch.pk]) + "?as=csv").getvalue()
    assert b"Wren,1," in classes


def test_the_parts_of_the_board_say_what_is_done_needed_and_waiting(client, mei, project, team):
    region = make_team(region="Berlin")
    project.teams.add(region)
    due = timezone.now() + timedelta(days=2)
    batch = make_batch(project, region, overlap=2, review_percent=0, due_at=due)
    people = [make_member(region), make_member(region)]
    done = make_labeled_task(batch, "wren", "wren", authors=people)
    consensus.assess(done.pk)
    asked = make_task(batch)
    [held] = handout.next_assignments(people[0], count=1).assignments
    assert held.task == asked
    questions.ask(held, text="Is a puppet a wren?", by=people[0])
    figured(batch)
    [row] = client.get(reverse("board_today")).context["rows"]
    assert (row.accepted, row.labels, row.people) == (1, 2, 2)
    assert 0.5 < row.needed < 1.1
    [row] = client.get(reverse("board_stock")).context["rows"]
    assert (row.region, row.labels, row.pull, row.days) == ("Berlin", 2, 2, 1)
    assert row.is_short
    [row] = client.get(reverse("board_queues")).context["rows"]
    assert (row.questions.count, row.reviews.count, row.questions.is_late) == (1, 0, False)
    for name in ("board_today", "board_stock", "board_queues"):
        file = client.get(reverse(name) + "?as=csv").getvalue().decode()
        assert len(file.splitlines()) == 2
        assert statements(client, reverse(name)) <= MOST_STATEMENTS


def test_a_manager_asks_what_if(client, mei, project, team):
    batch = make_batch(project, team, overlap=1)
    made = [make_task(batch) for _number in range(40)]
    today, ana = timezone.now().date(), make_member(team)
    for number in range(1, 9):
        day = today - timedelta(days=number)
        columns = {"level": 1, "stage": "annotate", "done": 3}
        WorkDay.objects.create(batch=batch, day=day, person=ana, team=team, **columns)
        BatchDay.objects.create(batch=batch, day=day, accepted=3)
    address = reverse("batch_what_if", args=[batch.pk])
    same, more = (
        client.get(address, {"people": people, "review": 100, "overlap": 1})
        for people in (100, 400)
    )
    assert "Most likely done by" in same.context["answer"]
    assert more.context["answer"] != same.context["answer"]
    wrong = client.get(address, {"people": 0, "review": 100, "overlap": 1})
    assert (wrong.status_code, "answer" in wrong.context) == (422, False)
    assert statements(client, address + "?people=200&review=100&overlap=1") <= MOST_STATEMENTS
    assert len(made) == batch.tasks.count()


def test_figures_are_computed_when_they_are_due(project, team):
    batch = make_batch(project, team)
    make_batch(project, team, state=Batch.State.CLOSED)
    assert batch_figures.refresh_due() == 1
    assert batch_figures.refresh_due() == 0
    later = timezone.now() + timedelta(minutes=16)
    assert batch_figures.refresh_due(later) == 1
    batch.refresh_from_db()
    assert batch.figures.computed_at == later


def test_pages_cost_the_same_however_much_they_show(client, mei, project, team):
    batch = make_batch(project, team, overlap=2)

    def costs():
        pages = [reverse("board")]
        names = ("batch_detail", "batch_people", "batch_classes", "batch_history", "batch_report")
        pages += [reverse(name, args=[batch.pk]) for name in names]
        return {address: statements(client, address) for address in pages}

    make_labeled_task(batch, "wren", "robin")
    figured(batch)
    few = costs()
    for _number in range(3):
        other = make_batch(project, team, overlap=2)
        make_labeled_task(other, "wren", "robin")
        make_labeled_task(batch, "wren", "robin")
        figured(other)
    Assignment.objects.filter(state="open").update(state="revoked")
    figured(batch)
    assert costs() == few
    report = few.pop(reverse("batch_report", args=[batch.pk]))
    assert max(few.values()) <= MOST_STATEMENTS, few
    assert report <= 2 * MOST_STATEMENTS
