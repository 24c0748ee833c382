"""What people answer on gold teaches the model of people, and nothing else."""

import pytest

from reviews.reports.consensus import MODEL, item_labels
from reviews.services import certain_answers, consensus, gold, gold_measuring, inference
from reviews.services.figures import project_figures
from tests.factories import (
    CHOICE_SCHEMA,
    make_batch,
    make_gold,
    make_gold_answer,
    make_labeled_task,
    make_member,
    make_published_project,
    make_team,
    make_user,
)
from tests.reviews.gold import known_answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    """Two people disagree once; one of them knows gold and the other does not."""
    team = make_team()
    project = make_published_project(team)
    batch = make_batch(project, team)
    good, bad = make_member(team), make_member(team)
    made = []
    for number in range(12):
        label, wrong = ("robin", "wren") if number % 2 else ("wren", "robin")
        gold = make_gold(project, label)
        known_answer(gold, label, by=project.created_by)
        make_gold_answer(gold, batch, good, label)
        make_gold_answer(gold, batch, bad, wrong)
        made.append(gold)
    gold_measuring.measure_waiting()
    disputed = make_labeled_task(batch, "robin", "wren", authors=[good, bad])
    return project, disputed, made


def belief(project, task):
    fits = inference.refit(project).fits
    return inference.beliefs_by_task(fits)[task.pk]["species"]


def test_whoever_knows_gold_is_believed(world):
    project, disputed, _made = world
    found = belief(project, disputed)
    assert found["robin"] > 0.6 > found["wren"]


def test_gold_in_doubt_teaches_nothing(world):
    project, _disputed, made = world
    known = len(certain_answers.of_gold(project))
    gold.suspend(made[0], reason="Is it one?", by=None)
    assert len(certain_answers.of_gold(project)) == known - 1
    gold.retire(made[0], reason="Nobody can tell.", by=make_user())
    assert len(certain_answers.of_gold(project)) == known - 1


def test_gold_is_no_item_of_the_consensus_and_counts_in_no_figure(world):
    project, disputed, _made = world
    consensus.assess_waiting()
    refit = inference.refit(project)
    control = CHOICE_SCHEMA["controls"][0]
    labels = list(item_labels(project, control, refit, method=MODEL))
    assert [label.item for label in labels] == [disputed.item.external_id]
    figures = project_figures(project)
    assert (figures["annotation_count"], figures["task_count"]) == (2, 1)
