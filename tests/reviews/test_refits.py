"""What a refit of the inference changes: what nobody decided, by what is known of its people."""

import random

import pytest

from labelops.accounts.models import Role
from reviews.models import Consensus, InferenceModel
from reviews.services import consensus, inference, queue
from tasks.models import Task
from tests.factories import (
    make_batch,
    make_labeled_task,
    make_member,
    make_published_project,
    make_team,
)
from tests.reviews.test_desk_services import decide

pytestmark = pytest.mark.django_db


def build():
    """Forty tasks of three people: Ana is nearly always with the majority, Bo is not."""
    team = make_team()
    batch = make_batch(make_published_project(team), team, overlap=3, review_percent=0)
    voters = [make_member(team) for _number in range(3)]
    dice = random.Random(4)
    tasks = []
    for _number in range(40):
        true, other = dice.sample(["robin", "wren"], 2)
        said = [true, other if dice.random() < 0.5 else true, true]
        tasks.append(labeled(batch, voters, *said))
    return {"batch": batch, "crowd": tasks, "expert": make_member(team, Role.EXPERT)}


def labeled(batch, people, *labels):
    task = make_labeled_task(batch, *labels, authors=people)
    consensus.assess(task.pk)
    return Task.objects.get(pk=task.pk)


@pytest.fixture
def batch(made):
    return made["batch"]


@pytest.fixture
def crowd(made):
    return made["crowd"]


@pytest.fixture
def expert(made):
    return made["expert"]


def test_the_likeliest_mistake_is_served_first_accepted_or_not(batch, crowd, expert):
    inference.refit(batch.project)
    riskiest = Consensus.objects.order_by("-risk", "task").first()
    assert queue.next_review(expert).task_id == riskiest.task_id


def test_a_refit_weighs_people_and_restates_what_nobody_decided(batch, crowd, expert):
    before = dict(Consensus.objects.values_list("task", "p_wrong"))
    found = inference.refit(batch.project)
    after = dict(Consensus.objects.values_list("task", "p_wrong"))
    assert before != after
    assert InferenceModel.objects.get().label_count == 120
    model = found.models["species", None]
    steady, careless = crowd[0].annotations.order_by("pk").values_list("author", flat=True)[:2]
    diagonals = [model.confusion[model.people[who]].diagonal().mean() for who in (steady, careless)]
    assert diagonals[0] > diagonals[1]


def test_a_refit_changes_accepted_labels_but_never_experts_decisions(batch, crowd, expert):
    decided = crowd[0]
    Consensus.objects.filter(task=decided).update(risk=9)
    mistaken = "wren" if decided.consensus.answer == {"species": "robin"} else "robin"
    decide(queue.next_review(expert), expert, "fix", answer={"species": mistaken})
    accepted = Task.objects.filter(state="accepted", result_source="vote").first()
    # As if the people had seemed to say the other class so far.
    other = "wren" if accepted.result_answer == {"species": "robin"} else "robin"
    Task.objects.filter(pk=accepted.pk).update(result_answer={"species": other})
    Consensus.objects.filter(task=accepted).update(answer={"species": other})
    assert inference.refit(batch.project).changed >= 1
    restated = Task.objects.get(pk=accepted.pk)
    assert restated.result_answer == accepted.result_answer
    assert (restated.state, restated.result_source) == ("accepted", Task.Source.CONSENSUS)
    assert Task.objects.get(pk=decided.pk).result_answer == {"species": mistaken}


def test_a_refit_of_the_same_labels_writes_the_same_bytes(batch, crowd):
    inference.refit(batch.project)
    fields = ("task", "answer", "p_wrong", "risk", "confidence", "sources", "computed_at")
    first = list(Consensus.objects.order_by("pk").values_list(*fields))
    arrays = bytes(InferenceModel.objects.get().arrays)
    assert inference.refit(batch.project).changed == 0
    assert list(Consensus.objects.order_by("pk").values_list(*fields)) == first
    assert bytes(InferenceModel.objects.get().arrays) == arrays


def test_a_new_task_is_assessed_with_what_is_known_of_its_people(batch, crowd):
    inference.refit(batch.project)
    authors = [row.author for row in crowd[0].annotations.order_by("pk")]
    made = labeled(batch, authors, "robin", "wren", "robin").consensus
    assert made.method == "dawid-skene"
    assert made.sources == [[row.pk, 1] for row in made.task.annotations.order_by("pk")]


def test_projects_are_refitted_when_something_happened(batch, crowd, expert):
    assert inference.refit_outdated() == 1
    assert inference.refit_outdated() == 0
    InferenceModel.objects.update(seconds=0)
    decide(queue.next_review(expert), expert, "escalate")
    assert inference.refit_outdated() == 1
