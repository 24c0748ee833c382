"""Which labels an export holds, at every door, and that nobody's name leaves with them."""

import csv
import io
import json
import re

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.errors import DomainError
from tasks.formats import WRITERS
from tasks.models import Annotation, Assignment, Task, Transfer
from tasks.services import export_records
from tasks.services.export_choices import ExportChoice, Labels
from tasks.services.predictions import get_model_version
from tests.factories import (
    make_annotation,
    make_batch,
    make_gold,
    make_gold_answer,
    make_instruction,
    make_item,
    make_member,
    make_project,
    make_published_project,
    make_task,
    settle,
)
from tests.tasks.formats import shapes_schema
from tests.tasks.imports import import_labels
from tests.tasks.test_export_service import begin, exported

pytestmark = pytest.mark.django_db
CANARY = "canary"
SPANS = {"name": "entities", "type": "spans", "labels": [{"value": "PER"}]}
WITH_ANNOTATORS = [name for name, writer in WRITERS.items() if writer.carries.annotators]
ANNOTATIONS = ExportChoice(labels=Labels.ANNOTATIONS)


@pytest.fixture
def project(team):
    return make_published_project(team, created_by=make_member(team, Role.MANAGER))


@pytest.fixture
def people(team):
    """Whose login name, address and name must be in no export."""
    return [
        make_member(
            team,
            username=f"{CANARY}{number}",
            email=f"{CANARY}{number}@example.org",
            name=f"{CANARY} {number}",
        )
        for number in range(2)
    ]


@pytest.fixture
def task(project, team, people):
    """Two people disagree, an expert has decided; and one of the two met a gold item."""
    batch = make_batch(project, team, name="first")
    task = make_task(batch, make_item(project, external_id="a"))
    for person, label in zip(people, ["robin", "wren"], strict=True):
        make_annotation(task, person, {"species": label})
    settle(task, {"species": "robin"})
    make_gold_answer(make_gold(project), batch, people[0], "wren")
    return task


def lines(project, choice=ANNOTATIONS, **keywords):
    content, _transfer = exported(project, choice=choice, **keywords)
    return [json.loads(line) for line in content.splitlines()]


def answer_of_model(project, task):
    """An annotation by a model, as a program of its own would store one."""
    version = project.instruction_versions.get()
    model = get_model_version(project, name="detector", version="2", by=project.created_by)
    slot = Assignment.objects.create(
        task=task,
        batch=task.batch,
        slot=9,
        state=Assignment.State.SUBMITTED,
        annotator=model.user,
        instruction_version=version,
    )
    Annotation.objects.create(
        task=task,
        author=model.user,
        assignment=slot,
        instruction_version=version,
        answer={"species": "wren"},
        submitted_at=timezone.now(),
    )


def test_each_annotation_stands_by_itself_with_the_code_of_its_author(project, people, task):
    answer_of_model(project, task)
    Annotation.objects.filter(author=people[1]).update(state=Annotation.State.REJECTED)
    rows = lines(project)
    assert [(row["annotator"], row["state"], row["answer"]["species"]) for row in rows] == [
        (people[0].pseudonym, "submitted", "robin"),
        (people[1].pseudonym, "rejected", "wren"),
        ("detector 2", "submitted", "wren"),
    ]
    assert {(row["item"], row["batch"], row["annotations"]) for row in rows} == {("a", "first", 3)}
    assert {row["source"] for row in rows} == {"annotation"}
    assert "annotator" not in lines(project, ExportChoice())[0]


@pytest.mark.parametrize("format_name", WITH_ANNOTATORS)
def test_no_name_leaves_with_an_export(project, people, task, format_name):
    import_labels(project, f"item,annotator,label\nb,{CANARY}9,robin\n".encode(), create_items=True)
    for labels in Labels:
        choice = ExportChoice(labels=labels)
        content, transfer = exported(project, format_name, choice=choice)
        assert transfer.manifest["labels"] == labels
        assert CANARY.encode() not in content
        assert CANARY not in json.dumps(transfer.manifest)
        is_named = people[0].pseudonym.encode() in content
        assert is_named == choice.has_annotators or format_name == "parquet"


@pytest.mark.parametrize("format_name", ["csv", "csv-raw"])
def test_tables_have_a_column_for_the_author(project, people, task, format_name):
    content, _transfer = exported(project, format_name, choice=ANNOTATIONS)
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert [row["annotator"] for row in rows] == [person.pseudonym for person in people]
    assert [row["species"] for row in rows] == ["robin", "wren"]


