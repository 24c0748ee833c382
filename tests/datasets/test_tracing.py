"""From the failures of an evaluation to their causes, and what people make of these."""

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from datasets.jobs import run_tracing
from datasets.models import FailureCause, FailureCluster, Tracing, VectorSet
from datasets.services import tracing, verdicts
from datasets.services.agreement import agreement_on, blind_splits
from datasets.services.item_set_kinds import read_item_set
from datasets.services.item_sets import members_of
from datasets.services.tracing_tables import failures_of
from labelops.audit.models import Event
from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from reviews.models import Consensus
from tasks.models import Annotation, Assignment, Prediction, Task
from tests.datasets.evaluating import make_match
from tests.datasets.traced import make_failing, trace
from tests.factories import make_batch, make_labeled_task, make_member

pytestmark = pytest.mark.django_db


def build():
    return make_failing()


@pytest.fixture
def world(made):
    return made


def causes(found):
    rows = FailureCause.objects.filter(tracing=found).order_by("pk")
    return {row.item.external_id: row.cause for row in rows.select_related("item")}


def names_of(world, **query):
    chosen = read_item_set(world["project"], {"evaluation": str(world["evaluation"].pk)} | query)
    ids = [member.item_id for page in members_of(chosen) for member in page]
    names = {item.pk: item.external_id for item in world["items"]}
    assert chosen.count() == len(ids)
    return [names[item_id] for item_id in ids]


def test_each_failure_gets_its_cause_and_what_speaks_for_it(world):
    found = trace(world)
    assert (found.failing_count, found.traced_count, found.training_count) == (15, 15, 56)
    told = causes(found)
    assert told.pop("flipped-0") == "test_label"
    assert told.pop("blot-0") == "input"
    assert told.pop("easy-0") == "model"
    assert set(told.values()) == {"training"}
    assert len(told) == 12
    largest = found.clusters.first()
    assert (largest.cause, largest.number) == ("training", 1)
    assert sum(found.clusters.values_list("size", flat=True)) == 15
    odd = FailureCause.objects.get(item__external_id="odd-0")
    assert odd.evidence["tested_truth"] == 1.0
    assert odd.evidence["mistaught"] > 0.9
    blot = FailureCause.objects.get(item__external_id="blot-0")
    assert blot.evidence["reading"] in {"letters", "odd_characters", "length", "variety"}
    assert abs(blot.evidence["beyond"]) > 0.5
    # Sets that pages link to.
    assert sorted(names_of(world, set="cause", cause="training")) == sorted(told)
    assert names_of(world, set="cause", cause="input") == ["blot-0"]
    suspects = names_of(world, set="cause_neighbours", cause="training")
    assert set(suspects) == {f"taught-{number}" for number in range(16)}
    assert set(suspects) < set(names_of(world, set="cause_neighbours", which="all"))
    one = names_of(world, set="cause_neighbours", failure=str(odd.pk), which="all")
    assert len(one) == 15
    for wrong in ({"cause": "x"}, {"cluster": "x"}, {"which": "x"}, {"evaluation": "9" * 30}):
        with pytest.raises(DomainError):
            names_of(world, set="cause_neighbours", **wrong)


def test_a_run_begins_anew_and_says_the_same_and_people_keep_their_word(world):
    found = trace(world)
    before = causes(found)
    run_tracing(found.job_id)
    tracing.run(Job.objects.get(pk=found.job_id))
    assert causes(found) == before
    easy = FailureCause.objects.get(item__external_id="easy-0")
    with pytest.raises(DomainError):
        verdicts.overrule(easy, "rule", "  ", by=world["elena"])
    with pytest.raises(DomainError):
        verdicts.overrule(easy, "weather", "It rained.", by=world["elena"])
    with pytest.raises(Conflict):
        verdicts.overrule(easy, "model", "The same.", by=world["elena"])
    verdicts.overrule(easy, "rule", "Nobody told us about juveniles.", by=world["elena"])
    assert verdicts.changed_count(found) == 1
    assert Event.objects.filter(verb="failure.overruled").count() == 1
    again = trace(world)
    assert again.pk != found.pk
    assert list(Tracing.objects.all()) == [again]
    kept = FailureCause.objects.get(item__external_id="easy-0")
    assert (kept.cause, kept.traced_as, kept.overruled_by) == ("rule", "model", world["elena"])
    verdicts.overrule(kept, "model", "", by=world["mei"])
    assert verdicts.changed_count(again) == 0
    assert FailureCause.objects.get(pk=kept.pk).overruled_by is None


def test_a_group_follows_most_of_its_members_and_is_handed_over_once(world):
    found = trace(world)
    lone = min(found.clusters.all(), key=lambda cluster: cluster.size)
    for failure in lone.causes.all():
        if failure.cause != "rule":
            verdicts.overrule(failure, "rule", "Unclear.", by=world["elena"])
    lone.refresh_from_db()
    assert lone.cause == "rule"
    verdicts.hand_over(lone, by=world["elena"])
    with pytest.raises(Conflict):
        verdicts.hand_over(lone, by=world["mei"])
    assert FailureCluster.objects.get(pk=lone.pk).handed_over_by == world["elena"]


