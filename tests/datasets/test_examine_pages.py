"""The page of tiles over any set of items."""

import numpy as np
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from datasets.models import Evaluation, Match
from datasets.reports import tiles
from datasets.reports.tiles import tiles_of
from datasets.services.cluster_traits import traits
from datasets.services.item_set_kinds import KINDS
from datasets.services.item_sets import Member, RankedItems, SetKind
from labelops.accounts.models import Role
from tasks.models import Item, Task
from tasks.services import item_tags
from tests.datasets.evaluating import make_evaluation, make_match
from tests.datasets.freezing import freeze, make_label
from tests.factories import (
    make_batch,
    make_image_item,
    make_instruction,
    make_item,
    make_member,
    make_model_version,
    make_prediction,
    make_project,
    make_published_project,
    make_team,
    settle,
)

pytestmark = pytest.mark.django_db
OBJECTS = {
    "controls": [
        {
            "name": "objects",
            "type": "shapes",
            "title": "Objects",
            "tools": ["box", "polygon", "keypoint"],
            "skeleton": {"names": ["head", "tail"], "edges": [[0, 1]]},
            "labels": [{"value": "car", "title": "Car"}, {"value": "bus", "title": "Bus"}],
        }
    ]
}


def build():
    """Twelve texts with labels and predictions, a picture with objects, and their people."""
    team = make_team()
    expert = make_member(team, Role.EXPERT, username="elena")
    return {"team": team, "expert": expert, **_texts(team), **_pictures(team)}


def _texts(team):
    project = make_published_project(team, slug="birds")
    batch = make_batch(project, team, overlap=1)
    model = make_model_version(project)
    for number in range(12):
        text = f"number {number} " * 100
        task = make_label(batch, "robin", text=text, data={"split": "test"}, name=f"i{number}")
        make_prediction(model, task.item, "wren" if number % 2 else "robin")
    version = freeze(project)
    evaluation = make_evaluation(version, model, split="test")
    for item in project.items.all():
        make_match(evaluation, item, "robin", item.predictions.get().label)
    return {"texts": project, "version": version, "evaluation": evaluation}


def _pictures(team):
    project = make_project(team, slug="streets", item_type="image")
    make_instruction(project, label_schema=OBJECTS)
    batch = make_batch(project, team, overlap=1)
    item = make_image_item(project, (900, 600), external_id="street.png")
    box = {"id": "o1", "label": "car", "box": [10, 10, 40, 30], "rotation": 0, "attributes": {}}
    corners = [[400, 100], [800, 100], [800, 500]]
    bus = {"id": "o2", "label": "bus", "polygon": corners, "holes": [], "attributes": {}}
    dog = {
        "id": "o9",
        "label": "car",
        "keypoints": [[500, 400, 2], [520, 440, 1]],
        "attributes": {},
    }
    settle(Task.objects.create(batch=batch, item=item), {"objects": [box, bus, dog]})
    model = make_model_version(project)
    truck = {**box, "id": "p1", "label": "bus", "box": [12, 10, 40, 30]}
    make_prediction(model, item, "", answer={"objects": [truck]})
    evaluation = make_evaluation(
        freeze(project), model, kind=Evaluation.Kind.OBJECTS, control="objects",
        classes=["car", "bus"],
    )  # fmt: skip
    make_match(evaluation, item, "car", "bus", overlap=0.9, truth_id="o1", predicted_id="p1")
    make_match(evaluation, item, "bus", truth_id="o2")
    return {"streets": project, "objects": evaluation}


def page(client, made, project="texts", **query):
    client.force_login(made["expert"])
    return client.get(reverse("examine", args=[made[project].slug]), query)


def test_the_items_of_a_split_and_class_of_a_version(client, made):
    names = {"set": "split", "dataset": made["version"].pk}
    found = page(client, made, **names, split="test", label="robin")
    assert found.context["count"] == 12
    assert "Version 1 · test · Robin" in found.content.decode()
    assert [tile.label for tile in found.context["page"].rows] == ["Robin"] * 12
    assert page(client, made, **names, label="wren").context["count"] == 0
    empty = page(client, made, **names, label="x").content.decode()
    assert "There is no item in this set" in empty
    assert "Save as a segment" in found.content.decode()
    assert "Save as a segment" not in empty
    for wrong in ({"dataset": "9" * 20}, {"dataset": 0}, {"label": "\x00"}, {"set": "none"}):
        refused = page(client, made, **(names | wrong))
        assert refused.status_code == 400
        # What is missing is got on the pages beside it.
        assert reverse("item_map", args=["birds"]) in refused.content.decode()
    other = page(client, made, "streets", **names)
    assert other.status_code == 400
    assert page(client, made, **names, nosuch="1").status_code == 400


@pytest.fixture
def of_evaluation(monkeypatch, made):
    """A set of an evaluation: members in the order of their matches, as its cells are."""

    def read(project, given):
        evaluation = Evaluation.objects.get(pk=given["evaluation"])
        members = [
            Member(match.item_id, match.truth_id, match.predicted_id, note="odd one")
            for match in Match.objects.filter(evaluation=evaluation).order_by("pk")
        ]
        return RankedItems(project, "Of an evaluation", members, evaluation)

    monkeypatch.setitem(KINDS, "test", SetKind(("evaluation",), read))