def test_label_studio_has_the_annotations_of_a_task_together(project, people, task):
    other = make_task(task.batch, make_item(project, external_id="b"))
    make_annotation(other, people[0], {"_undecidable": "dark"})
    found = json.loads(exported(project, "label-studio", choice=ANNOTATIONS)[0])
    assert [task["meta"]["item"] for task in found] == ["a", "b"]
    chosen = [one["result"][0]["value"]["choices"] for one in found[0]["annotations"]]
    assert chosen == [["robin"], ["wren"]]
    codes = [one["annotator"] for one in found[0]["meta"]["annotators"]]
    assert codes == [person.pseudonym for person in people]
    assert found[1]["annotations"] == [{"result": [], "was_cancelled": True}]
    assert found[1]["meta"]["annotators"][0]["undecidable"] == "dark"


@pytest.mark.parametrize("format_name", sorted(set(WRITERS) - set(WITH_ANNOTATORS)))
def test_a_format_with_one_label_for_each_item_refuses_annotations(team, format_name):
    item_type = WRITERS[format_name].carries.item_types[0]
    control = {"image": shapes_schema("box"), "text": {"controls": [SPANS]}}
    project = make_project(team, item_type=item_type)
    make_instruction(project, label_schema=control[item_type])
    with pytest.raises(DomainError, match="one label for each item") as refusal:
        begin(project, format_name, choice=ANNOTATIONS)
    assert (refusal.value.code, refusal.value.field) == ("labels_not_possible", "labels")
    assert not Transfer.objects.exists()


def test_annotations_come_back_as_an_import_of_annotations(project, team, task):
    other = make_published_project(team)
    make_item(other, external_id="a")
    content, _transfer = exported(project, choice=ANNOTATIONS)
    job = import_labels(other, content, name="labels.jsonl")
    assert (job.result["added"], job.error_count) == (2, 0)
    rows = lines(other)
    assert [row["answer"]["species"] for row in rows] == ["robin", "wren"]
    assert not {row["annotator"] for row in rows} & {row["annotator"] for row in lines(project)}


def test_what_is_labeled_anew_is_stored_but_not_accepted(project, task):
    again = make_task(task.batch, make_item(project, external_id="b"))
    settle(again, {"species": "wren"})
    Task.objects.filter(pk=again.pk).update(state=Task.State.PENDING)
    assert [row["item"] for row in lines(project, ExportChoice())] == ["a", "b"]
    assert [row["item"] for row in lines(project, ExportChoice(labels=Labels.ACCEPTED))] == ["a"]


def test_excluded_tasks_and_unlabeled_ones_give_no_annotations(project, task):
    make_task(task.batch)
    assert len(lines(project)) == 2
    Task.objects.filter(pk=task.pk).update(state=Task.State.EXCLUDED)
    assert lines(project) == []


def test_annotations_come_page_by_page_one_statement_each(project, people, task, monkeypatch):
    for _number in range(4):
        both = make_task(task.batch)
        for person in people:
            make_annotation(both, person, {"species": "robin"})
    for page, statement_count in ((100, 1), (10, 2), (4, 3), (3, 4)):
        monkeypatch.setattr(export_records, "PAGE", page)
        with CaptureQueriesContext(connection) as captured:
            rows = lines(project)
        pages = [one for one in captured if re.search("CASE WHEN.*LIMIT", one["sql"] or "")]
        # The driver of PostgreSQL copies them out, which is not captured.
        assert len(pages) == (0 if connection.vendor == "postgresql" else statement_count)
        assert [row["item"] for row in rows[:2]] == ["a", "a"]
        assert len({(row["item"], row["annotator"]) for row in rows}) == len(rows) == 10


def test_every_door_takes_the_labels(client, project, people, task, tmp_path):
    client.force_login(project.created_by)
    page = reverse("export_create", args=[project.slug])
    address = reverse("api_export_create", args=[project.slug])
    assert "every annotation, with the code of its author" in client.get(page).text
    assert client.post(page, {"format": "csv", "labels": "annotations"}).status_code == 302
    asked = {"format": "csv", "labels": "annotations"}
    assert client.post(address, asked, content_type="application/json").status_code == 202
    output = tmp_path / "labels.csv"
    call_command("export", project.slug, format="csv", output=output, labels="annotations")
    assert people[1].pseudonym in output.read_text()
    started = Event.objects.filter(verb="export.started")
    assert [event.after["labels"] for event in started] == ["annotations"] * 3
    for labels in ("all", "", None, ["stored"]):
        asked = {"format": "csv", "labels": labels}
        refused = client.post(address, asked, content_type="application/json")
        assert (refused.status_code, refused.json()["field"]) == (400, "labels")
    assert client.post(page, {"format": "csv", "labels": "all"}).status_code == 422
