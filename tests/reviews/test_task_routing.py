"""From what a model has proved to who answers: alone, audited, beside people, and done anew."""

import os
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labelops.audit.models import Event
from reviews.models import BatchRouting, Consensus, ModelLook, TaskRoute
from reviews.services import consensus, inference, model_redo, task_routing
from reviews.services.lone_models import ALONE
from tasks.models import Annotation, Assignment, ModelGrant, Task
from tasks.services import handout, model_grants, recounts, results, suggestions
from tests.factories import (
    make_annotation,
    make_batch,
    make_grant,
    make_member,
    make_model_version,
    make_prediction,
    make_published_project,
    make_task,
    make_team,
    settle,
)
from tests.reviews.certified import certify, said_tasks

pytestmark = pytest.mark.django_db
Way = TaskRoute.Way
needs_postgresql = pytest.mark.skipif(
    os.environ.get("LABELOPS_TEST_DATABASE") != "postgresql",
    reason="several connections at once: LABELOPS_TEST_DATABASE=postgresql",
)


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def model(team):
    return make_model_version(make_published_project(team))


@pytest.fixture
def batch(team, model):
    return make_batch(model.project, team, model_bar_percent=95)


@pytest.fixture
def never_audited(monkeypatch):
    monkeypatch.setattr(task_routing, "dice_of", lambda _public_id: 0.999)


@pytest.fixture
def always_audited(monkeypatch):
    monkeypatch.setattr(task_routing, "dice_of", lambda _public_id: 0.0)


def _ways(tasks):
    return list(TaskRoute.objects.filter(task__in=tasks).values_list("way", "reason"))


def test_what_is_proved_is_answered_alone_and_accepted(model, batch, never_audited):
    certify(model)
    sure = said_tasks(batch, model, 3)
    nearly = said_tasks(batch, model, 1, score=0.8)
    unsure = said_tasks(batch, model, 1, score=0.5)
    other = said_tasks(batch, model, 1, label="wren")
    unsaid = make_task(batch)
    taken = said_tasks(batch, model, 1)
    person = make_member(batch.teams.get())
    Assignment.objects.filter(task=taken[0], slot=1).update(
        state="leased", annotator=person, leased_at=timezone.now()
    )
    assert task_routing.route_waiting() == 7
    assert set(_ways(sure)) == {("model", "certain")}
    assert _ways(nearly + unsure) == [("people", "near_cut"), ("people", "unsure")]
    assert _ways([*other, unsaid]) == [("people", "no_certificate"), ("people", "no_prediction")]
    assert not TaskRoute.objects.filter(task=taken[0]).exists()

    consensus.assess_waiting()
    for task in sure:
        task.refresh_from_db()
        assert (task.state, task.result_answer) == (Task.State.ACCEPTED, {"species": "robin"})
        found = Consensus.objects.get(task=task)
        assert (found.method, round(found.p_wrong, 2)) == (ALONE, 0.05)
        [answer] = Annotation.objects.filter(task=task)
        assert (answer.author, answer.suggestion) == (model.user, None)
    assert not Assignment.objects.filter(task__in=sure, state="open").exists()
    assert task_routing.route_waiting() == 0
    # Nor does what people say elsewhere change it.
    for wren in [make_task(batch) for _number in range(5)]:
        for _number in range(2):
            make_annotation(wren, make_member(batch.teams.get()), {"species": "wren"})
    consensus.assess_waiting()
    inference.refit(batch.project)
    stored = Task.objects.filter(pk__in=[task.pk for task in sure])
    assert {answer["species"] for answer in stored.values_list("result_answer", flat=True)} == {
        "robin"
    }
    routing = BatchRouting.objects.get()
    assert ["model", "certain", 3, 3] in routing.counts
    assert recounts.recount(batch) == []


