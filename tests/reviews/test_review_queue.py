"""Which task the desk serves next, and the random sample that figures rest on."""

import pytest
from django.urls import reverse

from labelops.accounts.models import Role
from reviews.models import Consensus, Measurement
from reviews.services import consensus, fitted_models, grid_review, inference, queue
from reviews.services.figures import project_figures
from tasks.models import Annotation, Assignment, Stage, Task
from tasks.services import assignments, leases, suspensions
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
from tests.reviews.test_desk_services import decide

pytestmark = pytest.mark.django_db
Standing = Consensus.Standing


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def batch(team):
    return make_batch(make_published_project(team), team, overlap=2, review_percent=0)


@pytest.fixture
def people(team):
    return [make_member(team), make_member(team)]


@pytest.fixture
def expert(team):
    return make_member(team, Role.EXPERT)


def labeled(batch, people, *labels):
    task = make_labeled_task(batch, *labels, authors=people)
    consensus.assess(task.pk)
    return Task.objects.get(pk=task.pk)


def test_an_accepted_label_stands_while_somebody_looks_at_it(batch, people, expert):
    task = labeled(batch, people, "wren", "wren")
    held = queue.next_review(expert)
    assert (held.task_id, held.stage) == (task.pk, Stage.REVIEW)
    assert Task.objects.get(pk=task.pk).state == Task.State.ACCEPTED
    decide(held, expert, "fix", answer={"species": "robin"})
    task.refresh_from_db()
    assert (task.state, task.result_answer) == (Task.State.ACCEPTED, {"species": "robin"})
    assert task.result_source == Task.Source.REVIEW


def test_an_accepted_label_that_is_rejected_does_not_stand_any_more(batch, people, expert):
    task = labeled(batch, people, "wren", "wren")
    decide(queue.next_review(expert), expert, "reject")
    task.refresh_from_db()
    assert (task.state, task.result_answer) == (Task.State.REWORK, None)


def test_a_look_that_ran_out_is_offered_again(batch, people, expert):
    labeled(batch, people, "wren", "wren")
    held = queue.next_review(expert)
    Assignment.objects.filter(pk=held.pk).update(leased_until="2020-01-01T00:00Z")
    leases.expire_leases()
    again = queue.next_review(expert)
    assert again.task_id == held.task_id
    assignments.release(again, by=expert)
    assert queue.next_review(expert).task_id == held.task_id


def test_two_experts_never_look_at_the_same_task(batch, people, team, expert):
    for _number in range(3):
        labeled(batch, people, "wren", "wren")
    experts = [expert, make_member(team, Role.EXPERT), make_member(team, Role.REVIEWER)]
    assert len({queue.next_review(person).task_id for person in experts}) == 3
    assert queue.next_review(make_member(team, Role.EXPERT)) is None


def test_only_what_waits_when_that_is_asked_for(batch, people, expert):
    labeled(batch, people, "wren", "wren")
    assert queue.next_review(expert, is_required=True) is None
    split = labeled(batch, people, "wren", "robin")
    assert queue.next_review(expert, is_required=True).task_id == split.pk


def test_nobody_looks_at_their_own_accepted_work(batch, team, people):
    judge = make_member(team, Role.REVIEWER)
    labeled(batch, [judge, people[0]], "wren", "wren")
    assert queue.next_review(judge) is None


def test_one_pick_in_five_is_left_to_chance(batch, people, expert, settings):
    settings.RANDOM_REVIEW_PERCENT = 100
    for _number in range(6):
        labeled(batch, people, "wren", "wren")
    labeled(batch, people, "wren", "robin")
    first = Consensus.objects.order_by("draw").first()
    assert queue.next_review(expert).task_id == first.task_id


def test_the_sample_is_the_beginning_of_the_random_order(batch, people, expert):
    tasks = [labeled(batch, people, "wren", "wren") for _number in range(4)]
    for place, task in enumerate(tasks):
        Consensus.objects.filter(task=task).update(draw=place / 10, risk=place)
    for _number in range(2):
        decide(queue.next_review(expert), expert, "accept")
    assert not Consensus.objects.filter(standing=Standing.SAMPLED).exists()
    Consensus.objects.filter(task=tasks[0]).update(risk=9)
    decide(queue.next_review(expert), expert, "fix", answer={"species": "robin"})
    sampled = Consensus.objects.filter(standing=Standing.SAMPLED)
    assert [(row.task_id, row.was_wrong) for row in sampled] == [(tasks[0].pk, True)]
    assert Measurement.objects.filter(is_right=False).count() == 2
    decide(queue.next_review(expert), expert, "accept")
    assert Consensus.objects.filter(standing=Standing.SAMPLED).count() == 4
    rate = project_figures(batch.project)["error_rate"]
    assert (rate["value"], rate["n"], rate["size"]) == (0.25, 4, 4)


