"""The expert's home: everything that waits for an expert, what unblocks most at the top."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from labelops.accounts.models import Role, Team
from reviews.models import Review
from reviews.reports import expert_home
from reviews.services import calibration, consensus
from tasks.models import Assignment, Batch, InstructionVersion, Question, Ruling, Stage
from tasks.services import handout, questions
from tests.factories import (
    make_annotation,
    make_batch,
    make_instruction,
    make_labeled_task,
    make_member,
    make_published_project,
    make_task,
    make_team,
)

pytestmark = pytest.mark.django_db
ROBIN, WREN = ({"control": "species", "value": value} for value in ("robin", "wren"))


@pytest.fixture
def house():
    return make_team()


@pytest.fixture
def project(house):
    return make_published_project(house, slug="birds", name="Birds")


@pytest.fixture
def people(house):
    return [make_member(house) for _number in range(2)]


@pytest.fixture
def batch(project, house, people):
    return make_batch(project, house, name="Dusk", overlap=2)


@pytest.fixture
def xiu(client, house):
    xiu = make_member(house, Role.EXPERT, username="xiu")
    client.force_login(xiu)
    return xiu


@pytest.fixture
def second(house, xiu):
    return make_member(house, Role.EXPERT, username="yan")


def ask(batch, person, text, *classes):
    make_task(batch)
    [given] = handout.next_assignments(person, batch=batch.pk).assignments
    return questions.ask(given, text=text, classes=list(classes), by=person)


def dispute(batch, people):
    task = make_labeled_task(batch, "robin", "wren", authors=people)
    consensus.assess(task.pk)


def entries(client):
    response = client.get(reverse("expert_home"))
    assert response.status_code == 200
    return response.context["page"].entries


def facts(client):
    return [(entry.kind, entry.waiting, entry.minutes) for entry in entries(client)]


def test_it_is_for_experts_of_the_house_and_leads_there_from_home(client, xiu, batch):
    assert "Nothing waits for an expert" in client.get(reverse("expert_home")).content.decode()
    assert reverse("expert_home") in client.get(reverse("home")).content.decode()
    vendor = make_team(kind=Team.Kind.VENDOR)
    batch.project.teams.add(vendor)
    for stranger in (make_member(vendor, Role.EXPERT), make_member(make_team(), Role.MANAGER)):
        client.force_login(stranger)
        assert client.get(reverse("expert_home")).status_code == 404
        assert reverse("expert_home") not in client.get(reverse("home")).content.decode()


def test_questions_about_the_same_classes_are_one_entry(client, xiu, batch, people):
    first = ask(batch, people[0], "Robin or wren?", ROBIN, WREN)
    ask(batch, people[0], "Which of these?", WREN, ROBIN)
    ask(batch, people[0], "Again?", WREN, ROBIN)
    other = ask(batch, people[0], "What is this?")
    folded, single = entries(client)
    assert (folded.title, folded.waiting, folded.minutes) == ("Robin or wren?", 3, 5)
    assert folded.note == "Robin – Wren · and 2 more alike"
    assert folded.is_mine
    assert (single.title, single.waiting, single.minutes) == ("What is this?", 1, 2)
    page = client.get(reverse("expert_home")).content.decode()
    assert reverse("question_detail", args=[other.public_id]) in page
    ruling = reverse("ruling_create", args=["birds"])
    query = f"from=species%3Arobin&amp;to=species%3Awren&amp;question={first.public_id}"
    assert f"{ruling}?{query}" in page
    assert client.get(folded.actions[1].url).status_code == 200


def test_of_equal_questions_those_asked_of_me_come_first(client, xiu, second, batch, people):
    mine, theirs = (ask(batch, people[0], text) for text in ("One?", "Two?"))
    Question.objects.filter(pk=mine.pk).update(routed_to=second)
    Question.objects.filter(pk=theirs.pk).update(routed_to=xiu)
    assert [(entry.title, entry.is_mine) for entry in entries(client)] == [
        ("Two?", True),
        ("One?", False),
    ]


def test_disputes_are_clustered_by_the_two_classes(client, xiu, batch, people):
    for _number in range(7):
        dispute(batch, people)
    drawn = make_batch(batch.project, *batch.teams.all(), overlap=1, review_percent=100)
    consensus.assess(make_labeled_task(drawn, "robin", authors=people[:1]).pk)
    cluster, other = entries(client)
    assert (cluster.title, cluster.waiting, cluster.minutes) == ("Robin – Wren", 7, 5)
    assert (other.title, other.waiting, other.minutes) == ("Other reviews", 1, 1)


def test_a_small_dispute_costs_what_its_adjudications_took(client, xiu, batch, people):
    dispute(batch, people)
    for _number in range(2):
        _adjudicated(batch, xiu, minutes=3)
    _adjudicated(batch, xiu, minutes=60)
    assert facts(client) == [("dispute", 1, 3)]
    _adjudicated(batch, xiu, minutes=60), _adjudicated(batch, xiu, minutes=60)
    assert facts(client) == [("dispute", 1, 5)]


def _adjudicated(batch, expert, *, minutes):
    now = timezone.now()
    slot = Assignment.objects.create(
        task=make_task(batch, state="accepted"),
        batch=batch,
        stage=Stage.ADJUDICATE,
        slot=1,
        state="submitted",
        annotator=expert,
        leased_at=now - timedelta(minutes=minutes),
    )
    Review.objects.create(
        assignment=slot, task=slot.task, reviewer=expert, decision="accept", decided_at=now
    )


def test_a_calibration_without_agreement_blocks_its_batch(client, xiu, batch, people):
    Batch.objects.filter(pk=batch.pk).update(state="draft")
    for _number in range(22):
        make_task(batch)
    run = calibration.start_run(batch, by=xiu, people=people, item_count=2)
    assert entries(client) == []
    for task in run.run.tasks.all():
        for person, label in zip(people, ("robin", "wren"), strict=True):
            make_annotation(task, person, {"species": label})
    calibration.check_running()
    [entry] = entries(client)
    assert (entry.kind, entry.title, entry.waiting, entry.minutes) == ("calibration", "Dusk", 20, 5)
    assert entry.note == "agreement 0 %, needed 80 %"
    assert entry.actions[0].url == reverse("calibration_detail", args=[run.pk])


def test_versions_and_rulings_wait_for_somebody_else(client, xiu, second, batch):
    project = batch.project
    make_task(batch), make_task(batch)
    draft = make_instruction(
        project, number=2, state="in_approval", author=second, changes={"b": "breaking"}
    )
    ruling = Ruling.objects.create(
        project=project, number=1, verdict="A wren is brown.", author=second
    )
    ruling.items.set([batch.tasks.first().item])
    assert facts(client) == [("ruling", 1, 2), ("version", 2, 10)]
    page = client.get(reverse("expert_home")).content.decode()
    assert reverse("ruling_detail", args=["birds", 1]) in page
    assert reverse("instruction_approval", args=["birds"]) in page
    InstructionVersion.objects.filter(pk=draft.pk).update(changes={"b": "editorial"})
    assert facts(client) == [("ruling", 1, 2), ("version", 0, 10)]
    client.force_login(second)
    assert entries(client) == []
    xiu.memberships.all().delete()
    assert len(entries(client)) == 2


def test_other_projects_show_nothing(client, batch, people, xiu):
    ask(batch, people[0], "Robin or wren?", ROBIN, WREN)
    dispute(batch, people)
    stranger = make_member(make_team(), Role.EXPERT)
    client.force_login(stranger)
    assert entries(client) == []


def test_what_unblocks_most_a_minute_stands_first(client, xiu, batch, people):
    for _number in range(9):
        dispute(batch, people)
    ask(batch, people[0], "What is this?")
    found = entries(client)
    assert [entry.kind for entry in found] == ["dispute", "question"]
    assert [entry.per_minute for entry in found] == [9 / 5, 1 / 2]


def test_counts_stop_at_a_bound(client, xiu, batch, people, monkeypatch):
    monkeypatch.setattr(expert_home, "READ", 2)
    for _number in range(3):
        dispute(batch, people)
    [entry] = entries(client)
    assert (entry.waiting, entry.is_more) == (2, True)
    assert "2+" in client.get(reverse("expert_home")).content.decode()


def test_a_long_list_says_how_much_follows(client, xiu, batch, people, monkeypatch):
    monkeypatch.setattr(expert_home, "SHOWN", 1)
    dispute(batch, people)
    ask(batch, people[0], "What is this?")
    assert "1 more entry follows" in client.get(reverse("expert_home")).content.decode()


def test_the_number_of_statements_does_not_grow_with_the_rows(
    client, xiu, second, house, batch, people
):
    def fill(place):
        project = make_published_project(house)
        other = make_batch(project, house, overlap=2)
        for _number in range(place):
            dispute(other, people)
            ask(other, people[0], f"Question {place}?", ROBIN, WREN)
            ask(other, people[0], "What is this?")
        make_instruction(
            project, number=2, state="in_approval", author=second, changes={"b": "breaking"}
        )
        Ruling.objects.create(project=project, number=1, verdict="It is.", author=second)
        waiting = make_batch(project, house, state="draft")
        for _number in range(3):
            make_task(waiting)
        run = calibration.start_run(waiting, by=xiu, people=people, item_count=2)
        for task in run.run.tasks.all():
            for person, label in zip(people, ("robin", "wren"), strict=True):
                make_annotation(task, person, {"species": label})
        calibration.check_running()

    def statements():
        with CaptureQueriesContext(connection) as captured:
            shown = entries(client)
        return len(captured), len(shown)

    fill(1)
    few, shown = statements()
    fill(3), fill(2)
    many, shown_then = statements()
    assert shown_then > shown
    assert many == few
