import io
import json

import pytest
from django.core.management import call_command

from tests.datasets.freezing import freeze, make_label
from tests.factories import make_published_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(team):
    return make_published_project(team, slug="birds")


def run(name, *arguments):
    """Exit status and what --json prints."""
    out, err, status = io.StringIO(), io.StringIO(), 0
    try:
        call_command(name, "birds", *map(str, arguments), "--json", stdout=out, stderr=err)
    except SystemExit as end:
        status = end.code
    return status, json.loads(out.getvalue())


def test_a_version_is_frozen_and_exported_by_commands(project, batch, tmp_path):
    make_label(batch, "robin", name="a", data={"scene": "1"})
    make_label(batch, "wren", name="b", data={"scene": "2", "part": "test"})
    make_label(batch, name="c", state="rework", data={"part": "test"})
    freezing = ("--shares", "100,0,0", "--group", "scene", "--split", "part", "--seed", 3)
    status, result = run("freeze_dataset", "--name", "June", "--batch", "first", *freezing)
    assert (status, result["version"], result["state"]) == (0, 1, "done")
    assert result["splits"] == {"test": 2, "train": 1}
    assert result["entries"] == 3
    output = tmp_path / "june.jsonl"
    exporting = ("--format", "jsonl", "--output", output, "--dataset-version", 1)
    status, exported = run("export", *exporting)
    assert status == 0
    assert exported["manifest"]["dataset_version"]["sha256"] == result["sha256"]
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    assert [line["data"]["split"] for line in lines] == ["train", "test", "test"]
    before = output.read_bytes()
    status, accepted = run("freeze_dataset", "--accepted", *freezing)
    assert (status, accepted["entries"], accepted["changes"]["removed"]) == (0, 2, 1)
    run("export", *exporting)
    assert output.read_bytes() == before
    status, only = run("export", *exporting, "--dataset-split", "train")
    assert (status, only["manifest"]["count"]) == (0, 1)
    status, stored = run("export", *exporting[:4])
    assert (status, stored["manifest"]["count"]) == (0, 3)
    assert "dataset_version" not in stored["manifest"]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("freeze_dataset --shares 1,2,3", "bad_shares"),
        ("freeze_dataset --batch none", "not_found"),
        ("freeze_dataset --seed -1", "bad_seed"),
        (f"freeze_dataset --name {'x' * 121}", "too_long"),
        ("export --format csv --output x --dataset-version 9", "not_found"),
        ("export --format csv --output x --dataset-version 1 --batch first", "not_together"),
        ("export --format csv --output x --dataset-split test", "not_together"),
        ("export --format coco --output x --dataset-version 1", "format_not_possible"),
    ],
)
def test_bad_arguments_end_with_status_1_and_a_sentence(project, batch, command, code):
    make_label(batch)
    freeze(project)
    status, result = run(*command.split())
    assert (status, result["errors"][0]["code"]) == (1, code)