def test_tiles_of_texts_show_both_answers_and_the_label_as_it_stands(client, made, of_evaluation):
    item = Item.objects.filter(project=made["texts"]).order_by("pk")[1]
    with transaction.atomic():
        item_tags.put_on([item], "odd", by=made["expert"])
    settle(item.tasks.get(), {"species": "wren"})
    address = {"set": "test", "evaluation": made["evaluation"].pk}
    found = page(client, made, **address)
    first, second, *_rest = found.context["page"].rows
    assert (first.label, first.predicted, first.is_same, first.now) == ("Robin", "Robin", True, "")
    assert (second.label, second.predicted, second.is_same) == ("Robin", "Wren", False)
    assert (second.now, second.tags, second.score) == ("Wren", ["odd"], 0.9)
    assert second.excerpt.is_cut_after
    content = found.content.decode()
    assert "now: <bdi>Wren</bdi>" in content
    assert content.count("odd one") == 12
    # A page costs the same however many items it shows.
    counts = []
    for _size in range(2):
        with CaptureQueriesContext(connection) as captured:
            page(client, made, **address)
        counts.append(len(captured))
        Match.objects.filter(pk__in=[match.pk for match in Match.objects.all()[:9]]).delete()
    assert counts[0] == counts[1] <= 24
    tagged = page(client, made, set="tag", tag="odd")
    assert [tile.item for tile in tagged.context["page"].rows] == [item]
    unlabeled = page(client, made, set="items", ids=make_item(made["texts"]).public_id)
    assert [tile.label for tile in unlabeled.context["page"].rows] == ["no label yet"]


def test_tiles_of_objects_draw_them_and_enlarge_what_is_small(client, made, of_evaluation):
    found = page(client, made, "streets", set="test", evaluation=made["objects"].pk)
    small, large = found.context["page"].rows
    assert (small.label, small.predicted, small.overlap) == ("Car", "Bus", 0.9)
    assert small.tick == f"{small.item.public_id}:o1"
    assert small.picture.is_zoomed
    assert small.picture.view_box == "0 0 126 94.5"
    # The others are elsewhere in the picture.
    assert [mark.is_concerned for mark in small.picture.label] == [True]
    assert [mark.title for mark in small.picture.predicted] == ["Bus"]
    # The other object is large, and nothing was predicted there.
    assert (large.label, large.predicted, large.picture.is_zoomed) == ("Bus", "", False)
    assert [mark.is_concerned for mark in large.picture.label] == [False, False, True]
    content = found.content.decode()
    assert "M400 100L800 100L800 500Z" in content
    assert "M500 400L520 440M" in content
    assert "nothing there" in content
    assert "style=" not in content.partition("<main")[2]


def test_tiles_judge_as_the_evaluation_does_and_each_item_by_itself(made, monkeypatch):
    evaluation, project = made["objects"], made["streets"]
    item, other = project.items.get(), make_image_item(project, (9, 6), external_id="other.png")
    evaluation.matches.all().delete()
    for name in ("o2", "o3", "o4"):
        make_match(evaluation, item, "bus", truth_id=name)
    make_match(evaluation, item, "car", "car", overlap=0.6, truth_id="o1", predicted_id="p1")
    make_match(evaluation, other, "car", truth_id="o1")
    pair = Member(item.pk, "o1", "p1")
    # What is wrong with one item takes no room from another, or from what the set names.
    monkeypatch.setattr(tiles, "MATCHES_MOST", 2)
    first, second = tiles_of(project, evaluation, [pair, Member(other.pk)])
    assert (first.is_same, first.overlap, second.is_same) == (False, 0.6, False)
    evaluation.matches.filter(predicted_id="").delete()
    for score_bar, overlap_bar, is_same in ((0, 0.5, True), (0.95, 0.5, False), (0, 0.7, False)):
        evaluation.score_bar, evaluation.overlap_bar = score_bar, overlap_bar
        [tile] = tiles_of(project, evaluation, [Member(item.pk)])
        assert tile.is_same is is_same
        shown = [False] * 3 if is_same else [True]
        assert [mark.is_concerned for mark in tile.picture.label] == shown


def test_a_tile_shows_the_label_that_stands(made):
    project = made["texts"]
    item = project.items.order_by("pk")[0]
    later = Task.objects.create(batch=make_batch(project, made["team"], name="later"), item=item)
    settle(later, {"species": "wren"})
    for state, label in (("in_review", "Robin"), ("accepted", "Wren")):
        Task.objects.filter(pk=later.pk).update(state=state)
        [tile] = tiles_of(project, None, [Member(item.pk)])
        assert (tile.label, tile.task.state) == (label, "accepted")
    # Who accepts last has the last word, in whichever batch; maps and clusters know it, too.
    settle(item.tasks.order_by("pk").first(), {"species": "robin"})
    [tile] = tiles_of(project, None, [Member(item.pk)])
    assert tile.label == "Robin"
    assert "label Robin" in traits(project, np.array([item.pk]), beat=lambda: None)
    # Where none stands, the newest comes with its state.
    item.tasks.update(state="in_review")
    [tile] = tiles_of(project, None, [Member(item.pk)])
    assert (tile.label, tile.task.state) == ("Wren", "in_review")


def test_every_number_of_a_dataset_version_opens_its_items(client, made):
    made["team"].memberships.filter(user=made["expert"]).update(role=Role.MANAGER)
    client.force_login(made["expert"])
    version = made["version"]
    content = client.get(reverse("dataset_detail", args=[version.pk])).content.decode()
    items = f"/projects/birds/examine/?set=split&amp;dataset={version.pk}"
    for link in (f"{items}&amp;split=test&amp;label=robin", f"{items}&amp;label=robin", items):
        assert f'<a href="{link}">12</a>' in content
    # Objects have no such list; the number of a split has.
    drawn = made["streets"].dataset_versions.get()
    content = client.get(reverse("dataset_detail", args=[drawn.pk])).content.decode()
    assert f"dataset={drawn.pk}&amp;split=" in content
    assert "label=car" not in content
