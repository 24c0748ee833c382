"""Two real crowds, from their files to the figures that the command prints."""

import csv
import io
import json
import os
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.factories import make_instruction, make_project, make_team

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
CROWDS = Path(os.environ.get("LABELOPS_CROWDS") or ROOT / "../shared/data")
SCHEMA = {
    "controls": [
        {
            "name": "label",
            "type": "choice",
            "title": "Label",
            "required": True,
            "multiple": False,
            "options": [{"value": "0", "title": "0"}, {"value": "1", "title": "1"}],
        }
    ]
}
REFERENCE = {
    "bluebirds": {
        "labels": 4212,
        "people": 39,
        "items": 108,
        "percent": 0.5882,
        "alpha": 0.1255,
        "fleiss_kappa": 0.1253,
        "vote_accuracy": (0.7593, 1e-4),
        "accuracy": 0.88,
    },
    "rte": {
        "labels": 8000,
        "people": 164,
        "items": 800,
        "percent": 0.6287,
        "alpha": 0.2415,
        "fleiss_kappa": 0.2414,
        # Between the reference's figures for other ways to break a tie.
        "vote_accuracy": (0.897, 0.0225),
        "accuracy": 0.92,
    },
}


def crowd_file(crowd, name):
    path = CROWDS / crowd / name
    if not path.exists():
        pytest.skip(f"LABELOPS_CROWDS must name the folder with {crowd}/{name}; {CROWDS} has none")
    return path


def run(*arguments):
    out = io.StringIO()
    call_command(*arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def rows(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("crowd", REFERENCE)
def test_a_real_crowd_has_the_reference_figures(crowd, tmp_path):
    file, truth = crowd_file(crowd, "labels.csv"), crowd_file(crowd, "truth.csv")
    make_instruction(make_project(make_team(), slug=crowd), label_schema=SCHEMA)
    expected = REFERENCE[crowd]
    imported = run("import_annotations", crowd, str(file), "--create-items")
    assert (imported["added"], imported["items_created"]) == (expected["labels"], expected["items"])

    printed = run("quality", crowd)
    for name in ("percent", "alpha", "fleiss_kappa"):
        figure = printed["agreement"][name]
        assert figure["value"] == pytest.approx(expected[name], abs=1e-4)
        assert figure["n"] == expected["items"]
        assert figure["low"] < figure["value"] < figure["high"]
    assert printed["agreement"]["cohen_kappa"]["value"] is None
    assert len(printed["annotators"]) == expected["people"]

    true = {row["item"]: row["truth"] for row in rows(truth)}
    output = tmp_path / "consensus.csv"

    def accuracy_of(method):
        arguments = ["--method", method, "--output", str(output)]
        assert run("consensus", crowd, *arguments)["items"] == expected["items"]
        return sum(true[row["item"]] == row["label"] for row in rows(output)) / len(true)

    accuracy, slack = expected["vote_accuracy"]
    assert accuracy_of("vote") == pytest.approx(accuracy, abs=slack)
    assert accuracy_of("dawid-skene") >= expected["accuracy"]
    assert accuracy_of("auto") >= expected["accuracy"]


@pytest.mark.parametrize(
    ("crowd", "found", "left"),
    [("bluebirds", 0.6, 0.06), pytest.param("rte", 0.8, 0.03, marks=pytest.mark.once)],
)
def test_the_queue_finds_mistakes_and_learns_from_decisions(crowd, found, left, tmp_path):
    """Most mistakes lie in the first fifth; what is decided corrects what is not."""
    file, truth = crowd_file(crowd, "labels.csv"), crowd_file(crowd, "truth.csv")
    make_instruction(make_project(make_team(), slug=crowd), label_schema=SCHEMA)
    run("import_annotations", crowd, str(file), "--create-items")
    true = {row["item"]: row["truth"] for row in rows(truth)}
    output, decisions = tmp_path / "queue.csv", tmp_path / "decisions.csv"

    run("review_queue", crowd, "--method", "vote", "--no-random", "--output", str(output))
    wrong = [true[row["item"]] != row["label"] for row in rows(output)]
    fifth = round(len(wrong) / 5)
    assert sum(wrong[:fifth]) / sum(wrong) >= found

    for _step in range(5):
        run("review_queue", crowd, "--no-random", "--output", str(output))
        first = rows(output)[: round(len(true) * 0.04)]
        lines = "".join(f"{row['item']},{true[row['item']]}\n" for row in first)
        decisions.write_text(f"item,label\n{lines}")
        sent = run("review", crowd, str(decisions), "--reviewer", "judge")
        assert sent["accepted"] + sent["fixed"] == len(first)
    run("consensus", crowd, "--output", str(output))
    wrong = sum(true[row["item"]] != row["label"] for row in rows(output))
    assert wrong / len(true) <= left
