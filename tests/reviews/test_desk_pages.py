"""The desk as pages: what a reviewer sees, sends, and is told."""

import json
import uuid

import pytest
from django.urls import reverse

from labelops.accounts.models import Role, Team
from reviews.models import Review
from reviews.services import consensus, queue
from tasks.models import Assignment, Task
from tests.factories import (
    make_batch,
    make_labeled_task,
    make_member,
    make_published_project,
    make_team,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def people(team):
    return [make_member(team, name="Ana Secret"), make_member(team, name="Bo Secret")]


@pytest.fixture
def batch(team):
    project = make_published_project(team, name="Birds")
    return make_batch(project, team, overlap=2, review_percent=0)


@pytest.fixture
def disputed(batch, people):
    task = make_labeled_task(batch, "wren", "robin", authors=people)
    consensus.assess(task.pk)
    return task


@pytest.fixture
def expert(team, client):
    user = make_member(team, Role.EXPERT)
    client.force_login(user)
    return user


def start(client):
    response = client.post(reverse("review_next"))
    assert response.status_code == 302
    return response.headers["Location"]


def send(client, page, **over):
    body = {"request_id": str(uuid.uuid4()), **over}
    return client.post(page + "decide/", body)


def test_an_empty_desk_says_what_will_come(expert, batch, client):
    response = client.get(reverse("review_home"))
    assert "Nothing waits for a decision" in response.content.decode()


def test_the_page_hides_authors_and_says_why(disputed, expert, client):
    page = client.get(start(client)).content.decode()
    assert "Secret" not in page
    assert "tie: " in page
    assert "preselected" in page


def test_a_fix_by_form_settles_and_goes_on(disputed, expert, client):
    page = start(client)
    wrong = Task.objects.get(pk=disputed.pk).consensus.answer["species"]
    right = "robin" if wrong == "wren" else "wren"
    response = send(
        client,
        page,
        decision="fix",
        reason="wrong_class",
        comment="Look at the tail.",
        answer=json.dumps({"species": right}),
    )
    assert response.status_code == 302
    assert Task.objects.get(pk=disputed.pk).result_answer == {"species": right}


def test_accept_takes_the_chosen_answer(disputed, expert, client):
    page = start(client)
    send(client, page, decision="accept", chosen="1")
    stored = Task.objects.get(pk=disputed.pk)
    assert stored.result_answer != disputed.consensus.answer


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"decision": "reject"}, "Choose a reason"),
        ({"decision": "fix", "reason": "wrong_class"}, "A fix needs the right answer"),
        ({"decision": "reject", "reason": "other"}, "Say in a sentence"),
        ({"decision": "accept", "chosen": "7"}, "not one of those shown"),
        ({"decision": "fix", "reason": "wrong_class", "answer": "{"}, ""),
        ({"decision": "fix", "reason": "wrong_class", "answer": '{"species": "eagle"}'}, "eagle"),
        ({"decision": "dance"}, "dance"),
        ({"decision": "reject", "reason": "mood"}, "mood"),
    ],
)
def test_a_wrong_form_comes_back_with_a_sentence_and_decides_nothing(
    disputed, expert, client, sent, said
):
    response = send(client, start(client), **sent)
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    assert said in response.content.decode()
    assert not Review.objects.exists()


def test_a_task_that_went_elsewhere_leads_back_to_the_desk(disputed, expert, client):
    page = start(client)
    Assignment.objects.filter(annotator=expert).update(state=Assignment.State.EXPIRED)
    assert client.get(page).headers["Location"] == reverse("review_home")


def test_giving_back_opens_it_for_others(disputed, expert, team, client):
    page = start(client)
    client.post(page + "release/")
    assert queue.next_review(make_member(team, Role.REVIEWER)).task_id == disputed.pk


def test_a_vendors_reviewer_sees_only_the_batches_of_that_vendor(disputed, batch, client):
    vendor = make_team(kind=Team.Kind.VENDOR)
    batch.project.teams.add(vendor)
    outsider = make_member(vendor, Role.REVIEWER)
    assert queue.next_review(outsider) is None
    batch.teams.add(vendor)
    assert queue.next_review(outsider).task_id == disputed.pk


def test_the_desk_costs_the_same_for_ten_and_twenty(
    batch, people, expert, client, django_assert_num_queries
):
    def fill():
        for _number in range(10):
            consensus.assess(make_labeled_task(batch, "wren", "robin", authors=people).pk)

    fill()
    client.get(reverse("review_home"))
    with django_assert_num_queries(21):
        client.get(reverse("review_home"))
    fill()
    with django_assert_num_queries(21):
        client.get(reverse("review_home"))


def test_the_api_serves_and_decides_like_the_page(disputed, expert, client):
    [given] = client.post(reverse("api_review_next"), {}, content_type="application/json").json()
    assert {entry["name"] for entry in given["answers"]} == {"A", "B"}
    assert "Secret" not in json.dumps(given)
    body = {"decision": "accept", "request_id": str(uuid.uuid4())}
    url = reverse("api_review_decide", args=[given["assignment"]])
    first = client.post(url, body, content_type="application/json")
    again = client.post(url, body, content_type="application/json")
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    refused = client.post(url, body | {"decision": "escalate"}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "request_id_reused")


def test_a_labelled_item_is_opened_on_the_desk_from_its_page(batch, people, expert, team, client):
    task = make_labeled_task(batch, "robin", "robin", authors=people)
    consensus.assess(task.pk)
    item_page = client.get(reverse("item_detail", args=[task.item.public_id])).content.decode()
    address = reverse("review_open", args=[task.public_id])
    assert address in item_page
    first = client.post(address)
    held = Assignment.objects.get(task=task, state="leased")
    assert (held.annotator, held.pick.way) == (expert, "filter")
    assert first.headers["Location"] == reverse("review_task", args=[held.public_id])
    # Again it is the same lease; to others, and to whoever labelled it, it is not given.
    assert client.post(address).headers["Location"] == first.headers["Location"]
    client.force_login(make_member(team, Role.EXPERT))
    assert (
        "reviewing this item at this moment" in client.post(address, follow=True).content.decode()
    )
    other = make_labeled_task(batch, "robin", "robin", authors=people)
    consensus.assess(other.pk)
    team.memberships.filter(user=people[0]).update(role=Role.EXPERT)
    client.force_login(people[0])
    told = client.post(reverse("review_open", args=[other.public_id]), follow=True)
    assert "not yours to decide" in told.content.decode()
    assert not Assignment.objects.filter(task=other, stage="review").exists()
