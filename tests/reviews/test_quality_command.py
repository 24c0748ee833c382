"""The commands `quality` and `consensus`."""

import csv
import io
import json

import pytest
from django.core.management import call_command

from reviews.models import QualitySnapshot
from reviews.services import consensus
from tasks.models import Task
from tests.factories import (
    CHOICE_SCHEMA,
    make_batch,
    make_item,
    make_labeled_task,
    make_member,
    make_published_project,
    make_task,
    make_team,
    settle,
)

pytestmark = pytest.mark.django_db
FIGURE = {"value", "n", "low", "high"}


@pytest.fixture
def batch():
    team = make_team()
    project = make_published_project(team, slug="birds")
    return make_batch(project, team, overlap=2, review_percent=0)


def run(*arguments):
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def refused(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        run(*arguments)
    assert ended.value.code == 1
    return capsys.readouterr().err


def labels(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_json_is_one_object_of_the_promised_shape(batch):
    make_labeled_task(batch, "wren", "wren")
    make_labeled_task(batch, "wren", "robin")
    printed = json.loads(run("quality", "birds", "--json"))
    assert set(printed) == {
        "project",
        "agreement",
        "annotators",
        "consensus",
        "estimated_error_rate",
    }
    agreement = printed["agreement"]
    for name in ("percent", "alpha", "fleiss_kappa", "cohen_kappa"):
        assert set(agreement[name]) == FIGURE
        assert agreement["controls"]["species"][name] == agreement[name]
    assert agreement["percent"]["value"] == 0.5
    assert set(printed["estimated_error_rate"]) > FIGURE
    assert len(printed["annotators"]) == 4


def test_what_waits_is_assessed_first(batch):
    make_labeled_task(batch, "wren", "wren")
    make_labeled_task(batch, "wren", "robin")
    counts = json.loads(run("quality", "birds", "--json"))["consensus"]
    assert (counts["accepted"], counts["in_review"], counts["ties"]) == (1, 1, 1)
    assert QualitySnapshot.objects.get().figures["states"]["accepted"] == 1


def test_several_questions_are_told_apart(batch):
    [species] = CHOICE_SCHEMA["controls"]
    other = species | {"name": "sex"}
    batch.project.instruction_versions.update(label_schema={"controls": [species, other]})
    agreement = json.loads(run("quality", "birds", "--json"))["agreement"]
    assert set(agreement) == {"controls"}
    assert set(agreement["controls"]) == {"species", "sex"}


def test_the_options_of_a_multiple_choice_are_printed_one_by_one(batch):
    [species] = CHOICE_SCHEMA["controls"]
    multiple = {"controls": [species | {"multiple": True}]}
    batch.project.instruction_versions.update(label_schema=multiple)
    make_labeled_task(batch, ["wren"], ["wren"])
    printed = json.loads(run("quality", "birds", "--json"))["agreement"]
    assert printed["options"]["species"]["wren"]["n"] == 1
    assert "species, alpha of each option" in run("quality", "birds")


def test_a_terminal_shows_tables(batch):
    make_labeled_task(batch, "wren", "wren")
    printed = run("quality", "birds")
    assert "percent             1.0000 (no interval), n = 1" in printed
    assert "alpha               not defined" in printed
    assert "estimated error rate, tasks drawn at random\n  not defined" in printed
    assert "accepted" in printed


@pytest.mark.parametrize("command", [("quality",), ("consensus", "--output", "c.csv")])
def test_an_unknown_project_is_named(batch, capsys, command):
    name, *options = command
    assert "There is no project “brids”" in refused(capsys, name, "brids", *options)


def test_each_item_has_its_label(batch, tmp_path):
    make_labeled_task(batch, "wren", "wren")
    make_labeled_task(batch, "robin", "wren")
    make_task(batch)
    output = tmp_path / "c.csv"
    arguments = ["consensus", "birds", "--output", str(output), "--json"]
    assert json.loads(run(*arguments))["methods"] == {"vote": 1, "dawid-skene": 1}
    assert [row["label"] for row in labels(output)] == ["wren", "wren"]
    result = json.loads(run(*arguments, "--method", "vote"))
    assert [(row["label"], row["confidence"], row["method"]) for row in labels(output)] == [
        ("wren", "1", "vote"),
        ("wren", "0.5", "vote"),
    ]
    assert (result["items"], result["ties"], result["methods"]) == (2, 1, {"vote": 2})
    assert list(tmp_path.iterdir()) == [output]


def test_an_experts_label_wins_unless_votes_are_asked_for(batch, tmp_path):
    task = make_labeled_task(batch, "wren", "robin")
    consensus.assess(task.pk)
    task = Task.objects.get(pk=task.pk)
    expert = make_member(batch.teams.get(), "expert")
    settle(task, {"species": "wren"}, by=expert)
    output = tmp_path / "c.csv"
    run("consensus", "birds", "--output", str(output))
    assert labels(output) == [
        {"item": task.item.external_id, "label": "wren", "confidence": "", "method": "review"}
    ]
    run("consensus", "birds", "--method", "vote", "--output", str(output))
    assert [(row["label"], row["method"]) for row in labels(output)] == [("robin", "vote")]


def test_an_item_in_two_batches_has_one_label(batch, tmp_path):
    item = make_item(batch.project)
    first = make_labeled_task_of(batch, item, "wren")
    make_labeled_task_of(make_batch(batch.project, batch.teams.get()), item, "robin")
    output = tmp_path / "c.csv"
    run("consensus", "birds", "--output", str(output))
    assert [row["label"] for row in labels(output)] == ["robin"]
    settled = Task.objects.get(pk=first.pk)
    settle(settled, {"species": "wren"}, source="adjudication")
    run("consensus", "birds", "--output", str(output))
    assert [(row["label"], row["method"]) for row in labels(output)] == [("wren", "review")]


def make_labeled_task_of(batch, item, label):
    task = make_labeled_task(batch, label, label)
    Task.objects.filter(pk=task.pk).update(item=item)
    return task


def test_an_undecidable_item_has_no_label(batch, tmp_path):
    task = make_labeled_task(batch, "wren", "wren")
    task.annotations.update(answer={"_undecidable": "too dark"})
    output = tmp_path / "c.csv"
    result = json.loads(run("consensus", "birds", "--output", str(output), "--json"))
    assert (labels(output), result["items"]) == ([], 0)


def test_a_project_without_one_choice_is_refused(batch, capsys, tmp_path):
    rating = {"name": "severity", "title": "How bad?", "type": "rating", "min": 1, "max": 5}
    batch.project.instruction_versions.update(label_schema={"controls": [rating]})
    output = tmp_path / "c.csv"
    assert "no single choice question" in refused(
        capsys, "consensus", "birds", "--output", str(output)
    )
    assert not output.exists()


def test_a_file_that_cannot_be_written_is_named(batch, capsys, tmp_path):
    missing = tmp_path / "none" / "c.csv"
    message = refused(capsys, "consensus", "birds", "--output", str(missing))
    assert str(missing) in message