def test_audits_go_to_people_who_do_not_see_what_the_model_says(model, batch, always_audited):
    batch.suggestions = "shown"
    batch.blind_percent = 0
    batch.save()
    certify(model)
    [task] = said_tasks(batch, model, 1)
    task_routing.route_waiting()
    task.refresh_from_db()
    assert _ways([task]) == [("audit", "audit")]
    assert (task.state, suggestions.is_blind(task, batch)) == (Task.State.PENDING, True)
    person = make_member(batch.teams.get())
    [given] = handout.next_assignments(person, count=1).assignments
    assert suggestions.visible(given) is None
    # An audit stays one, whatever the dice say at the next routing.
    make_member(batch.teams.get())
    certify(model, cut=0.5, bar=97)
    task_routing.route_waiting()
    assert _ways([task]) == [("audit", "audit")]


def test_a_second_reader_gives_one_of_two_answers(model, batch):
    make_grant(model, level=ModelGrant.Level.SECOND_READER)
    [task] = said_tasks(batch, model, 1, score=0.4)
    single = make_batch(batch.project, batch.teams.get(), overlap=1, model_bar_percent=95)
    [alone] = said_tasks(single, model, 1, score=0.4)
    [strange] = said_tasks(single, model, 1, novelty=0.999)
    task_routing.route_waiting()
    task.refresh_from_db()
    assert (task.state, task.labels_missing) == (Task.State.LABELING, 1)
    assert _ways([task, alone, strange]) == [
        ("second", "second_reader"),
        ("people", "no_certificate"),
        ("expert", "novel"),
    ]
    strange.refresh_from_db()
    assert strange.state == Task.State.IN_ADJUDICATION
    # Left alone with its answer it is a single label like any: nothing proves what it says.
    [left] = said_tasks(batch, model, 1, score=0.4)
    task_routing.route_waiting()
    Assignment.objects.filter(task=left, state="open").update(state="revoked")
    Task.objects.filter(pk=left.pk).update(labels_missing=0, labels_complete_at=timezone.now())
    consensus.assess_waiting()
    assert Consensus.objects.get(task=left).method == "vote"
    person = make_member(batch.teams.get())
    make_annotation(task, person, {"species": "wren"})
    consensus.assess_waiting()
    task.refresh_from_db()
    assert task.state == Task.State.IN_REVIEW


def test_versions_that_differ_and_broken_answers_are_for_people(model, batch, never_audited):
    newer = make_model_version(batch.project)
    certify(newer)
    [differs] = said_tasks(batch, newer, 1)
    make_prediction(model, differs.item, "wren")
    [broken] = said_tasks(batch, newer, 1, answer={"species": "an ostrich"})
    [taught] = said_tasks(batch, newer, 1, is_trained_on=True)
    task_routing.route_waiting()
    assert _ways([differs, broken, taught]) == [
        ("people", "versions_differ"),
        ("people", "not_free"),
        ("people", "taught_it"),
    ]
    scores = BatchRouting.objects.get().scores
    assert ["robin", 95, False, True, False, False, 1] in scores
    assert ["robin", 95, False, False, True, False, 1] in scores


def test_certificates_that_end_or_come_route_what_waits_again(model, batch, never_audited):
    batch.overlap = 1
    batch.save()
    tasks = said_tasks(batch, model, 2)
    task_routing.route_waiting()
    assert {reason for _way, reason in _ways(tasks)} == {"no_certificate"}
    # A lower bar than the batch asks for proves nothing here.
    certify(model, bar=90)
    task_routing.route_waiting()
    assert {way for way, _reason in _ways(tasks)} == {"people"}
    certify(model, bar=97)
    task_routing.route_waiting()
    assert {way for way, _reason in _ways(tasks)} == {"model"}
    ModelLook.objects.update(ended_at=timezone.now())
    later = said_tasks(batch, model, 1)
    task_routing.route_waiting()
    assert _ways(later) == [("people", "no_certificate")]


def test_a_stopped_model_answers_nothing_any_more(model, batch):
    certify(model)
    model_grants.stop(model, by=batch.created_by, reason="It guesses.", redo=False)
    said_tasks(batch, model, 1)
    assert task_routing.route_waiting() == 0
    assert not TaskRoute.objects.exists()


