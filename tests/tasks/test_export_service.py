import csv
import hashlib
import io
import json
from pathlib import Path

import pytest
from django.utils import timezone

from labelops.errors import DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import cancel_job
from tasks.models import Task, Transfer
from tasks.services import export_files, export_records, exports
from tasks.services.exports import open_export, run_export, start_export
from tests.factories import (
    make_batch,
    make_instruction,
    make_item,
    make_project,
    make_published_project,
    make_team,
)
from tests.tasks.imports import Killed, as_if_silent, finish, import_labels

pytestmark = pytest.mark.django_db
FILTERS = (
    "batch",
    "split",
    "label",
    "control",
    "settled_from",
    "settled_to",
    "time_zone",
    "purpose",
)
NO_FILTER = dict.fromkeys(FILTERS)
BOXES = {"controls": [{"name": "objects", "type": "shapes", "labels": [{"value": "car"}]}]}


@pytest.fixture
def project():
    return make_published_project(make_team())


def settled(batch, item, answer, *, source="vote", **over):
    return Task.objects.create(
        batch=batch,
        item=item,
        state=Task.State.ACCEPTED,
        result_answer=answer,
        result_source=source,
        result_confidence=0.5,
        settled_at=over.pop("settled_at", timezone.now()),
        **over,
    )


def begin(project, format_name="jsonl", **keywords):
    return start_export(project, format_name=format_name, by=project.created_by, **keywords)


def exported(project, format_name="jsonl", **keywords):
    transfer = begin(project, format_name, **keywords)
    finish(transfer, run_export)
    transfer.refresh_from_db()
    stream, _media_type = open_export(transfer)
    with stream:
        return stream.read(), transfer


def test_only_stored_labels_are_written(project):
    batch = make_batch(project, name="one")
    settled(batch, make_item(project, external_id="a"), {"species": "robin"})
    Task.objects.create(batch=batch, item=make_item(project))
    content, transfer = exported(project)
    [line] = content.splitlines()
    assert json.loads(line)["answer"] == {"species": "robin"}
    assert transfer.manifest["count"] == 1


def test_the_manifest_says_what_the_file_is(project):
    settled(make_batch(project), make_item(project), {"species": "robin"})
    content, transfer = exported(project)
    manifest = transfer.manifest
    assert manifest["sha256"] == hashlib.sha256(content).hexdigest()
    assert manifest["byte_count"] == len(content)
    assert manifest["project"] == project.slug
    assert manifest["labels"] == "stored"
    assert manifest["filter"] == NO_FILTER
    assert manifest["snapshot_at"]


def test_an_export_can_be_limited_to_a_batch(project):
    first, second = make_batch(project, name="first"), make_batch(project, name="second")
    item = make_item(project)
    settled(first, item, {"species": "robin"})
    settled(second, item, {"species": "wren"})
    content, transfer = exported(project, batch=second)
    assert json.loads(content)["batch"] == "second"
    assert transfer.manifest["filter"] == NO_FILTER | {"batch": "second"}


def test_a_label_says_on_how_many_annotations_and_which_version_it_rests(project):
    make_item(project, external_id="a")
    import_labels(project, b"item,annotator,label\na,ana,robin\na,bo,robin\n")
    version = project.instruction_versions.get()
    Task.objects.update(
        result_answer={"species": "robin"}, result_source="vote", result_version=version
    )
    content, transfer = exported(project)
    line = json.loads(content)
    assert (line["annotations"], line["instruction_version"]) == (2, 1)
    assert transfer.manifest["instruction_versions"] == [1]


def test_pages_are_walked_to_the_end(project, monkeypatch):
    monkeypatch.setattr(export_records, "PAGE", 3)
    monkeypatch.setattr(export_files, "PROGRESS_SECONDS", -1)
    batch = make_batch(project)
    for number in range(10):
        settled(batch, make_item(project, external_id=f"i{number}"), {"species": "robin"})
    content, transfer = exported(project, "csv")
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert [row["item"] for row in rows] == [f"i{number}" for number in range(10)]
    assert (transfer.job.done_count, transfer.job.total_count) == (10, 10)


def test_an_image_in_two_batches_stands_once_in_coco():
    project = make_project(make_team(), item_type="image")
    make_instruction(project, label_schema=BOXES)
    item = make_item(project, width=9, height=9)
    old, new = [{"label": "car", "box": [0, 0, n, n]} for n in (1, 2)]
    settled(make_batch(project), item, {"objects": [new]})
    settled(make_batch(project), item, {"objects": [old]}, settled_at="2020-01-01T00:00Z")
    coco = json.loads(exported(project, "coco")[0])
    assert len(coco["images"]) == 1
    assert coco["annotations"][0]["bbox"] == [0, 0, 2, 2]


def test_coco_for_texts_is_refused_with_a_sentence(project):
    with pytest.raises(DomainError, match="boxes"):
        begin(project, "coco")


def test_an_unknown_format_is_refused(project):
    with pytest.raises(DomainError) as refusal:
        begin(project, "xls")
    assert refusal.value.code == "unknown_format"


def test_a_killed_export_is_made_again_from_the_beginning(project, monkeypatch, settings):
    batch = make_batch(project)
    for _number in range(4):
        settled(batch, make_item(project), {"species": "robin"})
    transfer = begin(project)

    def die(*_arguments, **_keywords):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(exports, "finish_export", die)
        with pytest.raises(Killed):
            finish(transfer, run_export)
    as_if_silent(transfer.job_id)
    job = finish(transfer, run_export)
    assert (job.state, job.result) == (Job.State.DONE, {"count": 4})
    assert len([path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]) == 1


def test_a_cancelled_export_leaves_no_file(project, monkeypatch, settings):
    settled(make_batch(project), make_item(project), {"species": "robin"})
    transfer = begin(project)
    real = exports._context

    def cancel(*arguments):
        cancel_job(Job.objects.get(pk=transfer.job_id), by=project.created_by)
        return real(*arguments)

    monkeypatch.setattr(exports, "_context", cancel)
    assert finish(transfer, run_export).state == Job.State.CANCELLED
    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
    assert Transfer.objects.get(pk=transfer.pk).manifest is None
