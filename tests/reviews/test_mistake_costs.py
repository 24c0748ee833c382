"""What mistakes cost: the queue goes by the expected cost, the probabilities stay as they are."""

import pytest
from django.urls import reverse

from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.errors import DomainError
from reviews.models import Consensus, InferenceModel, MistakeCost
from reviews.quality.judgement import expected_cost, judge
from reviews.services import consensus, costs, inference, queue
from tests.factories import (
    make_batch,
    make_labeled_task,
    make_member,
    make_published_project,
    make_team,
)

pytestmark = pytest.mark.django_db
BIRD = {"name": "bird", "type": "choice", "multiple": False}
BIRDS = {**BIRD, "multiple": True}
BELIEF = {"crow": 0.1, "wren": 0.7, "owl": 0.2}


def build():
    team = make_team()
    batch = make_batch(make_published_project(team), team)
    people = [make_member(team) for _number in range(2)]
    for labels in [("robin", "wren"), ("wren", "wren"), ("robin", "robin")] * 4:
        make_labeled_task(batch, *labels, authors=people)
    consensus.assess_waiting()
    inference.refit(batch.project)
    return batch


@pytest.fixture
def batch(made):
    return made


def test_at_the_usual_cost_the_risk_is_the_chance_of_a_mistake():
    found = judge({"controls": [BIRD]}, {"bird": "crow"}, 0.0, {"bird": BELIEF})
    assert found.risk == found.p_wrong == pytest.approx(0.3)
    assert expected_cost(BIRDS, {"crow": 0.9, "owl": 0.2}, ["crow"], {}) == pytest.approx(0.2)


def test_a_class_that_costs_more_is_what_must_not_be_missed():
    assert expected_cost(BIRD, BELIEF, "wren", {"owl": 5}) == pytest.approx(0.1 + 5 * 0.2)
    assert expected_cost(BIRD, BELIEF, "owl", {"owl": 5}) == pytest.approx(0.8)
    assert expected_cost(BIRDS, {"crow": 0.9, "owl": 0.2}, ["crow"], {"owl": 5}) == 1.0


def test_the_queue_follows_the_costs_with_the_next_fit(batch):
    manager = make_member(batch.teams.first(), Role.MANAGER)
    expert = make_member(batch.teams.first(), Role.EXPERT)
    before = dict(Consensus.objects.values_list("task", "p_wrong"))
    costs.set_costs(batch.project, {("species", "robin"): 50.0}, by=manager)
    InferenceModel.objects.update(seconds=0)
    assert inference.refit_outdated() == 1
    assert dict(Consensus.objects.values_list("task", "p_wrong")) == before
    for found in Consensus.objects.all():
        missed = found.p_wrong if found.answer["species"] == "wren" else 0
        assert found.risk == pytest.approx(50 * missed or found.p_wrong, abs=0.001 * 50)
    taken = queue.next_review(expert)
    assert taken.task.consensus.risk == max(Consensus.objects.values_list("risk", flat=True))


def test_costs_that_did_not_change_are_no_event(batch):
    manager = make_member(batch.teams.first(), Role.MANAGER)
    for _again in range(2):
        costs.set_costs(batch.project, {("species", "wren"): 3.0}, by=manager)
    assert Event.objects.filter(verb="project.mistake_costs").count() == 1
    assert costs.costs_of(batch.project_id) == {"species": {"wren": 3.0}}


@pytest.mark.parametrize("cost", [-1.0, 101.0])
def test_a_cost_out_of_range_is_refused(batch, cost):
    with pytest.raises(DomainError) as refused:
        costs.set_costs(batch.project, {("species", "wren"): cost}, by=batch.created_by)
    assert refused.value.field == "cost"
    assert not MistakeCost.objects.exists()


def test_an_expert_sets_costs_on_the_page(client, batch):
    client.force_login(make_member(batch.teams.first(), Role.EXPERT))
    url = reverse("mistake_costs", args=[batch.project.slug])
    assert "Robin" in client.get(url).content.decode()
    refused = client.post(url, {"cost0": "-4", "cost1": "1"})
    assert refused.status_code == 422
    assert client.post(url, {"cost0": "4.5", "cost1": "1"}).status_code == 302
    assert costs.costs_of(batch.project_id) == {"species": {"robin": 4.5, "wren": 1.0}}
