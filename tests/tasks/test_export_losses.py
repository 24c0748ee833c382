"""What an export loses is said before it, counted in it, and shown after it."""

import html
import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.errors import DomainError
from tasks.formats import WRITERS
from tasks.models import InstructionVersion, Transfer
from tasks.services.exports import fits
from tests.factories import make_batch, make_instruction, make_item, make_member, make_project
from tests.tasks.formats import shapes_schema
from tests.tasks.test_export_service import exported, settled

pytestmark = pytest.mark.django_db
BOX = {"id": "o1", "label": "car", "box": [0, 0, 4, 4]}
LINE = {"id": "o2", "label": "car", "polyline": [[0, 0], [4, 4]]}


@pytest.fixture
def project(team):
    project = make_project(team, item_type="image")
    make_instruction(project, label_schema=shapes_schema("box", "polyline"))
    return project


@pytest.fixture
def mei(team, client):
    mei = make_member(team, Role.MANAGER)
    client.force_login(mei)
    return mei


def page(client, project):
    return client.get(reverse("export_create", args=[project.slug]))


def row(response, name):
    found = re.search(
        rf'<tr data-format="{name}" data-level="(\w+)">(.*?)</tr>', response.text, re.S
    )
    return found[1], html.unescape(found[2])


def test_the_manifest_counts_what_was_left_out(project):
    item = make_item(project, width=9, height=9)
    settled(make_batch(project), item, {"objects": [BOX]}, settled_at="2020-01-01T00:00Z")
    settled(make_batch(project), item, {"objects": [BOX, LINE, LINE]})
    dark = make_item(project, width=9, height=9)
    settled(make_batch(project), dark, {"_undecidable": "too dark"})
    content, transfer = exported(project, "coco")
    assert transfer.manifest["left_out"] == {"older_labels": 1, "polyline": 2, "undecidable": 1}
    assert transfer.manifest["count"] == len(json.loads(content)["images"]) == 1
    assert Event.objects.get(verb="export.finished").after["left_out"]["polyline"] == 2


def test_a_format_that_carries_all_leaves_nothing_out(project):
    item = make_item(project, width=9, height=9)
    settled(make_batch(project), item, {"objects": [BOX]})
    settled(make_batch(project), item, {"objects": [LINE]})
    _content, transfer = exported(project, "jsonl")
    assert (transfer.manifest["count"], transfer.manifest["left_out"]) == (2, {})


def test_one_batch_alone_has_no_older_labels(project):
    item, first = make_item(project, width=9, height=9), make_batch(project)
    settled(first, item, {"objects": [BOX]}, settled_at="2020-01-01T00:00Z")
    settled(make_batch(project), item, {"objects": [BOX]})
    _content, transfer = exported(project, "coco", batch=first)
    assert (transfer.manifest["count"], transfer.manifest["left_out"]) == (1, {})


def test_the_page_says_what_each_format_carries(client, mei, project):
    response = page(client, project)
    level, text = row(response, "coco")
    assert level == "part"
    assert "The lines of “objects” are left out." in text
    level, text = row(response, "jsonl")
    assert level == "all"
    assert "left out" not in text


def test_the_page_says_which_formats_carry_nothing(client, mei, team):
    texts = make_project(team)
    make_instruction(texts)
    level, text = row(page(client, texts), "coco")
    assert level == "nothing"
    assert "no place" in text


def test_the_page_costs_the_same_with_more_versions_and_batches(client, mei, project):
    page(client, project)
    with CaptureQueriesContext(connection) as few:
        page(client, project)
    for number in range(2, 12):
        make_batch(project)
        older = {"number": number, "state": InstructionVersion.State.SUPERSEDED}
        make_instruction(project, label_schema=shapes_schema("box"), **older)
    with CaptureQueriesContext(connection) as many:
        page(client, project)
    assert len(few) == len(many)


def test_the_page_of_an_export_shows_what_was_left_out(client, mei, project):
    settled(make_batch(project), make_item(project, width=9, height=9), {"objects": [BOX, LINE]})
    exported(project, "coco")
    public_id = Transfer.objects.get().job.public_id
    text = client.get(reverse("transfer_detail", args=[public_id])).text
    assert "What was left out" in text
    assert "Lines: 1" in text


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("item_type", ["image", "text"])
def test_every_format_goes_all_the_way_or_is_refused(team, name, item_type):
    spans = {"name": "objects", "type": "spans", "labels": [{"value": "car"}]}
    schema = shapes_schema("box") if item_type == "image" else {"controls": [spans]}
    span = {"id": "o1", "label": "car", "start": 0, "end": 1, "text": "A"}
    project = make_project(team, item_type=item_type)
    make_instruction(project, label_schema=schema)
    answer = {"objects": [BOX if item_type == "image" else span]}
    settled(make_batch(project), make_item(project, width=9, height=9), answer)
    if fits(project)[name].level == "nothing":
        with pytest.raises(DomainError) as refusal:
            exported(project, name)
        assert refusal.value.code == "format_not_possible"
        return
    content, transfer = exported(project, name)
    assert b"car" in content or name in ("yolo", "voc", "parquet")
    assert transfer.file_name.endswith(f".{WRITERS[name].extension}")
    assert (transfer.manifest["count"], transfer.manifest["left_out"]) == (1, {})
    assert transfer.manifest["byte_count"] == len(content)
