"""The home page: what an annotator does next and what came back, what a manager looks at first."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from labelops.accounts.models import Role, Team
from reviews.models import BatchDay, Feedback
from tasks.models import Batch
from tasks.services import assignments, handout, questions, suspensions
from tests.factories import (
    make_batch,
    make_instruction,
    make_member,
    make_published_project,
    make_task,
    make_team,
)
from tests.reviews.deciding import ROBIN, decide_next, make_assessed_task

pytestmark = pytest.mark.django_db
MOST_STATEMENTS = 12


@pytest.fixture
def ana(client, team):
    ana = make_member(team, time_zone="Asia/Tokyo")
    client.force_login(ana)
    return ana


def work(client):
    response = client.get(reverse("home"))
    assert response.status_code == 200
    return response.context["work"], response.text


def statements(client, address):
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def send_back(project, team, author, reviewer):
    """A label of the author's is rejected: the task is theirs again."""
    batch = make_batch(project, team, overlap=1, review_percent=100)
    make_assessed_task(batch, "robin", authors=[author])
    decide_next(reviewer, "reject", comment="Look at the breast.")


def test_start_names_the_batch_that_it_opens(client, ana, team, project):
    due = timezone.now().replace(hour=20, minute=0) + timedelta(days=2)
    make_batch(project, team, name="Empty", priority=Batch.Priority.EXPEDITE)
    late = make_batch(project, team, name="Dusk", due_at=due, purpose="It misses birds at dusk.")
    other = make_batch(project, team, name="Dawn", priority=Batch.Priority.NORMAL)
    late.priority = Batch.Priority.DATED
    late.save()
    for batch in (late, late, other):
        make_task(batch)
    BatchDay.objects.create(batch=late, day=timezone.now().date() - timedelta(days=1), accepted=1)
    BatchDay.objects.create(batch=late, day=timezone.now().date(), accepted=1)
    found, page = work(client)
    assert [batch.name for batch in found.batches] == ["Dusk", "Dawn"]
    assert found.open_items == 1
    assert "It misses birds at dusk." in page
    assert "(Asia/Tokyo)" in page
    assert f'btn-lg w-100" href="{reverse("label_batch", args=[late.pk])}"' in page
    # Where a task is held already, that is where it goes on.
    assert handout.next_assignments(ana, batch=other.pk).assignments
    found, page = work(client)
    assert found.start == other
    assert "Go on where you were" in page


def test_what_came_back_stands_in_order_and_opens_its_reason(client, ana, project, reviewer, team):
    send_back(project, team, ana, reviewer)
    fresh = make_batch(project, team, name="Fresh", overlap=1)
    for _number in range(2):
        make_task(fresh)
    [asked] = handout.next_assignments(ana, batch=fresh.pk).assignments
    question = questions.ask(asked, text="Is a puppet a bird?", by=ana)
    [begun] = handout.next_assignments(ana, batch=fresh.pk).assignments
    assignments.save_draft(begun, ROBIN, by=ana)
    assignments.release(begun, by=ana)
    elena = make_member(team, Role.EXPERT)
    questions.answer(question, text="No.", by=elena)
    found, page = work(client)
    assert {name: card.count for name, card in found.came_back.items()} == {
        "returned": 1,
        "answered": 1,
        "begun": 1,
    }
    assert list(found.came_back) == ["returned", "answered", "begun"]
    entry = Feedback.objects.get(author=ana)
    assert found.came_back["returned"].entry_id == entry.pk
    told = reverse("feedback_detail", args=[entry.pk])
    assert page.index(told) < page.index("question of yours") < page.index("draft is kept")
    assert "Look at the breast." in client.get(told).text


def test_nothing_to_do_leads_somewhere(client, ana, project):
    assert reverse("training_home") in work(client)[1]
    suspensions.suspend(project, ana, reason="A pause.", days=1, by=project.created_by)
    page = work(client)[1]
    assert "A pause." in page
    assert "Nothing is open" not in page


def test_home_costs_the_same_for_any_number_of_rows(client, ana, team, reviewer):
    def grow():
        for _number in range(3):
            project = make_published_project(team)
            send_back(project, team, ana, reviewer)
            make_task(make_batch(project, team))
            changed = make_published_project(team)
            make_batch(changed, team)
            changed.instruction_versions.update(state="superseded")
            make_instruction(changed, number=2, breaking_number=2)

    grow()
    few = statements(client, reverse("home"))
    grow()
    assert statements(client, reverse("home")) == few <= MOST_STATEMENTS


def test_a_vendors_annotator_sees_the_same(client, team, project):
    vendor = make_team(kind=Team.Kind.VENDOR)
    project.teams.add(vendor)
    make_task(make_batch(project, team, vendor, name="Shared"))
    pages = []
    for of in (team, vendor):
        person = make_member(of, name="Kim")
        client.force_login(person)
        _found, page = work(client)
        pages.append(page[page.index('aria-labelledby="home-labeling"') :])
    assert pages[0] == pages[1]


def test_a_manager_begins_with_the_worst_of_the_board(client, team, project):
    client.force_login(make_member(team, Role.MANAGER))
    assert reverse("project_list") in client.get(reverse("home")).text
    now = timezone.now()
    for number in range(7):
        batch = make_batch(project, team, name=f"B{number}", due_at=now - timedelta(hours=number))
        make_task(batch)
    few = statements(client, reverse("home"))
    assert few <= MOST_STATEMENTS
    response = client.get(reverse("home"))
    board = client.get(reverse("board")).context["board"]
    assert len(response.context["rows"]) == 5
    assert [row.batch.name for row in response.context["rows"]] == [
        row.batch.name for row in board.rows[:5]
    ]
    assert reverse("board") in response.text
    assert "The due date has passed." in response.text
