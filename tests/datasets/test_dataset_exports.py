"""The file of a version is the same to the byte each time, whatever has changed since."""

import csv
import io
import json
import zipfile

import pytest

from datasets.services.exports import run_export, start_export
from labelops.errors import Conflict, DomainError
from tasks.formats import WRITERS
from tasks.formats.records import ExportContext
from tasks.models import Task
from tasks.services.exports import open_export
from tests.datasets.freezing import begin, freeze, make_label
from tests.factories import (
    CHOICE_SCHEMA,
    make_batch,
    make_image_item,
    make_instruction,
    make_item,
    make_project,
)
from tests.tasks.imports import finish

pytestmark = pytest.mark.django_db


def exported(version, format_name="jsonl", **keywords):
    by = version.created_by
    transfer = start_export(version, format_name=format_name, by=by, **keywords)
    finish(transfer, run_export)
    transfer.refresh_from_db()
    stream, _media_type = open_export(transfer)
    with stream:
        return stream.read(), transfer


@pytest.fixture
def version(project, batch):
    make_label(batch, "robin", name="a", data={"split": "validation", "light": "dim"})
    make_label(batch, "wren", name="b", data={"split": "test"})
    return freeze(project, name="June")


def test_a_file_stays_the_same_when_everything_else_changes(project, batch, version):
    names = [name for name, writer in WRITERS.items() if not writer.refusal(_texts())]
    assert {"jsonl", "csv", "label-studio"} <= set(names)
    before = {name: exported(version, name)[0] for name in names}
    Task.objects.update(result_answer={"species": "robin"}, result_confidence=1.0)
    batch.name = "renamed"
    batch.save()
    project.instruction_versions.update(state="superseded")
    controls = [{"name": "note", "type": "text", "title": "Note", "max_length": 9}]
    make_instruction(project, number=2, label_schema={"controls": controls})
    assert {name: exported(version, name)[0] for name in names} == before


def _texts():
    return ExportContext("birds", "text", [CHOICE_SCHEMA])


def test_the_manifest_names_the_version(version):
    content, transfer = exported(version)
    first, second = map(json.loads, content.splitlines())
    assert (first["item"], first["answer"]) == ("a", {"species": "robin"})
    assert first["data"]["split"] == "val"
    assert first["data"]["light"] == "dim"
    assert second["data"]["split"] == "test"
    assert transfer.file_name == f"{version.project.slug}-v1.jsonl"
    manifest = transfer.manifest
    assert manifest["dataset_version"] == {
        "number": 1,
        "name": "June",
        "sha256": version.sha256,
    }
    assert (manifest["count"], manifest["filter"]) == (2, {"split": None})
    assert manifest["snapshot_at"] == version.snapshot_at.isoformat()
    assert transfer.job.done_count == transfer.job.total_count == 2


def test_an_archive_has_its_splits_where_tools_look_for_them(team):
    project = make_project(team, item_type="image")
    labels = [{"value": "car", "title": "Car"}]
    controls = [{"name": "objects", "type": "shapes", "title": "Objects", "labels": labels}]
    make_instruction(project, label_schema={"controls": controls})
    item = make_item(project, external_id="a.png", width=9, height=9, data={"part": "Dev"})
    task = make_label(make_batch(project, team), item=item)
    Task.objects.filter(pk=task.pk).update(
        result_answer={"objects": [{"id": "o", "label": "car", "box": [1, 1, 2, 2]}]}
    )
    content, _transfer = exported(freeze(project, split_field="part"), "yolo")
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert [name for name in names if name.startswith("labels/val/")]


def test_one_split_is_a_file_of_its_own(version):
    content, transfer = exported(version, "csv", split="val")
    [row] = csv.DictReader(io.StringIO(content.decode()))
    assert (row["item"], row["species"]) == ("a", "robin")
    assert transfer.file_name.endswith("-v1-val.csv")
    assert transfer.manifest["filter"] == {"split": "val"}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"format_name": "xls"}, "unknown_format"),
        ({"format_name": "coco"}, "format_not_possible"),
        ({"format_name": "csv", "split": "train"}, "unknown_split"),
    ],
)
def test_what_a_version_does_not_hold_is_refused(version, asked, code):
    with pytest.raises(DomainError) as refusal:
        start_export(version, by=version.created_by, **asked)
    assert refusal.value.code == code


def test_only_frozen_versions_are_exported(project, batch):
    make_label(batch)
    with pytest.raises(Conflict, match="frozen"):
        start_export(begin(project), format_name="csv", by=project.created_by)


def test_images_come_in_the_file_or_go_to_the_folder_the_same_each_time(team, tmp_path, settings):
    settings.EXPORT_DIR = tmp_path
    project = make_project(team, item_type="image")
    make_instruction(project, label_schema=CHOICE_SCHEMA)
    batch = make_batch(project, team)
    make_label(batch, item=make_image_item(project, external_id="a.png"))
    version = freeze(project)
    content, transfer = exported(version, media="bundled")
    assert exported(version, media="bundled")[0] == content
    assert (transfer.file_name[-4:], transfer.manifest["media"]) == (".zip", "bundled")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert sorted(archive.namelist()) == ["images/a.png", "items.jsonl", "labels.jsonl"]
    folder = tmp_path / f"{project.slug}-{project.pk}"
    folder.mkdir()
    _content, transfer = exported(version, media="bundled", to="folder")
    delivered = [path for path in folder.iterdir() if path.suffix == ".zip"]
    assert [path.read_bytes() for path in delivered] == [content]
