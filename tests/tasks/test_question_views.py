"""The pages of questions and rulings, and reading what changed, as each role sees them."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from reviews.services import queue
from tasks.models import Question, Ruling, Task
from tasks.services import (
    assignments,
    handout,
    instructions,
    publishing,
    questions,
    results,
    rulings,
)
from tests.factories import (
    ROBIN,
    WREN,
    make_batch,
    make_block,
    make_example,
    make_instruction,
    make_item,
    make_labeled_task,
    make_member,
    make_project,
    make_task,
    settle,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(team):
    project = make_project(team, slug="birds")
    page = make_block("Red.", id="robin", kind="class", classes=[ROBIN], examples=[])
    make_instruction(project, blocks=[page])
    return project


@pytest.fixture
def batch(project, team):
    return make_batch(project, team)


@pytest.fixture
def ana(team):
    return make_member(team, username="ana", name="Ana Souza")


@pytest.fixture
def question(batch, elena, ana):
    make_task(batch)
    [held] = handout.next_assignments(ana).assignments
    return questions.ask(held, text="Is a puppet a robin?", classes=[ROBIN, WREN], by=ana)


@pytest.fixture
def expert(client, elena):
    client.force_login(elena)
    return client


def address(name, *arguments):
    return reverse(name, args=["birds", *arguments])


def said(response):
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def test_experts_see_the_question_and_not_the_name(expert, question, ana):
    listed = expert.get(address("question_list")).content.decode()
    detail = expert.get(reverse("question_detail", args=[question.public_id])).content.decode()
    for page in (listed, detail):
        assert "Is a puppet a robin?" in page
        assert ana.pseudonym in page
        assert "Souza" not in page
    assert "<mark>" not in detail


def test_an_answer_resumes_the_task(expert, question):
    where = reverse("question_detail", args=[question.public_id])
    assert expert.post(where, {"text": " "}).status_code == 422
    response = expert.post(where, {"text": "No, it is cloth."})
    assert response.headers["Location"] == address("question_list")
    assert Task.objects.get(pk=question.task_id).state == "pending"
    assert "No question is open" in expert.get(address("question_list")).content.decode()
    assert "puppet" in expert.get(address("question_list") + "?show=all").content.decode()


def test_a_question_is_closed_passed_on_or_its_item_taken_out(expert, question, xiu):
    passed = reverse("question_route", args=[question.public_id])
    assert "Passed on" in said(expert.post(passed, {"to": "xiu"}))
    assert "Choose an expert" in said(expert.post(passed, {"to": "ana"}))
    expert.post(reverse("question_exclude", args=[question.public_id]), {"text": "No bird."})
    question.refresh_from_db()
    assert (question.state, question.task.state) == ("answered", "excluded")
    closing = reverse("question_close", args=[question.public_id])
    assert "Somebody else has answered" in said(expert.post(closing, {"text": "Late"}))


def test_from_question_to_ruling_to_draft(client, expert, question, xiu, project):
    where = address("ruling_create") + f"?question={question.public_id}&from=species:robin"
    page = expert.get(where)
    assert page.context["form"]["from_class"].value() == "species\x1frobin"
    form = {"verdict": "A puppet is a wren.", "from_class": "species\x1frobin"}
    response = expert.post(where, form | {"to_class": "species\x1fwren"})
    assert response.headers["Location"] == address("ruling_detail", 1)
    question.refresh_from_db()
    assert question.state == "answered"
    own = expert.get(address("ruling_detail", 1)).content.decode()
    assert "another expert publishes it" in own
    client.force_login(xiu)
    client.post(address("ruling_publish", 1))
    listed = client.get(address("ruling_list"), {"q": "puppets", "one": "species\x1fwren"})
    assert [ruling.number for ruling in listed.context["rulings"]] == [1]
    none = client.get(address("ruling_list"), {"one": "species\x1fwren", "state": "draft"})
    assert "No ruling fits" in none.content.decode()
    response = client.post(address("ruling_merge", 1))
    assert response.headers["Location"] == address("instruction_approval")
    assert "puppet" in str(instructions.draft_version(project).blocks)


def test_a_wrong_ruling_comes_back(expert, project):
    form = {"verdict": "", "from_class": "species\x1fowl"}
    response = expert.post(address("ruling_create"), form)
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"verdict", "from_class"}
    assert not Ruling.objects.exists()


def test_labels_against_a_ruling_are_ticked_and_decided(expert, project, batch, elena, xiu):
    tasks = [make_task(batch) for _ in range(3)]
    for task in tasks:
        settle(task, {"species": "robin"})
    ruling = rulings.create_ruling(project, verdict="No.", from_class=ROBIN, by=elena)
    rulings.publish_ruling(ruling, by=xiu)
    page = expert.get(address("ruling_detail", 1))
    assert page.context["page"].waiting_count == 3
    where = address("ruling_decide", 1)
    expert.post(where, {"task": [tasks[0].public_id]})
    expert.post(where, {"task": [tasks[1].public_id], "right": "1"})
    assert "Tick the labels" in said(expert.post(where))
    assert "decided meanwhile" in said(expert.post(where, {"task": [tasks[0].public_id]}))
    assert expert.get(address("ruling_detail", 1)).context["page"].waiting_count == 1
    assert expert.post(where, {"task": "x"}).status_code == 404
    states = [Task.objects.get(pk=task.pk).state for task in tasks]
    assert states == ["in_review", "accepted", "accepted"]


def test_a_ruling_is_edited_superseded_and_withdrawn(expert, project, elena):
    for verdict in ("Old.", "New."):
        rulings.create_ruling(project, verdict=verdict, by=elena)
    expert.post(address("ruling_edit", 1), {"verdict": "Older."})
    for number in (1, 2):
        expert.post(address("ruling_publish", number))
    expert.post(address("ruling_supersede", 1), {"newer": "2"})
    expert.post(address("ruling_withdraw", 2), {"reason": "Wrong"})
    assert [(row.verdict, row.state) for row in project.rulings.order_by("number")] == [
        ("Older.", "superseded"),
        ("New.", "withdrawn"),
    ]


def breaking_version(project, by):
    [page] = instructions.newest_version(project).blocks
    shown = [
        make_example(make_item(project), "do" if place % 2 else "dont", id=f"e{place}", note="So.")
        for place in range(3)
    ]
    draft = instructions.edit_draft(project, by=by, blocks=[{**page, "examples": shown}])
    draft = publishing.request_approval(draft, changes={"robin": "breaking"}, by=by)
    return publishing.publish(draft, by=by)


def test_changes_are_read_and_decided_before_work(client, project, batch, elena, ana):
    done = make_labeled_task(batch, "robin", authors=[ana])
    assert done.state == "labeling"
    make_task(batch)
    breaking_version(project, elena)
    client.force_login(ana)
    where = address("label_changes")
    assert where in client.get(reverse("home")).content.decode()
    assert client.get(reverse("label")).headers["Location"] == where
    page = client.get(where)
    assert "You know version 1" in page.content.decode()
    assert len(page.context["rows"]) == 3
    answers = {"number": "2", "answer-e0": "yes", "answer-e1": "yes", "answer-e2": "no"}
    assert client.post(where, {"number": "2"}).status_code == 422
    wrong = client.post(where, answers)
    assert wrong.status_code == 422
    assert wrong.context["wrong"] == ["e0"]
    assert "So." in wrong.content.decode()
    response = client.post(where, answers | {"answer-e0": "no"})
    assert response.headers["Location"] == reverse("label")
    assert client.get(reverse("label")).status_code == 200
    assert "Nothing has changed" in client.get(where).content.decode()


def test_a_newcomer_reads_all_of_it(client, project, batch, elena, ana):
    make_task(batch)
    breaking_version(project, elena)
    client.force_login(ana)
    page = client.get(address("label_changes")).content.decode()
    assert "Read the instructions once" in page
    assert "Red." in page


def test_a_reviewer_asks_and_gets_the_task_back_first(client, batch, elena, xiu, ana):
    tasks = [make_labeled_task(batch, "robin") for _ in range(2)]
    for task in tasks:
        results.open_review(results.lock_task(task.pk), by=None, reason="test")
    held = queue.next_review(elena)
    client.force_login(elena)
    client.post(reverse("review_ask", args=[held.public_id]), {"text": "Is cloth a bird?"})
    question = Question.objects.get()
    assert question.task.state == "on_hold"
    assert queue.next_review(xiu) is None
    questions.answer(question, text="No.", by=xiu)
    question.task.refresh_from_db()
    assert question.task.state == "in_review"
    assignments.release(queue.next_review(elena), by=elena)
    back = queue.next_review(elena)
    assert back.task_id == question.task_id
    page = client.get(reverse("review_task", args=[back.public_id])).content.decode()
    assert "Is cloth a bird?" in page
