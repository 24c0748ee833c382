"""Which predictions are held against what people say, and when that is decided."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labelops.accounts.models import Role
from reviews.models import (
    Consensus,
    EvidenceState,
    ModelCheck,
    ModelStanding,
    TaskRoute,
    TaskToCheck,
)
from reviews.services import consensus, model_checks, model_replays, rollups
from tasks.models import Annotation, ModelVersion, Prediction, Task
from tasks.services import results
from tasks.services.qualifications import set_level
from tests.factories import (
    make_accepted_tasks,
    make_annotation,
    make_batch,
    make_item,
    make_member,
    make_model_version,
    make_prediction,
    make_published_project,
    make_task,
    make_team,
    settle,
)
from tests.reviews.deciding import decide_next

pytestmark = pytest.mark.django_db
Kind = ModelCheck.Kind
Standing = Consensus.Standing


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def people(team):
    return [make_member(team) for _number in range(2)]


@pytest.fixture
def batch(team):
    return make_batch(make_published_project(team), team, overlap=2)


@pytest.fixture
def model(batch):
    return make_model_version(batch.project)


def labelled(model, batch, people, *labels, said="robin", **prediction):
    """A task that the model predicts, people answer, and nobody has checked yet."""
    item = make_item(batch.project)
    if said:
        make_prediction(model, item, said, **prediction)
    task = make_task(batch, item)
    for person, label in zip(people, labels, strict=False):
        make_annotation(task, person, {"species": label})
    return task


def sweep():
    consensus.assess_waiting()
    rollups.count_changes()
    return model_checks.check_noted()


def found(task):
    rows = ModelCheck.objects.filter(task=task)
    return rows.values_list("kind", "is_right", "is_enough", "is_void").first()


def test_who_settles_it_and_what_waits_for_an_expert(batch, model, people, team):
    agreed = labelled(model, batch, people, "robin", "robin")
    differs = labelled(model, batch, people, "wren", "wren")
    split = labelled(model, batch, people, "robin", "wren")
    single = make_batch(batch.project, team, overlap=1)
    thin = labelled(model, single, people, "robin")
    thin_differs = labelled(model, single, people, "wren")
    set_level(batch.project, people[1], level=3, by=batch.created_by, reason="Known.")
    trusted = labelled(model, single, people[1:], "robin")
    assert sweep() == 6
    assert found(agreed) == found(trusted) == (Kind.BLIND, True, True, False)
    assert found(differs) == found(split) == (Kind.BLIND, None, True, False)
    # One voice below level 3 counts neither for the model nor against it.
    assert found(thin) == found(thin_differs) == (Kind.BLIND, None, False, False)
    standing = ModelStanding.objects.get()
    assert (standing.label, standing.is_due) == ("robin", True)
    # An expert rules, and rules otherwise where people had agreed.
    for task in (differs, split, agreed):
        settle(task, {"species": "wren" if task != split else "robin"})
        Consensus.objects.filter(task=task).update(standing=Standing.DECIDED)
    sweep()
    rights = {task: ModelCheck.objects.get(task=task).is_right for task in (differs, split, agreed)}
    assert rights == {differs: False, split: True, agreed: False}
    check = ModelCheck.objects.get(task=differs)
    assert (check.label, check.expected, check.score) == ("robin", "wren", 0.9)
    # Nothing is noted any more, and a second run finds nothing.
    assert not TaskToCheck.objects.exists()
    assert sweep() == 0


def test_what_is_no_evidence(batch, model, people):
    later = timezone.now() + timedelta(days=1)
    labelled(model, batch, people, "robin", "robin", created_at=later)
    labelled(model, batch, people, "robin", "robin", is_trained_on=True)
    labelled(model, batch, people, "robin")
    labelled(model, batch, people, "robin", "robin", said="")
    seen = labelled(model, batch, people, "robin", "robin")
    Annotation.objects.filter(task=seen, author=people[0]).update(suggestion_mode="after")
    labelled(model, batch, [people[0], model.user], "robin", "robin")
    stopped = make_model_version(batch.project)
    labelled(stopped, batch, people, "robin", "robin")
    now = timezone.now()
    ModelVersion.objects.filter(pk=stopped.pk).update(stopped_at=now, stopped_by=batch.created_by)
    sweep()
    assert not ModelCheck.objects.exists()
    # Kept from both of them, it is evidence.
    blind = labelled(model, batch, people, "robin", "robin")
    Annotation.objects.filter(task=blind).update(suggestion_mode="blind")
    sweep()
    assert found(blind) == (Kind.BLIND, True, True, False)


def test_what_is_taken_out_is_void_and_comes_back(batch, model, people):
    task = labelled(model, batch, people, "robin", "robin")
    sweep()
    results.exclude(results.lock_task(task.pk), by=batch.created_by, reason="bad")
    sweep()
    assert found(task)[3]
    Task.objects.filter(pk=task.pk).update(state=Task.State.ACCEPTED)
    sweep()
    assert found(task) == (Kind.BLIND, True, True, False)
    # Another answer of the model since: what it said then stays measured.
    Prediction.objects.update(
        answer={"species": "wren"}, created_at=timezone.now() + timedelta(days=1)
    )
    Task.objects.filter(pk=task.pk).update(result_answer={"species": "wren"})
    sweep()
    assert found(task) == (Kind.BLIND, True, True, False)


def test_an_audit_that_people_cannot_settle_goes_to_an_expert(batch, model, people, team):
    single = make_batch(batch.project, team, overlap=1)
    task = labelled(model, single, people, "robin")
    TaskRoute.objects.create(
        task=task,
        batch=task.batch,
        model_version=model,
        way="audit",
        label="robin",
        routed_at=timezone.now(),
    )
    sweep()
    task.refresh_from_db()
    assert (task.state, found(task)) == (Task.State.IN_REVIEW, (Kind.AUDIT, None, True, False))
    decide_next(make_member(team, Role.EXPERT), "accept")
    sweep()
    assert found(task) == (Kind.AUDIT, True, True, False)


def test_a_new_version_is_held_against_the_sample_decided_before(batch, people, monkeypatch):
    monkeypatch.setattr(model_replays, "CHUNK", 2)
    tasks = make_accepted_tasks(batch, 6, answer={"species": "robin"}, author=people[0])
    ids = [task.pk for task in tasks]
    Task.objects.filter(pk__in=ids).update(result_source=Task.Source.REVIEW)
    Consensus.objects.filter(task__in=ids[:5]).update(standing=Standing.SAMPLED)
    Consensus.objects.filter(task=ids[5]).update(standing=Standing.DECIDED)
    model = make_model_version(batch.project)
    for place, task in enumerate(tasks):
        said = "wren" if place == 1 else "robin"
        make_prediction(model, task.item, said, is_trained_on=place == 0)
    assert (model_replays.replay_due(), model_replays.replay_due()) == (4, 0)
    rows = ModelCheck.objects.order_by("task").values_list("task", "kind", "is_right", "expected")
    assert list(rows) == [(pk, Kind.REPLAY, pk != ids[1], "robin") for pk in ids[1:5]]
    state = EvidenceState.objects.get()
    assert (state.replayed_upto, state.replayed_at is not None) == (0, True)
    assert {found.label for found in ModelStanding.objects.all()} == {"robin", "wren"}
    # A change of its label is a change of the check.
    Task.objects.filter(pk=ids[2]).update(result_answer={"species": "wren"})
    rollups.count_changes()
    model_checks.check_noted()
    assert ModelCheck.objects.get(task=ids[2]).is_right is False


def test_a_sweep_costs_the_same_for_many_tasks_and_dies_without_harm(
    batch, model, people, django_assert_max_num_queries, monkeypatch
):
    for _number in range(3):
        labelled(model, batch, people, "robin", "robin")
    consensus.assess_waiting()
    rollups.count_changes()
    with monkeypatch.context() as dying:
        dying.setattr(ModelStanding.objects, "bulk_create", lambda *_rows, **_over: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            model_checks.check_noted()
    assert (TaskToCheck.objects.count() > 0, ModelCheck.objects.count()) == (True, 0)
    with django_assert_max_num_queries(19):
        assert model_checks.check_noted() >= 3
    assert ModelCheck.objects.filter(is_right=True).count() == 3
