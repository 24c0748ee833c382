"""An export limited by split, class and days: a closed list that its manifest names whole."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse

from labelops.accounts.models import Role
from labelops.errors import DomainError
from tasks.models import InstructionVersion, Task, Transfer
from tasks.services.export_choices import ExportChoice, Labels
from tests.factories import (
    CHOICE_SCHEMA,
    make_annotation,
    make_batch,
    make_instruction,
    make_item,
    make_member,
    make_project,
    make_published_project,
    make_task,
    settle,
)
from tests.tasks.formats import shapes_schema
from tests.tasks.test_export_choices import lines
from tests.tasks.test_export_service import NO_FILTER, begin, exported, settled

pytestmark = pytest.mark.django_db
SPLITS = {"a": "train", "b": "val", "c": "test", "d": "holdout", "e": ["train"], "f": None, "g": 1}
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def mei(team):
    return make_member(team, Role.MANAGER, time_zone="Asia/Tokyo")


@pytest.fixture
def project(team, mei):
    """A label a day, of items with all sorts of splits; every other one is a wren."""
    project = make_published_project(team, created_by=mei)
    batch = make_batch(project, name="first")
    for number, (name, split) in enumerate(SPLITS.items()):
        item = make_item(project, external_id=name, data={"text": "A", "split": split})
        answer = {"species": ["robin", "wren"][number % 2], "note": "robin"}
        settled(batch, item, answer, settled_at=NOON + timedelta(days=number))
    settled(batch, make_item(project, external_id="h"), {"species": ["robin"]}, settled_at=NOON)
    make_task(batch)
    return project


@pytest.mark.parametrize(
    ("choice", "items"),
    [
        ({"split": "train"}, "a"),
        ({"split": "val"}, "b"),
        ({"split": "test"}, "c"),
        ({"split": "none"}, "defgh"),
        ({"label": "robin"}, "aceg"),
        ({"label": "wren", "split": "none"}, "df"),
        # Noon in Greenwich is evening in Tokyo; 15:00 is the next day there.
        ({"settled_from": date(2026, 3, 14)}, "efg"),
        ({"settled_to": date(2026, 3, 11)}, "abh"),
        ({"settled_from": date(2026, 3, 12), "settled_to": date(2026, 3, 12)}, "c"),
        ({"settled_to": date(2026, 3, 9)}, ""),
    ],
)
def test_only_what_was_chosen_is_written(project, choice, items):
    content, transfer = exported(project, choice=ExportChoice(**choice))
    found = [json.loads(line)["item"] for line in content.splitlines()]
    assert "".join(found) == items
    assert transfer.manifest["count"] == transfer.job.total_count == len(items)
    named = {name: str(value) for name, value in choice.items()}
    named |= {"control": "species"} if "label" in choice else {}
    has_days = "settled_from" in choice or "settled_to" in choice
    named |= {"time_zone": "Asia/Tokyo"} if has_days else {}
    assert transfer.manifest["filter"] == NO_FILTER | named


def test_days_end_at_midnight_of_the_person(project):
    task = Task.objects.get(item__external_id="c")
    choice = ExportChoice(settled_from=date(2026, 3, 12), settled_to=date(2026, 3, 12))
    midnight = datetime(2026, 3, 11, 15, tzinfo=UTC)
    for moment, is_in in (
        (midnight - timedelta(microseconds=1), False),
        (midnight, True),
        (midnight + timedelta(days=1, microseconds=-1), True),
        (midnight + timedelta(days=1), False),
    ):
        Task.objects.filter(pk=task.pk).update(settled_at=moment)
        assert [row["item"] for row in lines(project, choice)] == (["c"] if is_in else [])


def test_of_several_labels_the_newest_of_the_chosen_is_written(team, mei):
    project = make_project(team, item_type="image", created_by=mei)
    schema = {"controls": [*shapes_schema("box")["controls"], *CHOICE_SCHEMA["controls"]]}
    make_instruction(project, label_schema=schema)
    item = make_item(project, width=9, height=9, data={"split": "val"})
    for day, species in enumerate(["robin", "robin", "wren"]):
        box = {"label": "car", "box": [0, 0, day + 1, 1]}
        answer = {"objects": [box], "species": species}
        settled(make_batch(project), item, answer, settled_at=NOON + timedelta(days=day))
    choice = ExportChoice(label="robin", split="val")
    content, transfer = exported(project, "coco", choice=choice)
    assert [one["bbox"] for one in json.loads(content)["annotations"]] == [[0, 0, 2, 1]]
    assert transfer.manifest["left_out"] == {"answers": 1, "older_labels": 1}


def test_classes_of_older_versions_can_be_chosen(project):
    version = project.instruction_versions.get()
    version.state = InstructionVersion.State.SUPERSEDED
    version.save()
    options = [{"value": "owl", "title": "Owl"}]
    schema = {"controls": [{**CHOICE_SCHEMA["controls"][0], "options": options}]}
    make_instruction(project, number=2, label_schema=schema)
    assert lines(project, ExportChoice(label="owl")) == []
    assert len(lines(project, ExportChoice(label="wren"))) == 3


@pytest.mark.parametrize(
    ("choice", "code", "field"),
    [
        ({"label": "owl"}, "unknown_label", "label"),
        ({"label": "x" * 500}, "unknown_label", "label"),
        ({"settled_from": date(1, 1, 1)}, "bad_day", "settled_from"),
        ({"settled_to": date(9999, 12, 31)}, "bad_day", "settled_to"),
        ({"settled_from": date(2026, 2, 2), "settled_to": date(2026, 2, 1)}, "bad_day", None),
    ],
)
def test_what_cannot_be_chosen_is_refused_with_a_sentence(project, choice, code, field):
    with pytest.raises(DomainError) as refusal:
        begin(project, choice=ExportChoice(**choice))
    assert (refusal.value.code, refusal.value.field) == (code, field or "settled_to")
    assert len(str(refusal.value.message)) < 200
    assert not Transfer.objects.exists()


def test_without_a_single_choice_there_are_no_classes_to_choose(client, mei, team):
    project = make_project(team, item_type="image", created_by=mei)
    make_instruction(project, label_schema=shapes_schema("box"))
    with pytest.raises(DomainError, match="one single choice") as refusal:
        begin(project, choice=ExportChoice(label="car"))
    assert refusal.value.code == "label_not_possible"
    client.force_login(mei)
    assert 'name="label"' not in client.get(reverse("export_create", args=[project.slug])).text


def test_annotations_are_chosen_by_the_stored_label_of_their_task(project, team):
    batch = project.batches.get()
    settled_one = make_task(batch, make_item(project, data={"split": "val"}))
    for label in ("robin", "wren"):
        make_annotation(settled_one, make_member(team), {"species": label})
    settle(settled_one, {"species": "wren"})
    for choice, count in (({"label": "wren"}, 2), ({"label": "robin"}, 0), ({"split": "val"}, 2)):
        assert len(lines(project, ExportChoice(labels=Labels.ANNOTATIONS, **choice))) == count


def test_every_door_takes_the_filters(client, mei, project, tmp_path):
    client.force_login(mei)
    page = reverse("export_create", args=[project.slug])
    address = reverse("api_export_create", args=[project.slug])
    asked = {"split": "test", "label": "robin"}
    asked |= {"settled_from": "2026-03-01", "settled_to": "2026-03-31"}
    sent = client.post(page, {"format": "jsonl", **asked})
    assert sent.status_code == 302, sent.text
    sent = client.post(address, {"format": "jsonl", **asked}, content_type="application/json")
    assert sent.status_code == 202
    kept = [transfer.job.payload["choice"] for transfer in Transfer.objects.all()]
    assert kept[0] == kept[1]
    assert asked.items() <= kept[0].items()
    output = tmp_path / "labels.jsonl"
    call_command("export", project.slug, format="jsonl", output=output, **asked)
    assert json.loads(output.read_text())["item"] == "c"


def test_every_door_refuses_what_is_not_on_the_list(client, mei, project, tmp_path, capsys):
    client.force_login(mei)
    page = reverse("export_create", args=[project.slug])
    address = reverse("api_export_create", args=[project.slug])
    for field, value in {
        "split": "everything",
        "label": "owl",
        "settled_from": "yesterday",
        "settled_to": "0001-01-01",
        "settled_before": "2026-01-01",
    }.items():
        body = {"format": "jsonl", field: value}
        refused = client.post(address, body, content_type="application/json")
        assert (refused.status_code, refused.json()["field"]) == (400, field)
        if field != "settled_before":
            assert client.post(page, body).status_code == 422
    for field, value in {"settled_from": "2026-02-30", "label": "owl"}.items():
        with pytest.raises(SystemExit):
            call_command(
                "export", project.slug, format="jsonl", output=tmp_path / "x", **{field: value}
            )
        assert value in capsys.readouterr().err
    assert not Transfer.objects.exists()