def test_what_taught_the_model_is_what_its_predictions_say(world):
    Prediction.objects.filter(item__external_id__startswith="taught").update(is_trained_on=True)
    Prediction.objects.filter(item__external_id="odd-0").update(is_trained_on=True)
    refused = tracing.start(world["evaluation"], by=world["mei"])
    run_tracing(refused.job_id)
    job = Job.objects.get(pk=refused.job_id)
    assert job.state == Job.State.FAILED
    assert "17 of at least 20" in job.message
    Prediction.objects.filter(item__external_id__startswith="robin").update(is_trained_on=True)
    found = trace(world)
    assert found.training_count == 37
    # An item is no neighbour of itself.
    odd = FailureCause.objects.get(item__external_id="odd-0")
    assert odd.item_id not in odd.evidence["neighbours"]


def test_only_who_answered_blind_is_a_witness_of_a_quarrel(world):
    """Neither who saw what the model says, nor whose work came back, nor answers to gold."""
    project, team = world["project"], world["project"].teams.get()
    batch = make_batch(project, team, overlap=2)
    people = [make_member(team), make_member(team)]
    said = {"differ": "robin wren", "agree": "wren wren", "seen": "robin wren"}
    said |= dict.fromkeys(("back", "gold", "open"), "robin wren")
    tasks = {
        name: make_labeled_task(batch, *answers.split(), authors=people)
        for name, answers in said.items()
    }
    for task in tasks.values():
        Consensus.objects.create(
            task=task,
            batch=batch,
            project=project,
            annotation_count=2,
            agreement=0.5,
            answer={},
            voted={},
            **dict.fromkeys(("p_wrong", "risk", "draw"), 0),
            computed_at=timezone.now(),
        )
    first = {name: task.annotations.order_by("pk").first() for name, task in tasks.items()}
    Annotation.objects.filter(pk=first["seen"].pk).update(suggestion_mode="shown")
    Annotation.objects.filter(pk=first["open"].pk).update(answer={"_undecidable": "too dark"})
    back = Assignment.objects.filter(pk=first["back"].assignment_id)
    back.update(rework_note={"reason": "Wrong", "comment": ""})
    Task.objects.filter(pk=tasks["gold"].pk).update(state=Task.State.GOLD)
    ids = np.array(sorted(task.item_id for task in tasks.values()))
    is_read, differs = blind_splits(world["evaluation"], ids, lambda: None)
    places = {name: int(np.searchsorted(ids, task.item_id)) for name, task in tasks.items()}
    assert {name for name, place in places.items() if is_read[place]} == {"differ", "agree"}
    codes = {world["evaluation"].code_of("robin"), world["evaluation"].code_of("wren")}
    assert set(np.flatnonzero(differs[places["differ"]])) == codes
    assert differs.sum() == 2
    assert np.array_equal(agreement_on(world["evaluation"], ids), np.full(6, 0.5))
    with CaptureQueriesContext(connection) as asked:
        blind_splits(world["evaluation"], ids[:3], lambda: None)
    assert len(asked) == 3


def test_of_several_mistakes_the_surest_is_looked_at(world):
    evaluation = world["evaluation"]
    item = next(item for item in world["items"] if item.external_id == "odd-0")
    evaluation.matches.filter(item=item).update(score=0.4)
    make_match(evaluation, item, "wren", "robin", score=0.7, truth_id="o2", predicted_id="p2")
    make_match(evaluation, item, "wren", truth_id="o3")
    found, total = failures_of(evaluation)
    assert (len(found), total) == (15, 15)
    [mine] = [failure for failure in found if failure.item_id == item.pk]
    assert (mine.truth_id, mine.predicted_id, mine.mistake_count) == ("o2", "p2", 3)


def test_nothing_begins_without_vectors_or_twice_or_before_there_are_matches(world):
    evaluation = world["evaluation"]
    tracing.start(evaluation, by=world["mei"])
    with pytest.raises(Conflict, match="being traced"):
        tracing.start(evaluation, by=world["mei"])
    tracing.cancel(Tracing.objects.get(), by=world["mei"])
    run_tracing(Tracing.objects.get().job_id)
    assert not FailureCause.objects.exists()
    VectorSet.objects.update(vector_count=0)
    with pytest.raises(Conflict, match="no vectors"):
        tracing.start(evaluation, by=world["mei"])
    VectorSet.objects.update(vector_count=87)
    evaluation.matches.all().delete()
    assert trace(world).traced_count == 0
    evaluation.finished_at = None
    with pytest.raises(Conflict, match="not ended"):
        tracing.start(evaluation, by=world["mei"])
