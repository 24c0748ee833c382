"""What the desk makes of objects that were marked on crops."""

import uuid

import pytest

from labelops.accounts.models import Role
from reviews.models import Review
from reviews.reports.desk import desk_page
from reviews.services import crops, desk, queue
from reviews.services.object_checks import Mark, confirm_page
from tasks.models import Task
from tests.factories import make_batch, make_instruction, make_member, make_project, settle
from tests.reviews.crops import FISH, crop, make_fish, make_fish_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(team):
    return make_fish_project(team)


@pytest.fixture
def other(team):
    return make_member(team, Role.REVIEWER)


def mark(user, task, number, **over):
    marked = Mark(crop(task, number), "wrong", **over)
    [fate] = confirm_page(user, task.batch.project, [marked], value="pike", request_id=uuid.uuid4())
    assert fate.error == {}


def opened(user):
    held = queue.next_review(user, is_required=True)
    return held, desk_page(held)


def looked_at(user):
    """Nobody asked for a look at it."""
    held = queue.next_review(user)
    return held, desk_page(held)


def labels(answer):
    return [entry["label"] for entry in answer["fish"]]


def test_the_desk_says_what_was_marked_and_proposes_it(batch, author, reviewer, other):
    task = make_fish(batch, author, "pike", "pike", "pike", "pike")
    mark(reviewer, task, 0, should_be="carp")
    mark(reviewer, task, 1, should_be="carp")
    mark(reviewer, task, 2, reason="extra_object")
    mark(reviewer, task, 3, reason="poor_geometry")
    _held, page = opened(other)
    assert page.why[:3] == [
        "2 × Pike marked as Carp",
        "Pike marked: not an object",
        "Pike marked: boundaries are not exact",
    ]
    assert labels(page.proposal) == ["carp", "carp", "pike"]
    assert page.editor["answer"] == page.proposal
    assert [found["object"] for found in page.view["marked"]] == task.result_answer["fish"]
    assert [found["said"] for found in page.view["marked"]] == [
        "Pike marked as Carp",
        "Pike marked as Carp",
        "Pike marked: not an object",
        "Pike marked: boundaries are not exact",
    ]


def test_one_press_stores_what_was_marked(client, batch, author, reviewer, other):
    task = make_fish(batch, author, "pike", "pike")
    mark(reviewer, task, 0, should_be="carp")
    held, page = opened(other)
    client.force_login(other)
    address = f"/review/{held.public_id}/"
    shown = client.get(address).content.decode()
    assert "Pike marked as Carp" in shown
    assert 'value="marked"' in shown
    sent = {"decision": "marked", "request_id": str(uuid.uuid4()), "seen": page.seen}
    assert client.post(f"{address}decide/", sent).status_code == 302
    review = Review.objects.get()
    assert (review.decision, review.reason) == ("fix", "wrong_class")
    task.refresh_from_db()
    assert task.state == "accepted"
    assert labels(task.result_answer) == ["carp", "pike"]
    # What was renamed is looked at as what it is now.
    found = crops.next_page(other, batch.project, value="carp").crops
    assert [entry.name for entry in found] == [crop(task, 0)]


def test_what_was_marked_since_is_not_stored_unseen(client, batch, author, reviewer, other):
    task = make_fish(batch, author, "pike", "pike")
    mark(reviewer, task, 0, should_be="carp")
    held, page = opened(other)
    mark(reviewer, task, 1, reason="extra_object")
    client.force_login(other)
    sent = {"decision": "marked", "request_id": str(uuid.uuid4()), "seen": page.seen}
    answer = client.post(f"/review/{held.public_id}/decide/", sent)
    assert answer.status_code == 422
    assert "changed while you looked" in answer.content.decode()
    assert not Review.objects.exists()


def test_a_desk_without_marks_has_nothing_to_store(client, batch, author, other):
    make_fish(batch, author, "pike")
    held, page = looked_at(other)
    assert (page.proposal, page.view["marked"]) == (None, [])
    client.force_login(other)
    sent = {"decision": "marked", "request_id": str(uuid.uuid4())}
    answer = client.post(f"/review/{held.public_id}/decide/", sent)
    assert answer.status_code == 422


def test_a_decision_settles_the_marks(batch, author, reviewer, other):
    task = make_fish(batch, author, "pike")
    mark(reviewer, task, 0, reason="extra_object")
    held, _page = opened(other)
    desk.decide(held, decision="accept", by=other, request_id=uuid.uuid4())
    task = Task.objects.get(pk=task.pk)
    # An expert let it stand: it does not come again, nor is it marked any more.
    assert crops.next_page(reviewer, batch.project, value="pike").crops == []
    assert desk_page(held).why == ["only one person labelled it"]


def test_boundaries_alone_propose_nothing(batch, author, reviewer, other):
    task = make_fish(batch, author, "pike")
    mark(reviewer, task, 0, reason="poor_geometry")
    _held, page = opened(other)
    assert page.proposal is None
    assert page.editor["answer"] == task.result_answer


def test_attributes_of_both_classes_are_kept(team, author, reviewer, other):
    hidden = {"name": "hidden", "type": "boolean"}
    spotted = {"name": "spotted", "type": "boolean"}
    [control] = FISH["controls"]
    pike, carp = control["labels"]
    asked = control | {
        "labels": [
            pike | {"attributes": [hidden, spotted]},
            carp | {"attributes": [hidden]},
        ]
    }
    project = make_project(team, item_type="image")
    make_instruction(project, label_schema={"controls": [asked]})
    task = make_fish(make_batch(project, team, overlap=1), author, "pike")
    [entry] = task.result_answer["fish"]
    settle(
        task,
        {"fish": [entry | {"attributes": {"hidden": True, "spotted": True}}]},
        source=Task.Source.VOTE,
    )
    mark(reviewer, task, 0, should_be="carp")
    _held, page = opened(other)
    assert page.proposal["fish"][0]["attributes"] == {"hidden": True}


def test_who_adjudicates_goes_on_from_the_label_that_stood(team, batch, author, reviewer, other):
    task = make_fish(batch, author, "pike")
    held, _page = looked_at(other)
    desk.decide(held, decision="accept", by=other, request_id=uuid.uuid4())
    task.refresh_from_db()
    mark(reviewer, task, 0, should_be="carp")
    expert = make_member(team, Role.EXPERT)
    _held, page = opened(expert)
    assert page.is_adjudication
    assert labels(page.editor["answer"]) == ["carp"]
