"""Questions over an item: the task waits, and comes back to the asker first with the answer."""

import uuid

import pytest
from django.urls import reverse

from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.errors import Conflict, DomainError
from labelops.notices.kinds import Kind
from tasks.models import Assignment, Question, Task
from tasks.services import assignments, handout, leases, questions, recounts, rulings
from tasks.services.annotations import submit
from tests.factories import (
    ROBIN,
    WREN,
    make_annotation,
    make_batch,
    make_member,
    make_published_project,
    make_task,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(team):
    return make_published_project(team, slug="birds")


@pytest.fixture
def batch(project, team):
    return make_batch(project, team, overlap=2)


@pytest.fixture
def ana(team):
    return make_member(team, username="ana")


@pytest.fixture
def bo(team):
    return make_member(team, username="bo")


def given_to(person):
    assignments = handout.next_assignments(person).assignments
    return assignments[0] if assignments else None


def asked(person, text="Is a puppet a robin?", **over):
    return questions.ask(given_to(person), text=text, by=person, **over)


def test_the_task_waits_and_nobody_else_gets_it(batch, elena, ana, bo):
    task = make_task(batch)
    question = asked(ana, classes=[ROBIN, WREN], region={"start": 0, "end": 7})
    task.refresh_from_db()
    assert (task.state, question.state, question.routed_to) == ("on_hold", "asked", elena)
    assert given_to(bo) is None
    assert given_to(ana) is None
    assert batch.progress.on_hold_count == 1
    assert Event.objects.about(question).get().verb == "question.asked"


def test_the_asker_gets_it_back_first_with_the_answer(client, batch, elena, ana, bo):
    make_task(batch), make_task(batch)
    question = asked(ana)
    assignments.save_draft(question.assignment, {"species": "wren"}, by=ana)
    questions.answer(question, text="No: a puppet is no bird.", by=elena)
    client.force_login(ana)
    [first] = client.post(
        reverse("api_assignment_next"), {}, content_type="application/json"
    ).json()
    assert first["task"] == str(question.task.public_id)
    assert first["question"] == {
        "text": "Is a puppet a robin?", "answer": "No: a puppet is no bird.", "ruling": None,
    }  # fmt: skip
    assert first["draft"] == {"species": "wren"}
    assert first["feedback"] is None
    question.task.refresh_from_db()
    assert (question.task.state, batch.progress.on_hold_count) == ("pending", 0)
    assert given_to(bo).rework_note is None
    assert list(recounts.recount(batch)) == []


def test_others_at_the_item_may_finish_it(batch, elena, ana, bo):
    task = make_task(batch)
    held = given_to(bo)
    question = asked(ana)
    make_answer(held, bo)
    questions.answer(question, text="Yes.", by=elena)
    task.refresh_from_db()
    assert (task.state, task.labels_missing) == ("labeling", 1)
    assert given_to(ana).task_id == task.pk


def make_answer(held, person):
    submit(held.public_id, answer={"species": "robin"}, request_id=uuid.uuid4(), by=person)


def test_two_questions_are_both_answered_before_it_goes_on(batch, elena, ana, bo):
    task = make_task(batch)
    held = given_to(bo)
    first = asked(ana)
    second = questions.ask(held, text="And a drawing?", by=bo)
    questions.answer(first, text="No.", by=elena)
    task.refresh_from_db()
    assert task.state == "on_hold"
    questions.close(second, reason="The same again.", by=elena)
    task.refresh_from_db()
    assert task.state == "pending"
    assert {given_to(ana).task_id, given_to(bo).task_id} == {task.pk}


def test_leases_that_end_meanwhile_wait_too(batch, elena, ana, bo):
    task = make_task(batch)
    held = given_to(bo)
    question = asked(ana)
    assignments.release(held, by=bo)
    assert set(task.assignments.filter(state="parked").values_list("slot", flat=True)) == {1, 2}
    questions.answer(question, text="No.", by=elena)
    assert not task.assignments.filter(state="parked").exists()
    assert task.assignments.filter(state="open").count() == 2
    leases.expire_leases()


def test_the_question_of_one_is_not_shown_to_another(client, batch, elena, ana, bo):
    make_task(batch)
    question = asked(ana)
    questions.answer(question, text="No.", by=elena)
    Assignment.objects.filter(task=question.task, rework_note__isnull=False).update(
        offered_to=bo, slot=1
    )
    client.force_login(bo)
    [given] = client.post(
        reverse("api_assignment_next"), {}, content_type="application/json"
    ).json()
    assert given["question"] is None


def test_an_answered_question_is_not_answered_twice(batch, elena, ana):
    make_task(batch)
    question = asked(ana)
    questions.answer(question, text="No.", by=elena)
    with pytest.raises(Conflict) as caught:
        questions.answer(question, text="Yes.", by=elena)
    assert caught.value.code == "already_answered"


def test_questions_go_to_the_expert_with_the_fewest(batch, team, elena, ana):
    other = make_member(team, Role.EXPERT, username="other")
    for _ in range(4):
        make_task(batch)
    routed = [asked(ana).routed_to for _ in range(4)]
    assert sorted(person.username for person in routed) == ["elena", "elena", "other", "other"]
    moved = questions.route(Question.objects.filter(routed_to=elena).first(), to=other, by=elena)
    assert moved.routed_to == other


def test_an_expert_excludes_the_item(batch, elena, ana, bo):
    task = make_task(batch)
    question = asked(ana)
    questions.exclude_item(question, text="This is an empty page.", by=elena)
    task.refresh_from_db()
    assert task.state == "excluded"
    assert given_to(ana) is None
    assert (batch.progress.excluded_count, batch.progress.task_count) == (1, 0)


def test_other_questions_of_an_excluded_item_are_closed_with_it(batch, elena, ana, bo):
    make_task(batch)
    held = given_to(bo)
    first = asked(ana)
    second = questions.ask(held, text="And a drawing?", by=bo)
    questions.exclude_item(first, text="An empty page.", by=elena)
    second.refresh_from_db()
    assert (second.state, second.answer, second.task.state) == (
        "closed", "An empty page.", "excluded",
    )  # fmt: skip
    assert Event.objects.about(second).first().verb == "question.closed"
    assert recounts.recount(batch) == []


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"text": " "}, "text"),
        ({"text": "x" * 1001}, "text"),
        ({"text": "a\x00"}, "text"),
        ({"text": "?", "region": {"box": [1, 2]}}, "region.box"),
        ({"text": "?", "region": "here"}, "region"),
        ({"text": "?", "classes": [{"control": "species", "value": "owl"}]}, "classes"),
        ({"text": "?", "ruling": 7}, "ruling"),
    ],
)
def test_a_wrong_question_is_refused_and_the_lease_stays(client, batch, ana, over, field):
    make_task(batch)
    held = given_to(ana)
    client.force_login(ana)
    address = reverse("api_assignment_question", args=[held.public_id])
    response = client.post(address, over, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["field"].startswith(field)
    held.refresh_from_db()
    assert held.state == "leased"
    assert not Question.objects.exists()


def test_a_ruling_that_answers_keeps_the_lease(client, project, batch, team, elena, ana):
    other = make_member(team, Role.EXPERT)
    ruling = rulings.create_ruling(
        project, verdict="A puppet is no robin.", from_class=ROBIN, to_class=WREN, by=elena
    )
    rulings.publish_ruling(ruling, by=other)
    rulings.create_ruling(project, verdict="An unpublished word on puppets.", by=elena)
    make_task(batch)
    held = given_to(ana)
    client.force_login(ana)
    found = client.get(
        reverse("api_assignment_rulings", args=[held.public_id]), {"q": "are puppets birds"}
    ).json()["rulings"]
    assert [entry["verdict"] for entry in found] == ["A puppet is no robin."]
    sent = {"text": "Puppets?", "ruling": ruling.number}
    response = client.post(
        reverse("api_assignment_question", args=[held.public_id]),
        sent,
        content_type="application/json",
    )
    assert (response.status_code, response.json()["state"]) == (201, "duplicate")
    held.refresh_from_db()
    ruling.refresh_from_db()
    assert (held.state, ruling.question_count) == ("leased", 1)
    assert held.task.state == Task.State.PENDING


def test_the_guide_tells_of_classes_and_rulings(client, project, batch, elena, ana):
    ruling = rulings.create_ruling(project, verdict="Small is a wren.", to_class=WREN, by=elena)
    rulings.publish_ruling(ruling, by=elena)
    make_task(batch)
    client.force_login(ana)
    address = reverse("api_assignment_guide", args=[given_to(ana).public_id])
    [entry] = client.get(address).json()["classes"]
    assert (entry["value"], entry["title"]) == ("wren", "Wren")
    assert [found["verdict"] for found in entry["rulings"]] == ["Small is a wren."]


def test_labels_that_were_complete_are_assessed_after_the_answer(batch, elena, ana, bo):
    """A review asks, too: the task goes back to where it was."""
    task = make_task(batch)
    make_annotation(task, ana, {"species": "robin"})
    question = asked(bo)
    questions.close(question, reason="No need.", by=elena)
    task.refresh_from_db()
    assert (task.state, task.labels_missing) == ("labeling", 1)


def test_staff_ask_once_about_several_items_and_nothing_waits(client, project, batch, elena, ana):
    tasks = [make_task(batch) for _number in range(3)]
    question = questions.ask_about(
        project, [task.item for task in tasks], text="Are these puppets?", by=elena
    )
    # Elena is the only expert: she answers herself, and is not told of her own question.
    assert (question.routed_to, question.task, question.others.count()) == (elena, tasks[0], 2)
    assert not elena.notices.exists()
    assert {Task.objects.get(pk=task.pk).state for task in tasks} == {"pending"}
    # A question that holds the task goes first, and its answer alone lets it go on.
    held = asked(ana)
    questions.answer(held, text="No.", by=elena)
    assert Task.objects.get(pk=held.task_id).state == "pending"
    client.force_login(elena)
    page = client.get(reverse("question_detail", args=[question.public_id])).content.decode()
    assert "And 2 more items:" in page
    assert tasks[2].item.external_id in page
    assert reverse("question_exclude", args=[question.public_id]) not in page
    with pytest.raises(Conflict, match="labelled already"):
        questions.exclude_item(question, text="Bad data.", by=elena)
    ruling = rulings.create_ruling(project, verdict="No puppets.", by=elena, question=question)
    assert ruling.items.count() == 3
    question.refresh_from_db()
    assert question.state == "answered"
    assert set(elena.notices.values_list("kind", flat=True)) == {Kind.QUESTION_ASKED}
    for items, text in ([], "None?"), ([tasks[0].item], " "):
        with pytest.raises(DomainError):
            questions.ask_about(project, items, text=text, by=elena)
    # Another expert is asked rather than the one who asks.
    other = make_member(batch.teams.get(), Role.EXPERT)
    assert questions.ask_about(project, [tasks[0].item], text="And?", by=elena).routed_to == other
