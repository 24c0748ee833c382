"""`import_truth`: known answers become gold, bad rows are named with file, row and field."""

import io
import json
from contextlib import suppress

import pytest
from django.core.management import call_command

from labelops.accounts.models import Role
from reviews.models import GoldAnswer, Measurement
from reviews.services import gold_measuring
from tasks.models import GoldItem, ReservedItem
from tasks.services.reservations import reserve
from tests.factories import (
    make_batch,
    make_gold_answer,
    make_item,
    make_member,
    make_published_project,
    make_team,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    team = make_team()
    project = make_published_project(team, slug="birds")
    # Truth that is imported needs no approval, whoever is there.
    make_member(team, Role.EXPERT)
    make_member(team, Role.EXPERT)
    make_item(project, external_id="1"), make_item(project, external_id="2")
    return project


def run(tmp_path, text, name="truth.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    out = io.StringIO()
    with suppress(SystemExit):
        call_command("import_truth", "birds", str(path), "--json", stdout=out, stderr=io.StringIO())
    return json.loads(out.getvalue())


def test_a_table_becomes_gold_in_use_and_again_changes_nothing(project, tmp_path):
    text = "item,label\n1,robin\n2,wren\n"
    found = run(tmp_path, text)
    assert found == {
        "project": "birds", "added": 2, "revised": 0, "unchanged": 0, "error_count": 0,
        "errors": [],
    }  # fmt: skip
    assert run(tmp_path, text)["unchanged"] == 2
    GoldItem.objects.filter(label_class="wren").update(state="retired", served_count=30)
    assert run(tmp_path, text)["unchanged"] == 2
    GoldItem.objects.update(state="active")
    stock = GoldItem.objects.order_by("item__external_id")
    assert list(stock.values_list("state", "label_class")) == [
        ("active", "robin"), ("active", "wren"),
    ]  # fmt: skip
    assert GoldAnswer.objects.filter(approved_at__isnull=False).count() == 2


def test_another_answer_is_a_new_version_that_scores_the_past_anew(project, tmp_path):
    run(tmp_path, "item,label\n1,robin\n")
    made, team = GoldItem.objects.get(), project.teams.get()
    held = make_gold_answer(made, make_batch(project, team), make_member(team), "wren")
    gold_measuring.measure_assignment(held.pk)
    assert run(tmp_path, '{"item": "1", "answer": {"species": "wren"}}\n')["revised"] == 1
    assert Measurement.objects.get().is_right
    assert made.answers.count() == 2


def test_bad_rows_are_named_and_good_ones_count(project, tmp_path):
    item = make_item(project, external_id="3")
    reserve([item], ReservedItem.Purpose.EXAM, by=project.created_by)
    found = run(tmp_path, "item,label\n1,robin\n9,robin\n2,eagle\n3,wren\n")
    assert (found["added"], found["error_count"]) == (1, 3)
    places = [
        (error["code"], error["file"], error["row"], error["field"]) for error in found["errors"]
    ]
    assert places == [
        ("unknown_item", "truth.csv", 3, "item"),
        ("unknown_option", "truth.csv", 4, "label"),
        ("item_shown", "truth.csv", 5, "item"),
    ]


def test_the_field_of_an_answer_is_named(project, tmp_path):
    found = run(tmp_path, '{"item": "1", "answer": {"species": "eagle"}}\n{"item": "2"}\n')
    assert [(error["row"], error["field"]) for error in found["errors"]] == [
        (1, "answer.species"), (2, "answer"),
    ]  # fmt: skip


def test_a_file_of_another_kind_is_refused_with_status_1(project, tmp_path, capsys):
    path = tmp_path / "truth.csv"
    path.write_text("<html>")
    with pytest.raises(SystemExit) as ended:
        call_command("import_truth", "birds", str(path), stdout=io.StringIO())
    assert ended.value.code == 1
    assert "truth.csv" in capsys.readouterr().err
