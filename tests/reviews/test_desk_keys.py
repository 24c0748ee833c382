"""One press a decision: classes by digit, reasons, causes, and the task that is ready ahead."""

import json
import uuid

import pytest
from django.urls import reverse

from labelops.accounts.models import Role
from reviews.models import Pick, Review
from reviews.services import consensus, queue
from tasks.models import Assignment, Stage, Task
from tests.factories import (
    make_annotation,
    make_batch,
    make_instruction,
    make_labeled_task,
    make_member,
    make_project,
    make_published_project,
    make_task,
    make_team,
)

pytestmark = pytest.mark.django_db
BOXES = {
    "controls": [
        {
            "name": "objects",
            "type": "shapes",
            "title": "Cars",
            "required": False,
            "tools": ["box"],
            "labels": [{"value": "car", "title": "Car"}, {"value": "bus", "title": "Bus"}],
        }
    ]
}
SCRIPT = {"HTTP_X_DESK": "1"}


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def people(team):
    return [make_member(team, name="Ana Secret"), make_member(team, name="Bo Secret")]


@pytest.fixture
def batch(team):
    return make_batch(make_published_project(team), team, overlap=2, review_percent=0)


@pytest.fixture
def expert(team, client, settings):
    settings.RANDOM_REVIEW_PERCENT = 0
    user = make_member(team, Role.EXPERT)
    client.force_login(user)
    return user


def split(batch, people):
    task = make_labeled_task(batch, "wren", "robin", authors=people)
    consensus.assess(task.pk)
    return task


def car(id_, x, label="car"):
    return {"id": id_, "label": label, "box": [x, 10, 20, 20]}


@pytest.fixture
def boxes(team, people):
    """Both drew one car; Bo saw a second one, and a bus."""
    project = make_project(team, item_type="image")
    make_instruction(project, label_schema=BOXES)
    task = make_task(make_batch(project, team, overlap=2, review_percent=0))
    task.item.media_key, task.item.width, task.item.height = "k", 200, 100
    task.item.save()
    make_annotation(task, people[0], {"objects": [car("a", 10)]})
    make_annotation(
        task, people[1], {"objects": [car("a", 10), car("b", 60), car("c", 120, "bus")]}
    )
    consensus.assess(task.pk)
    return task


def start(client, **sent):
    return client.post(reverse("review_next"), sent).headers["Location"]


def press(client, page, script=False, **sent):
    path, _mark, query = page.partition("?")
    headers = SCRIPT if script else {}
    body = {"request_id": str(uuid.uuid4()), **sent}
    return client.post(f"{path}decide/" + (f"?{query}" if query else ""), body, **headers)


def last():
    return Review.objects.order_by("pk").last()


def test_a_digit_stores_its_class_with_the_reason(batch, people, expert, client):
    task = split(batch, people)
    page = start(client)
    shown = client.get(page)
    keys = {entry.value: entry.key for entry in shown.context["page"].classes}
    assert keys == {"robin": "1", "wren": "2"}
    stored = task.consensus.answer["species"]
    other = "wren" if stored == "robin" else "robin"
    press(client, page, fix_to=other, dwell_ms="1234")
    assert (last().decision, last().reason, last().dwell_ms) == ("fix", "wrong_class", 1234)
    assert Task.objects.get(pk=task.pk).result_answer == {"species": other}


def test_the_digit_of_the_stored_class_accepts_it(batch, people, expert, client):
    task = split(batch, people)
    press(client, start(client), fix_to=task.consensus.answer["species"])
    assert (last().decision, last().reason) == ("accept", "")


def test_a_reason_rejects_in_one_press(batch, people, expert, client):
    split(batch, people)
    press(client, start(client), reject="rule_not_followed")
    assert (last().decision, last().reason) == ("reject", "rule_not_followed")


def test_a_correction_without_a_reason_gets_the_one_that_it_shows(boxes, expert, client):
    press(client, start(client), decision="fix", answer=json.dumps({"objects": []}))
    assert (last().decision, last().reason) == ("fix", "extra_object")


def test_the_next_task_is_leased_once_and_the_one_shown_stays(batch, people, expert, client):
    tasks = [split(batch, people) for _number in range(3)]
    page = start(client)
    ahead = [client.post(f"{page}ahead/", **SCRIPT).content.decode() for _time in range(2)]
    held = Assignment.objects.filter(annotator=expert, state="leased")
    assert held.count() == 2
    shown, other = sorted(held, key=lambda row: str(row.public_id) not in page)
    assert all(f'data-assignment="{other.public_id}"' in fragment for fragment in ahead)
    assert all("<html" not in fragment for fragment in ahead)
    brought = press(client, page, script=True, decision="accept", showing=str(other.public_id))
    third = Assignment.objects.exclude(pk__in=[shown.pk, other.pk]).get(
        annotator=expert, state="leased"
    )
    assert f'data-assignment="{third.public_id}"' in brought.content.decode()
    assert {shown.task_id, other.task_id, third.task_id} == {task.pk for task in tasks}
    client.post(reverse("review_release", args=[third.public_id]), **SCRIPT)
    assert queue.next_review(make_member(batch.teams.get(), Role.EXPERT)).task_id == third.task_id


