"""Scenario tests: what may be one, what models make of it, and whether they may go out."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from datasets.models import Scenario, ScenarioItem, ScenarioRun
from datasets.services import scenario_checks, scenario_runs, scenarios
from datasets.services.release_gate import AGAIN_AFTER, release_gate, start_due
from datasets.services.scenario_runs import run_scenario, unpacked
from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import run_job
from reviews.services import training_labels
from tasks.models import InstructionVersion, ModelVersion, Prediction, Task
from tasks.services.predictions import get_model_version
from tests.datasets.freezing import freeze, make_label, splits
from tests.datasets.scenarios import freeze_birds, item_ids, make_scenario, say
from tests.factories import (
    make_batch,
    make_member,
    make_model_version,
    make_prediction,
    make_published_project,
    make_team,
)

BOXES = {
    "controls": [
        {
            "type": "shapes",
            "name": "boxes",
            "title": "Boxes",
            "tools": ["box"],
            "labels": [{"value": "car", "title": "Car"}, {"value": "bus", "title": "Bus"}],
        }
    ]
}


def shape(name, label, x):
    return {"id": name, "label": label, "box": [x, 0, 40, 40]}


def build():
    team = make_team()
    mei = make_member(team, Role.MANAGER)
    batch = make_batch(make_published_project(team, created_by=mei), team, overlap=1)
    return batch, freeze_birds(batch)


@pytest.fixture
def batch(made):
    return made[0]


@pytest.fixture
def version(made):
    return made[1]


def refused(version, *arguments, **wish):
    with pytest.raises(DomainError) as caught:
        make_scenario(version, *arguments, **wish)
    return caught.value


def checked(version, ids):
    wish = scenarios.ScenarioWish("dusk", version, Decimal(80))
    scenario = scenarios.unfrozen(version.project, wish, by=version.created_by)
    return scenario_checks.check(scenario, ids)


def test_a_scenario_keeps_items_and_labels_whatever_happens_later(batch, version):
    scenario = make_scenario(version, name=" dusk ")
    assert (scenario.name, scenario.number, scenario.item_count) == ("dusk", 1, 40)
    assert scenario.control == "species"
    assert scenario.members.filter(answer__species="wren").count() == 20
    again = make_scenario(version, item_ids(version)[:35], name="dusk")
    assert (again.number, again.item_count) == (2, 35)
    assert list(scenario_runs.in_gate(batch.project)) == [again]
    event = Event.objects.about(again).get(verb="scenario.frozen")
    assert event.after == {"items": 35, "bar_percent": "80"}
    changes = (
        lambda: ScenarioItem.objects.filter(scenario=again).update(answer={}),
        lambda: ScenarioItem.objects.filter(scenario=again).delete(),
        lambda: Scenario.objects.filter(pk=again.pk).update(bar_percent=1),
        lambda: Scenario.objects.filter(pk=again.pk).update(frozen_at=None),
        lambda: ScenarioItem(scenario=again, item_id=item_ids(version)[39], answer={}).save(),
        lambda: Scenario.objects.filter(pk=again.pk)._raw_delete("default"),
    )
    for change in changes:
        with pytest.raises(IntegrityError, match="cannot be changed"), transaction.atomic():
            change()
    scenarios.retire(again, by=version.created_by)
    # The number before it is no longer the newest, and does not come back.
    assert not scenario_runs.in_gate(batch.project).exists()
    with pytest.raises(Conflict):
        scenarios.retire(again, by=version.created_by)


def test_what_a_model_may_have_seen_is_no_test(batch, version):
    train = item_ids(version, "train")
    assert (
        "4 items are in the training split" in refused(version, train + item_ids(version)).message
    )
    taught = say(version, item_ids(version)[:2], is_trained_on=True)
    assert "2 items have taught" in refused(version).message
    Prediction.objects.filter(model_version=taught).delete()
    make_label(batch, name="copy", text="the same words again", data={"split": "train"})
    make_label(batch, name="exam", text="the same words again", data={"split": "test"})
    leaky = freeze(batch.project)
    ids = item_ids(leaky)
    assert "1 pair of nearly the same items" in refused(leaky, ids).message
    found = checked(leaky, ids)
    assert {item["external_id"] for item in found.alike.shown[0]["both"]} == {"copy", "exam"}
    assert make_scenario(leaky, [*ids, *train], leaves_out=True).item_count == 40
    leaky.leaks["near"] = 500
    assert not checked(leaky, ids[:3]).knows_all_alike


def test_what_so_few_items_cannot_show_is_refused(version):
    ids = item_ids(version)
    message = "So few (13) cannot show this bar: even without a mistake it takes 14."
    assert refused(version, ids[:13]).message == message
    assert make_scenario(version, ids[:14], name="few").item_count == 14
    assert (
        "So few (20) cannot show"
        in refused(version, measure="recall", label="wren", bar_percent=Decimal(90)).message
    )
    assert refused(version, [10**9]).code == "blocked"
    assert refused(version, label="wren").field == "label"
    assert refused(version, measure="recall", label="owl").field == "label"
    assert refused(version, bar_percent=Decimal(100)).field == "bar_percent"
    assert refused(version, name=" ").field == "name"


def test_objects_are_matched_as_evaluations_match_them(db):
    """Twenty pictures with two cars: one is found, the other only touched or not sure enough."""
    batch = make_batch(make_published_project(make_team()))
    project = batch.project
    InstructionVersion.objects.filter(project=project).update(label_schema=BOXES)
    model = make_model_version(project)
    for number in range(20):
        labels = [shape("a", "car", 0), shape("b", "car", 100)]
        task = make_label(batch, name=f"p{number:02}", data={"split": "test"})
        Task.objects.filter(pk=task.pk).update(result_answer={"boxes": labels})
        said = [shape("x", "car", 4), shape("y", "car", 130 if number < 10 else 100)]
        scores = {"boxes.0": 0.9, "boxes.1": 0.9 if number < 10 else 0.2}
        make_prediction(model, task.item, "", answer={"boxes": said}, scores=scores, score=None)
    version = freeze(project)
    measured = {}
    for name, wish in {
        "recall": {"label": "car"},
        "precision": {},
        "right": {"score_bar": 0.0},
    }.items():
        wish = {"measure": name, "score_bar": 0.5, "bar_percent": Decimal(60)} | wish
        run = run_scenario(make_scenario(version, name=name, **wish), model, by=None)
        measured[name] = run.right, run.count
    assert measured == {"recall": (20, 40), "precision": (20, 30), "right": (10, 20)}
    with pytest.raises(DomainError, match="no such class"):
        make_scenario(version, measure="recall", label="owl")


def test_the_built_in_model_may_be_trained_again_without_what_becomes_a_test(version):
    ids = item_ids(version)
    by, project = version.created_by, version.project
    origin = ModelVersion.Origin.BUILT_IN
    for number in (1, 2):
        built_in = get_model_version(
            project, name="built-in", version=str(number), by=by, origin=origin
        )
        say(version, ids, model=built_in, is_trained_on=number == 1)
    assert make_scenario(version, ids[:20]).item_count == 20
    Prediction.objects.filter(model_version=built_in).update(is_trained_on=True)
    assert "when it is trained again" in refused(version, ids[20:]).message


def test_no_model_learns_from_a_test(batch, version):
    scenario = make_scenario(version, item_ids(version)[:20])
    Task.objects.update(result_source="adjudication")
    of = training_labels.accepted_labels(batch.project).values_list("item__external_id", flat=True)
    # The test split of the newest version, and then what has become a scenario before.
    assert set(of) == {f"train{number}" for number in range(4)}
    for item in ScenarioItem.objects.filter(scenario=scenario).select_related("item"):
        item.item.data |= {"split": "train"}
        item.item.save()
    later = freeze(batch.project, split_field="", shares={"train": 100, "val": 0, "test": 0})
    assert set(item_ids(later)) >= set(scenario.members.values_list("item", flat=True))
    assert splits(freeze(batch.project))["test0"] == "test"


def test_a_model_passes_fails_or_nobody_knows(version):
    ids = item_ids(version)
    scenario = make_scenario(version)
    model = say(version, ids, wrong=ids[:2])
    run = run_scenario(scenario, model, by=None)
    assert (run.verdict, run.right, run.count, run.more_needed) == ("pass", 38, 40, None)
    assert run.lower >= 0.8
    assert unpacked(run.packed_wrong) == ids[:2]
    assert run_scenario(scenario, say(version, ids, wrong=ids[:20]), by=None).verdict == "fail"
    doubtful = run_scenario(scenario, say(version, ids, wrong=ids[:5]), by=None)
    assert (doubtful.verdict, doubtful.more_needed) == ("unknown", 66)
    missing = run_scenario(scenario, say(version, ids[1:]), by=None)
    assert (missing.verdict, missing.unpredicted_count) == ("unknown", 1)
    assert missing.more_needed is None
    of_wrens = make_scenario(version, name="wrens", measure="recall", label="wren")
    found = run_scenario(of_wrens, model, by=None)
    # One of the two wrong items is a wren.
    assert (found.right, found.count) == (19, 20)
    precise = make_scenario(version, name="robins", measure="precision", label="wren")
    assert run_scenario(precise, model, by=None).count == 20
    cheat = run_scenario(scenario, say(version, ids, is_trained_on=True), by=None)
    assert (cheat.verdict, cheat.trained_on_count) == ("unknown", 40)


def test_the_gate_opens_when_all_that_blocks_is_passed(version):
    ids, mei = item_ids(version), version.created_by
    model = make_model_version(version.project)
    with pytest.raises(DomainError, match="no scenario test"):
        scenario_runs.start(model, by=mei)
    assert release_gate(model).verdict == "unknown"
    first = make_scenario(version)
    make_scenario(version, name="reported", severity="warns", bar_percent=Decimal(91))
    assert release_gate(model).verdict == "unknown"
    say(version, ids, wrong=ids[:1], model=model)
    job = scenario_runs.start(model, by=mei)
    assert scenario_runs.start(model, by=mei) == job
    for _twice in range(2):
        run_job(job.pk, scenario_runs.run_all)
    gate = release_gate(model)
    assert gate.verdict == "pass"
    assert {row.scenario.name: row.verdict for row in gate.rows} == {
        "birds at dusk": "pass",
        "reported": "unknown",
    }
    assert list(Event.objects.about(first).values_list("verb", flat=True)) == [
        "scenario.judged",
        "scenario.frozen",
    ]
    # What the model says now is another answer: the verdict is worth nothing until it runs again.
    Prediction.objects.filter(model_version=model, item=ids[5]).update(
        label="owl", answer={"species": "owl"}, created_at=timezone.now()
    )
    with CaptureQueriesContext(connection) as queries:
        gate = release_gate(model)
    assert len(queries) == 3
    assert [row.is_stale for row in gate.rows] == [True, True]
    assert start_due() == []
    Job.objects.update(created_at=timezone.now() - AGAIN_AFTER)
    [again] = start_due()
    assert start_due() == []
    run_job(again.pk, scenario_runs.run_all)
    Prediction.objects.filter(model_version=model, item=ids[5]).update(created_at=timezone.now())
    gate = release_gate(model)
    assert gate.verdict == "unknown"
    Prediction.objects.filter(model_version=model, item__in=ids[:20]).delete()
    for item in version.entries.filter(item__in=ids[:20]):
        make_prediction(model, item.item, "owl")
    run_job(scenario_runs.start(model, by=mei).pk, scenario_runs.run_all)
    assert release_gate(model).verdict == "fail"
    assert ScenarioRun.objects.count() == 2