def test_what_lost_its_level_is_done_anew_but_for_what_experts_decided(
    model, batch, never_audited, monkeypatch
):
    certify(model)
    tasks = said_tasks(batch, model, 4)
    task_routing.route_waiting()
    consensus.assess_waiting()
    settle(tasks[0], {"species": "wren"}, source=Task.Source.REVIEW)
    since = timezone.now() - timedelta(hours=1)
    make_grant(model, level=2, cut=None, bar_percent=None, redo_since=since)
    monkeypatch.setattr(model_redo, "CHUNK", 2)
    _killed_after_one_chunk(monkeypatch)
    assert ModelGrant.objects.get().redo_since == since
    assert model_redo.redo_waiting() == 2
    assert ModelGrant.objects.get().redo_since is None
    assert model_redo.redo_waiting() == 0
    for task in tasks[1:]:
        task.refresh_from_db()
        assert (task.state, task.labels_missing, task.result_answer) == ("pending", 2, None)
        assert Assignment.objects.filter(task=task, state="open").count() == 2
        route = TaskRoute.objects.get(task=task)
        assert (route.way, route.reason) == ("people", "taken_back")
        assert route.taken_back_at is not None
    assert Task.objects.get(pk=tasks[0].pk).state == Task.State.ACCEPTED
    assert recounts.recount(batch) == []
    verbs = set(Event.objects.values_list("verb", flat=True))
    assert {"annotation.taken_out", "model_grant.redone"} <= verbs
    # What was taken back is never for the model again.
    certify(model)
    task_routing.route_waiting()
    assert Task.objects.filter(state=Task.State.PENDING).count() == 3


def _killed_after_one_chunk(monkeypatch):
    take_back, calls = model_redo._take_back, []

    def once(routes, now):
        calls.append(routes)
        if len(calls) > 1:
            raise KeyboardInterrupt
        return take_back(routes, now)

    with monkeypatch.context() as patched:
        patched.setattr(model_redo, "_take_back", once)
        with pytest.raises(KeyboardInterrupt):
            model_redo.redo_waiting()


def test_a_rejected_answer_is_not_offered_to_the_model(model, batch, never_audited):
    certify(model)
    [task] = said_tasks(batch, model, 1)
    task_routing.route_waiting()
    consensus.assess_waiting()
    with transaction.atomic():
        locked = results.lock_task(task.pk)
        results.open_rework(locked, [model.user], by=batch.created_by, reason="wrong", note={})
    assert not Assignment.objects.filter(task=task, offered_to__isnull=False).exists()


def test_a_chunk_costs_the_same_for_few_tasks_and_many(model, batch, never_audited):
    certify(model)
    counts = []
    for size in (2, 12):
        said_tasks(batch, model, size)
        said_tasks(batch, model, size, score=0.5)
        with CaptureQueriesContext(connection) as queries:
            assert task_routing.route_waiting() == 2 * size
        counts.append(len(queries))
    assert counts[1] <= counts[0] <= 60


@needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_person_and_the_model_at_the_same_moment(team):
    """Each task is the person's or the model's, never of both."""
    project = make_published_project(team)
    model = make_model_version(project)
    batch = make_batch(project, team, overlap=1, model_bar_percent=95)
    certify(model)
    tasks = said_tasks(batch, model, 30)
    people = [make_member(team) for _number in range(3)]
    ready = threading.Barrier(4)

    def lease(person):
        ready.wait()
        for _number in range(4):
            handout.next_assignments(person, count=2)
        connection.close()

    def answer():
        ready.wait()
        task_routing.route_batch(batch)
        connection.close()

    threads = [threading.Thread(target=lease, args=[person]) for person in people]
    threads.append(threading.Thread(target=answer))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    live = Assignment.objects.filter(task__in=tasks, state__in=["open", "leased", "submitted"])
    assert live.count() == 30
    by_model = Annotation.objects.filter(author=model.user)
    assert not by_model.filter(task__assignments__state="leased").exists()
    routed = TaskRoute.objects.filter(answered_at__isnull=False)
    assert set(routed.values_list("task", flat=True)) == set(
        by_model.values_list("task", flat=True)
    )