def test_the_last_decision_brings_nothing_more(batch, people, expert, client):
    split(batch, people)
    page = start(client)
    assert client.post(f"{page}ahead/", **SCRIPT).status_code == 204
    assert press(client, page, script=True, decision="accept").status_code == 204


def test_what_is_refused_comes_back_as_a_fragment_or_in_words(batch, people, expert, client):
    split(batch, people)
    page = start(client)
    wrong = press(client, page, script=True, reject="other")
    assert wrong.status_code == 422
    assert "Say in a sentence" in wrong.content.decode()
    Assignment.objects.filter(annotator=expert).update(state="expired")
    lost = press(client, page, script=True, decision="accept")
    assert (lost.status_code, lost.json()["code"]) == (409, "lease_lost")


def test_a_choice_by_number_is_about_the_answers_that_were_seen(batch, people, expert, client):
    split(batch, people)
    page = start(client)
    seen = client.get(page).context["page"].seen
    assert press(client, page, decision="accept", chosen="0", seen="older").status_code == 422
    assert press(client, page, decision="accept", chosen="0", seen=seen).status_code == 302


def test_undo_by_form_opens_the_task_again(batch, people, expert, client):
    split(batch, people)
    page = start(client)
    press(client, page, decision="accept")
    assert "Take the last decision back" in client.get(reverse("review_home")).content.decode()
    back = client.post(f"{page}undo/")
    again = client.get(back.headers["Location"]).content.decode()
    assert "You took your decision back: accepted." in again


def test_disputed_objects_are_merged_by_choices(boxes, expert, client):
    page = start(client)
    shown = client.get(page).context["page"]
    fields = {dispute.title: dispute.field for dispute in shown.disputes}
    assert [title.split(":")[0] for title in fields] == ["Car", "Bus"]
    press(
        client, page, decision="merge", **dict(zip(fields.values(), ["keep", "drop"], strict=True))
    )
    stored = Task.objects.get(pk=boxes.pk).result_answer["objects"]
    assert sorted(entry["box"][0] for entry in stored) == [10, 60]
    assert all(entry["label"] == "car" for entry in stored)


def test_each_answer_is_compared_with_the_stored_label_in_words(boxes, expert, client):
    page = client.get(start(client)).context["page"]
    sentences = {tuple(found.sentences) for found in page.comparisons}
    assert len(sentences) == 2
    assert all(len(found.entries) == len(found.sentences) for found in page.comparisons)


@pytest.fixture
def adjudicated(batch, people, expert, client):
    task = split(batch, people)
    press(client, start(client), decision="escalate")
    return task


def test_the_adjudicating_expert_sees_no_preselected_label(adjudicated, expert, client):
    address = start(client)
    first, again = (client.get(address) for _time in range(2))
    page = first.context["page"]
    assert page.is_adjudication
    assert "checked" not in first.content.decode()
    assert page.editor["answer"] == {}
    assert [option.answer for option in page.options] == [
        option.answer for option in again.context["page"].options
    ]


def test_an_adjudication_names_the_answer_and_the_cause(adjudicated, expert, client):
    page = start(client)
    assert press(client, page, chosen="0").status_code == 422
    assert press(client, page, cause="slip").status_code == 422
    assert Review.objects.count() == 1
    wanted = client.get(page).context["page"].options[1].answer
    press(client, page, chosen="1", cause="unclear_rule")
    stored = Task.objects.get(pk=adjudicated.pk)
    assert (stored.result_answer, stored.result_source) == (wanted, "adjudication")
    assert last().cause == "unclear_rule"


def test_an_adjudication_may_write_its_own_answer(adjudicated, expert, client):
    page = start(client)
    answer = json.dumps({"_undecidable": "two birds"})
    press(client, page, chosen="own", cause="ambiguous_data", answer=answer)
    assert (last().decision, last().answer) == ("fix", {"_undecidable": "two birds"})


def test_the_ruling_form_opens_with_the_two_classes(adjudicated, expert, client):
    page = client.get(start(client)).context["page"]
    form = client.get(page.ruling_address).context["form"]
    ends = {form.initial["from_class"], form.initial["to_class"]}
    assert len(ends) == 2
    assert "" not in ends


def test_by_api_an_adjudication_needs_a_cause_and_can_be_taken_back(adjudicated, expert, client):
    def post(url, body):
        return client.post(url, body, content_type="application/json")

    [given] = post(reverse("api_review_next"), {}).json()
    assert given["stage"] == Stage.ADJUDICATE
    url = reverse("api_review_decide", args=[given["assignment"]])
    body = {"decision": "accept", "request_id": str(uuid.uuid4()), "dwell_ms": 900}
    assert post(url, body).json()["code"] == "cause_needed"
    assert post(url, body | {"cause": "tool"}).status_code == 200
    undone = post(reverse("api_review_undo", args=[given["assignment"]]), {})
    assert undone.status_code == 200
    assert Pick.objects.get(assignment__public_id=undone.json()["assignment"]).undone == last()
