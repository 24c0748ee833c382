"""Labels that come with the items of an import: whose they become, and what is refused."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labelops.audit.models import Event
from labelops.errors import DomainError
from labelops.jobs.models import Job
from labelops.media import storage
from tasks.models import Annotation, Batch, Item, ModelVersion, Prediction, Task
from tasks.services.export_choices import ExportChoice
from tasks.services.exports import run_export, start_export
from tests.factories import (
    make_image_item,
    make_project,
    make_published_project,
    make_team,
)
from tests.tasks.imports import finish, import_bytes

pytestmark = pytest.mark.django_db


def lines(*rows):
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def labeled(name, label, **over):
    return {"id": name, "text": f"text {name}", "answer": {"species": label}} | over


@pytest.fixture
def project():
    return make_published_project(make_team())


def codes(job):
    return [(error["code"], error["row"], error["field"]) for error in job.errors]


def test_labels_become_submitted_annotations_in_a_closed_batch(project):
    content = lines(labeled("a", "robin", annotator="anna"), labeled("b", "wren"))
    job = import_bytes(project, content, labels="annotations", annotator="Field team")
    assert (job.state, job.result["added"], job.result["labels_added"]) == (Job.State.DONE, 2, 2)
    found = Annotation.objects.order_by("task__item__external_id")
    assert [(one.author.username, one.answer) for one in found] == [
        ("anna", {"species": "robin"}),
        ("Field team", {"species": "wren"}),
    ]
    assert not found[0].author.is_active
    batch = Batch.objects.get()
    assert (batch.name, batch.state) == ("imported", Batch.State.CLOSED)
    assert not Task.objects.filter(labels_complete_at=None).exists()
    assert Event.objects.get(verb="import.finished").after["labels_added"] == 2


def test_labels_that_nobody_asked_for_are_counted_and_left_out(project):
    job = import_bytes(project, lines(labeled("a", "robin"), {"id": "b", "text": "none"}))
    assert (job.result["added"], job.result["labels_left"]) == (2, 1)
    assert not Annotation.objects.exists()
    assert not Prediction.objects.exists()


def test_a_bad_label_is_named_and_its_item_stays(project):
    content = lines(labeled("a", "eagle"), labeled("b", "robin"))
    job = import_bytes(project, content, labels="annotations")
    assert codes(job) == [("unknown_option", 1, "answer.species")]
    assert (Item.objects.count(), Annotation.objects.count()) == (2, 1)


@pytest.mark.parametrize("mode", ["whole", "check"])
def test_bad_labels_are_found_before_anything_is_written(project, mode):
    content = lines(labeled("a", "robin"), labeled("b", "eagle"))
    job = import_bytes(project, content, labels="annotations", mode=mode)
    assert codes(job) == [("unknown_option", 2, "answer.species")]
    assert not Item.objects.exists()
    assert not Batch.objects.exists()


def test_who_contradicts_himself_is_named_before_anything_is_written(project):
    import_bytes(project, lines(labeled("a", "robin", annotator="anna")), labels="annotations")
    content = lines(
        labeled("a", "wren", annotator="Anna"),
        labeled("b", "wren", annotator="anna"),
        labeled("b", "wren", annotator="ben"),
        labeled("b", "robin", annotator="ben"),
    )
    job = import_bytes(project, content, labels="annotations", mode="whole")
    assert codes(job) == [("other_answer", 1, "answer"), ("other_answer", 4, "answer")]
    assert not Item.objects.filter(external_id="b").exists()


def test_labels_become_predictions_of_the_model_that_is_named(project):
    content = lines(labeled("a", "robin"), labeled("b", "wren"))
    for result in ("predictions_added", "predictions_unchanged"):
        job = import_bytes(
            project, content, labels="predictions", model="birdnet", model_version="3"
        )
        assert job.result[result] == 2
    assert str(ModelVersion.objects.get()) == "birdnet 3"
    answers = Prediction.objects.order_by("item__external_id").values_list("answer", flat=True)
    assert list(answers) == [{"species": "robin"}, {"species": "wren"}]
    assert not Annotation.objects.exists()


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"labels": "predictions", "model": "birdnet"}, "required"),
        ({"labels": "annotations", "annotator": "x" * 151}, "too_long"),
    ],
)
def test_what_is_missing_is_said_at_once(project, wanted, code):
    with pytest.raises(DomainError) as refusal:
        import_bytes(project, lines(labeled("a", "robin")), **wanted)
    assert refusal.value.code == code
    assert not Job.objects.exists()


def test_without_instructions_there_are_no_labels():
    with pytest.raises(DomainError) as refusal:
        import_bytes(make_project(make_team()), lines({"id": "a"}), labels="annotations")
    assert refusal.value.code == "no_instructions"


def test_a_table_about_images_names_items_that_are_there():
    project = make_published_project(make_team(), item_type="image")
    make_image_item(project, external_id="a.png")
    content = b"id,species\na.png,robin\nb.png,wren\n"
    job = import_bytes(project, content, labels="annotations", batch="work")
    assert codes(job) == [("unknown_item", 3, "external_id")]
    assert (job.result["unchanged"], job.result["labels_added"]) == (1, 1)
    assert Task.objects.filter(batch__name="work").count() == 1


@pytest.mark.parametrize("format_name", ["jsonl", "json", "csv", "csv-raw"])
def test_every_annotation_goes_out_and_comes_back_with_its_author(project, format_name):
    given = lines(
        labeled("a", "robin", annotator="anna"),
        labeled("a", "wren", annotator="ben"),
        labeled("b", "wren", annotator="anna"),
    )
    import_bytes(project, given, labels="annotations")
    other = make_published_project(make_team())
    content = exported(project, format_name, labels="annotations")
    job = import_bytes(other, content, labels="annotations")
    assert (job.error_count, job.result["added"], job.result["labels_added"]) == (0, 2, 3)
    assert said(other) == said(project)


def exported(project, format_name, **choice):
    """The bytes of an export."""
    transfer = start_export(
        project, format_name=format_name, by=project.created_by, choice=ExportChoice(**choice)
    )
    finish(transfer, run_export)
    transfer.refresh_from_db()
    with storage.open_file(transfer.file_key) as stream:
        return stream.read()


def said(project):
    """By item the answers, in the order of their authors' names or pseudonyms."""
    rows = Annotation.objects.filter(task__item__project=project).order_by("pk")
    return [(row.task.item.external_id, row.task.item.data, row.answer) for row in rows]


@pytest.mark.parametrize(
    "wanted",
    [
        {"labels": "annotations"},
        {"labels": "predictions", "model": "birdnet", "model_version": "3"},
    ],
)
def test_a_chunk_of_labels_costs_the_same_statements_whatever_its_length(project, wanted):
    def statements(mark, count):
        content = lines(*(labeled(f"{mark}{number}", "robin") for number in range(count)))
        with CaptureQueriesContext(connection) as captured:
            job = import_bytes(project, content, **wanted)
        assert (job.result["added"], job.error_count) == (count, 0)
        return [query["sql"] for query in captured]

    # The first makes the batch and its tallies, or the model version.
    statements("a", 2)
    few, many = statements("b", 5), statements("c", 50)
    assert len(few) == len(many), many
