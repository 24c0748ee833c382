"""The pages of a calibration run: beginning it, its heat map, the items behind a cell, its end."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from labelops.accounts.models import Role
from reviews.models import CalibrationRun
from reviews.services import calibration
from tasks.models import Batch, Question
from tests.factories import (
    make_annotation,
    make_batch,
    make_instruction,
    make_member,
    make_project,
    make_task,
    make_team,
)

pytestmark = pytest.mark.django_db
BIRDS = ("robin", "wren", "owl")
SCHEMA = {
    "controls": [
        {
            "name": "species",
            "type": "choice",
            "title": "Which bird?",
            "required": True,
            "multiple": False,
            "options": [{"value": value, "title": value.title()} for value in BIRDS],
        }
    ]
}
ROBIN, WREN = ({"control": "species", "value": value} for value in ("robin", "wren"))


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def people(team):
    return [make_member(team, username=name, name=name.title()) for name in ("ana", "bo")]


@pytest.fixture
def batch(team, people):
    project = make_project(team, slug="birds")
    make_instruction(project, label_schema=SCHEMA)
    batch = make_batch(project, team, name="Dusk", state=Batch.State.DRAFT)
    for _number in range(6):
        make_task(batch)
    return batch


@pytest.fixture
def xiu(client, team):
    xiu = make_member(team, Role.EXPERT, username="xiu")
    client.force_login(xiu)
    return xiu


@pytest.fixture
def mei(client, team):
    mei = make_member(team, Role.MANAGER, username="mei")
    client.force_login(mei)
    return mei


def begin(batch, people, *pairs):
    """A run whose first items got these two answers each."""
    run = calibration.start_run(batch, by=people[0], people=people, item_count=4)
    for task, labels in zip(run.run.tasks.order_by("pk"), pairs, strict=False):
        for person, label in zip(people, labels, strict=True):
            make_annotation(task, person, {"species": label})
    return run


def shown(client, name, *arguments, query=""):
    response = client.get(reverse(name, args=arguments) + query)
    assert response.status_code == 200
    return response.content.decode()


def ask(task, person, *classes):
    slot = task.assignments.filter(annotator=person).get()
    return Question.objects.create(
        project=task.batch.project,
        item=task.item,
        task=task,
        assignment=slot,
        instruction_version=slot.instruction_version,
        asker=person,
        text="Which of the two?",
        classes=list(classes),
        asked_at=timezone.now(),
    )


def test_a_run_is_begun_from_the_batch_page(client, batch, people, xiu):
    address = reverse("batch_calibration", args=[batch.pk])
    assert address in shown(client, "batch_detail", batch.pk)
    page = shown(client, "batch_calibration", batch.pk)
    assert people[0].pseudonym in page
    assert "Ana" not in page
    chosen = [person.pk for person in people]
    sent = {"item_count": 4, "threshold_percent": 75, "people": chosen}
    response = client.post(address, sent)
    run = CalibrationRun.objects.get()
    assert response.url == reverse("calibration_detail", args=[run.pk])
    assert (run.threshold_percent, run.run.overlap, run.created_by) == (75, 2, xiu)
    assert client.get(address).url == response.url
    assert client.get(reverse("batch_calibration", args=[run.run_id])).url == response.url
    page = shown(client, "batch_detail", batch.pk)
    assert "Nothing of this batch is handed out before its people agree" in page
    assert reverse("batch_start", args=[batch.pk]) not in page


def test_what_is_refused_stands_at_its_field(client, batch, people, mei):
    address = reverse("batch_calibration", args=[batch.pk])
    sent = {"item_count": 40, "threshold_percent": 75, "people": [people[0].pk, people[1].pk]}
    response = client.post(address, sent)
    assert response.status_code == 422
    [problem] = response.context["form"].errors["item_count"]
    assert "Only 6 items" in problem
    response = client.post(address, {**sent, "people": [people[0].pk, "x"]})
    assert list(response.context["form"].errors) == ["people"]


def test_the_heat_map_is_symmetric_and_leads_on(client, batch, people, xiu):
    run = begin(
        batch, people, ("robin", "wren"), ("wren", "robin"), ("wren", "owl"), ("owl", "owl")
    )
    ask(run.run.tasks.first(), people[0], ROBIN, WREN)
    response = client.get(reverse("calibration_detail", args=[run.pk]))
    [table] = response.context["page"].tables
    counts = [[cell.count for cell in cells] for _name, cells in table.rows]
    assert table.classes == ["Robin", "Wren", "Owl"]
    assert counts == [[0, 2, 0], [2, 0, 1], [0, 1, 1]]
    assert [cell.questions for cell in table.rows[0][1]] == [0, 1, 0]
    assert [[cell.shade for cell in cells] for _name, cells in table.rows] == [
        [0, 4, 0],
        [4, 0, 2],
        [0, 2, 0],
    ]
    page = response.content.decode()
    ruling = reverse("ruling_create", args=["birds"])
    assert f"{ruling}?from=species%3Arobin&amp;to=species%3Awren" in page
    assert client.get(f"{ruling}?from=species%3Arobin&to=species%3Awren").status_code == 200
    items = reverse("calibration_items", args=[run.pk])
    assert f"{items}?control=species&amp;first=robin&amp;second=wren" in page
    assert "n = 4 items" in page
    assert "0.25" in page
    assert "style=" not in page


def test_the_items_behind_a_cell(client, batch, people, xiu):
    run = begin(batch, people, ("robin", "wren"), ("wren", "owl"), ("owl", "owl"), ("wren", "wren"))
    tasks = list(run.run.tasks.order_by("pk"))

    def found(query):
        response = client.get(reverse("calibration_items", args=[run.pk]) + query)
        return [row.task for row in response.context["rows"]]

    assert found("") == tasks[:2]
    assert found("?control=species&first=wren&second=robin") == tasks[:1]
    assert found("?control=species&first=owl&second=owl") == tasks[2:3]
    assert found("?control=species&first=owl&second=robin") == []
    for wrong in ("?control=species", "?control=age&first=a&second=b", "?first=a", "?label=x"):
        assert client.get(reverse("calibration_items", args=[run.pk]) + wrong).status_code == 400


def test_who_may_still_answer_learns_nothing_of_an_open_item(client, batch, people, xiu):
    run = begin(batch, people, ("robin", "wren"))
    second = run.run.tasks.order_by("pk")[1]
    make_annotation(second, people[0], {"species": "owl"})
    assert "3 of 4 items still wait" in shown(client, "calibration_detail", run.pk)
    assert "Owl" not in shown(client, "calibration_detail", run.pk)
    assert "Owl" not in shown(client, "calibration_items", run.pk)


def test_names_are_for_managers(client, batch, people, mei):
    run = begin(batch, people, ("robin", "wren"))
    page = shown(client, "calibration_detail", run.pk)
    assert ">Ana<" in page
    assert reverse("ruling_create", args=["birds"]) not in page


def test_it_is_ended_by_a_reason_or_given_up(client, batch, people, xiu):
    run = begin(batch, people, ("robin", "wren"))
    override = reverse("calibration_override", args=[run.pk])
    client.post(override, {"reason": ""})
    run.refresh_from_db()
    assert run.state == CalibrationRun.State.RUNNING
    client.post(reverse("calibration_cancel", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == CalibrationRun.State.CANCELLED
    assert reverse("calibration_detail", args=[run.pk]) in shown(
        client, "batch_calibration", batch.pk
    )
    again = calibration.start_run(batch, by=xiu, people=people, item_count=2)
    client.post(reverse("calibration_override", args=[again.pk]), {"reason": "Time is short."})
    again.refresh_from_db()
    assert again.state == CalibrationRun.State.OVERRIDDEN
    page = shown(client, "calibration_detail", again.pk)
    assert "Time is short." in page
    assert override.replace(str(run.pk), str(again.pk)) not in page


def test_the_page_costs_the_same_however_many_items_and_questions(client, batch, people, xiu):
    def statements(run):
        with CaptureQueriesContext(connection) as captured:
            shown(client, "calibration_detail", run.pk)
        return len(captured)

    run = begin(batch, people, ("robin", "wren"))
    few = statements(run)
    task = run.run.tasks.order_by("pk").first()
    for other in run.run.tasks.order_by("pk")[1:]:
        for person, label in zip(people, ("owl", "wren"), strict=True):
            make_annotation(other, person, {"species": label})
        ask(task, people[0], ROBIN, WREN)
    assert statements(run) == few
