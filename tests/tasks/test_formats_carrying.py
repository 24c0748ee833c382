from collections import Counter

import pytest

from tasks.formats import WRITERS
from tasks.formats.carrying import Carries, carried, control_types, fit, type_of
from tasks.formats.records import ExportContext
from tests.tasks.formats import image, image_context, record, shapes_schema, text_context

NOTE = {"name": "note", "type": "text"}
LABELS = [{"value": "car"}]
BOXES_ONLY = Carries(
    item_types=("image",),
    controls=("shapes",),
    tools=("box",),
    attributes=False,
    turned_boxes=False,
    undecidable=False,
    several_labels=False,
    origin=False,
)


def sentences(context, carries=BOXES_ONLY):
    found = fit(carries, context)
    return [str(remark) for remark in found.lost]


def test_a_format_of_boxes_carries_a_project_of_boxes():
    assert fit(BOXES_ONLY, image_context("box")).level == "all"
    assert sentences(image_context("box")) == []


def test_each_lost_tool_control_and_attribute_has_its_sentence():
    context = image_context("box", "polyline", attributes=[{"name": "far", "type": "boolean"}])
    context.schemas[0]["controls"].append(NOTE)
    assert fit(BOXES_ONLY, context).level == "part"
    assert sentences(context) == [
        "The lines of “objects” are left out.",
        "The attributes of “objects” are left out.",
        "The answers to “note” are left out.",
    ]


def test_a_loss_of_several_versions_is_said_once():
    context = image_context("box", "polyline")
    both = ExportContext("birds", "image", [*context.schemas, *context.schemas])
    assert sentences(both) == ["The lines of “objects” are left out."]


@pytest.mark.parametrize("context", [image_context("polyline"), text_context(NOTE)])
def test_a_format_without_a_place_carries_nothing(context):
    assert fit(BOXES_ONLY, context).level == "nothing"


def test_what_depends_on_the_labels_is_a_remark():
    one, several = image_context("box"), image_context("box")
    several = ExportContext("birds", "image", one.schemas, batch_count=2)
    newest = "An item that several batches labeled has its newest label only."
    assert newest not in map(str, fit(BOXES_ONLY, one).remarks)
    assert newest in map(str, fit(BOXES_ONLY, several).remarks)
    assert "A turned box becomes the upright box around it." in map(
        str, fit(BOXES_ONLY, one).remarks
    )


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize(
    "context", [image_context(), image_context("polyline"), text_context(NOTE), text_context()]
)
def test_a_writer_refuses_exactly_what_it_carries_nothing_of(name, context):
    writer = WRITERS[name]
    refused = writer.refusal(context)
    assert (fit(writer.carries, context).level == "nothing") == (refused is not None)
    assert refused is None or refused.endswith(".")


@pytest.mark.parametrize("name", ["jsonl", "json"])
def test_our_own_formats_lose_nothing(name):
    found = fit(WRITERS[name].carries, ExportContext("p", "image", [shapes_schema()], 2))
    assert (found.level, found.lost, found.remarks) == ("all", [], [])


def test_what_a_format_does_not_carry_is_counted_by_what_it_is():
    turned = {"box": [0, 0, 9, 9], "rotation": 30, "attributes": {"far": True}}
    context = image_context()
    context.schemas[0]["controls"].append(NOTE)
    full = image("a", [turned, {"polyline": [[0, 0], [1, 1]]}])
    full.answer.update({"note": "hm", "gone": "x", "_path": {"tree": "t", "steps": []}})
    dark = record("b", {"_undecidable": "dark"})
    left_out = Counter()
    boxes = Carries(**{**BOXES_ONLY.__dict__, "path": False})
    [kept] = carried([full, dark], boxes, context, left_out)
    assert kept.answer == {
        "objects": [{"id": "o0", "label": "car", "box": [0, 0, 9, 9], "rotation": 30}]
    }
    assert left_out == {
        "rotation": 1,
        "attributes": 1,
        "polyline": 1,
        "answers": 2,
        "path": 1,
        "undecidable": 1,
    }


def test_a_name_that_once_meant_another_control_is_told_by_its_value():
    newer, older = shapes_schema(), {"controls": [{"name": "objects", "type": "text"}]}
    types = control_types(ExportContext("p", "image", [newer, older]))
    assert type_of(types, "objects", "a car") == "text"
    assert type_of(types, "objects", [{"label": "car", "box": [0, 0, 1, 1]}]) == "shapes"
    assert type_of(types, "objects", 3) is None
    assert type_of(types, "unknown", "x") is None


def test_answers_come_in_the_order_of_the_schema_whatever_the_database_did():
    controls = [{"name": name, "type": "text"} for name in ("b", "a")]
    [kept] = carried(
        [record("x", {"a": "1", "b": "2"})], Carries(), text_context(*controls), Counter()
    )
    assert list(kept.answer) == ["b", "a"]


def test_a_note_is_said_only_of_what_the_project_has():
    carries = Carries(notes={"": "Always.", "polygon": "Of polygons.", "text": "Of texts."})
    assert [str(note) for note in fit(carries, image_context("box")).remarks] == ["Always."]
    assert [str(note) for note in fit(carries, image_context("polygon")).remarks] == [
        "Always.",
        "Of polygons.",
    ]
