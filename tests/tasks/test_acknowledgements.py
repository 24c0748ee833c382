"""Reading what changed: no next task before it, and a quiz after a breaking change."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labelops.errors import Conflict, DomainError
from tasks.models import Acknowledgement
from tasks.services import acknowledgements, eligibility, handout, instructions, publishing
from tests.factories import (
    ROBIN,
    make_batch,
    make_block,
    make_example,
    make_instruction,
    make_item,
    make_member,
    make_project,
    make_task,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(team):
    return make_member(team, username="ana")


@pytest.fixture
def project(team):
    project = make_project(team)
    page = make_block("Red.", id="robin", kind="class", classes=[ROBIN], examples=[])
    make_instruction(project, blocks=[page])
    return project


@pytest.fixture
def batch(project, team):
    batch = make_batch(project, team)
    for _ in range(3):
        make_task(batch)
    return batch


def published(project, by, change, count=4):
    """Version 2: the page has `count` new examples, of do and don't in turn."""
    [page] = instructions.newest_version(project).blocks
    shown = [
        make_example(make_item(project), "do" if place % 2 else "dont", id=f"e{place}")
        for place in range(count)
    ]
    blocks = [{**page, "body": page["body"] + " New.", "examples": shown}]
    draft = instructions.edit_draft(project, by=by, blocks=blocks)
    draft = publishing.request_approval(draft, changes={"robin": change}, by=by)
    return publishing.publish(draft, by=by)


RIGHT = {"e0": False, "e1": True, "e2": False, "e3": True}


def work_of(person, now=None):
    return handout.next_assignments(person, now=now).assignments


def test_after_a_breaking_change_the_quiz_comes_before_the_next_task(project, batch, elena, ana):
    version = published(project, elena, "breaking")
    assert work_of(ana) == []
    assert "instructions have changed" in handout.next_assignments(ana).reason
    assert not eligibility.anybody_left(batch.tasks.first())
    wrong = acknowledgements.acknowledge(
        project, ana, number=2, answers={**RIGHT, "e1": False, "e2": True}
    )
    assert sorted(wrong) == ["e1", "e2"]
    assert work_of(ana) == []
    assert acknowledgements.acknowledge(project, ana, number=2, answers=RIGHT) == []
    assert Acknowledgement.objects.get().mistakes == {"e1": 1, "e2": 1}
    [given] = work_of(ana)
    assert given.instruction_version == version


def test_a_lease_that_was_held_goes_on(project, batch, elena, ana):
    [held] = work_of(ana)
    published(project, elena, "breaking")
    held.refresh_from_db()
    assert held.state == "leased"
    assert held.instruction_version.number == 1


def test_a_clarifying_change_may_be_read_within_a_shift(project, batch, elena, ana, monkeypatch):
    version = published(project, elena, "clarifying")
    assert len(work_of(ana)) == 1
    version.notice_from = timezone.now() - timedelta(seconds=1)
    version.save(update_fields=["notice_from"])
    assert work_of(ana) == []
    assert acknowledgements.acknowledge(project, ana, number=2, answers={}) == []
    assert len(work_of(ana)) == 1


def test_an_editorial_change_asks_nothing(project, batch, elena, ana):
    published(project, elena, "editorial")
    assert len(work_of(ana)) == 1


def test_the_quiz_has_at_most_five_and_both_kinds(project, elena, ana):
    version = published(project, elena, "breaking", count=12)
    asked = acknowledgements.quiz(version, ana, 0)
    verdicts = [entry["example"]["verdict"] for entry in asked]
    assert len(asked) == 5
    assert {verdicts.count("do"), verdicts.count("dont")} == {2, 3}
    assert asked == acknowledgements.quiz(version, ana, 0)
    assert acknowledgements.quiz(version, ana, 2) == []


def test_an_answer_for_each_example_is_needed(project, elena, ana):
    published(project, elena, "breaking")
    with pytest.raises(DomainError) as caught:
        acknowledgements.acknowledge(project, ana, number=2, answers={"e0": True})
    assert caught.value.field.startswith("answers.")
    assert not Acknowledgement.objects.exists()


def test_a_version_that_was_replaced_is_not_acknowledged(project, elena, ana):
    published(project, elena, "breaking")
    with pytest.raises(Conflict):
        acknowledgements.acknowledge(project, ana, number=1, answers=RIGHT)


def test_what_was_read_stays_read_over_later_editorial_versions(project, batch, elena, ana):
    published(project, elena, "breaking")
    acknowledgements.acknowledge(project, ana, number=2, answers=RIGHT)
    [page] = instructions.newest_version(project).blocks
    draft = instructions.edit_draft(project, by=elena, blocks=[{**page, "body": "Red!"}])
    publishing.publish(
        publishing.request_approval(draft, changes={"robin": "editorial"}, by=elena), by=elena
    )
    assert len(work_of(ana)) == 1
    assert work_of(make_member(batch.teams.get())) == []