def test_work_that_was_rejected_once_was_wrong_for_good(batch, people, expert):
    task = labeled(batch, people, "wren", "wren")
    decide(queue.next_review(expert), expert, "reject")
    for person in people:
        held = Assignment.objects.filter(task=task, round=2, state="open", offered_to=person).get()
        Assignment.objects.filter(pk=held.pk).update(
            state="submitted", annotator=person, instruction_version=task.result_version
        )
        first = Annotation.objects.filter(task=task, author=person).first()
        Annotation.objects.create(
            task=task,
            author=person,
            assignment_id=held.pk,
            instruction_version=first.instruction_version,
            answer={"species": "robin"},
            submitted_at=first.submitted_at,
        )
    Task.objects.filter(pk=task.pk).update(labels_missing=0, labels_complete_at="2026-01-01T00:00Z")
    consensus.assess(task.pk)
    decide(queue.next_review(expert), expert, "accept")
    made = Consensus.objects.get(task=task)
    assert (made.standing, made.was_wrong) == (Standing.SAMPLED, True)


def test_whoever_answered_before_a_breaking_change_is_not_blamed(batch, people, expert):
    task = labeled(batch, people, "wren", "wren")
    held = queue.next_review(expert)
    version = held.instruction_version
    number = version.number + 1
    later = make_instruction(
        batch.project, number=number, state="superseded", breaking_number=number
    )
    Assignment.objects.filter(pk=held.pk).update(instruction_version=later)
    decide(held, expert, "fix", answer={"species": "robin"})
    assert set(Measurement.objects.values_list("is_right", "is_void")) == {(False, True)}
    assert Task.objects.get(pk=task.pk).result_version == later


def test_people_who_draw_badly_count_less_where_objects_are_merged(team):
    schema = {
        "controls": [
            {
                "name": "objects",
                "type": "shapes",
                "title": "Objects",
                "required": False,
                "tools": ["box"],
                "labels": [{"value": "car", "title": "Car"}, {"value": "bus", "title": "Bus"}],
            }
        ]
    }
    project = make_project(team)
    make_instruction(project, label_schema=schema)
    batch = make_batch(project, team, overlap=3, review_percent=0)
    people = [make_member(team) for _number in range(3)]

    def drawn(task, *labels):
        for person, label in zip(people, labels, strict=True):
            box = {"id": "a", "label": label, "box": [10, 10, 20, 20]}
            make_annotation(task, person, {"objects": [box]})
        return consensus.assess(task.pk)

    for number in range(20):
        drawn(make_task(batch), "car", "car", "bus" if number % 3 == 0 else "car")
    inference.refit(project)
    weights = fitted_models.stored(project.pk).weights["objects"]
    steady, careless = weights[people[0].pk], weights[people[2].pk]
    assert careless < steady
    made = drawn(make_task(batch), "car", "car", "bus")
    assert made.answer["objects"][0]["label"] == "car"
    assert made.disputes == {} or made.task.state == Task.State.IN_REVIEW


def test_nobody_is_handed_anothers_work_while_they_are_suspended(client, batch, people, expert):
    manager = make_member(batch.teams.get(), Role.MANAGER)
    for _number in range(2):
        labeled(batch, people, "robin", "wren")
    held = queue.next_review(expert)
    found = suspensions.suspend(
        batch.project, expert, reason="Decisions came too fast.", days=2, by=manager
    )
    held.refresh_from_db()
    assert held.state == Assignment.State.REVOKED
    assert queue.next_review(expert) is None
    assert not queue.waiting(expert).exists()
    assert grid_review.next_page(expert, batch.project, value="robin") == []
    client.force_login(expert)
    shown = client.get(reverse("review_home")).content.decode()
    assert "Decisions came too fast." in shown
    suspensions.lift(found, reason="It was a mistake.", by=manager)
    assert queue.next_review(expert) is not None
