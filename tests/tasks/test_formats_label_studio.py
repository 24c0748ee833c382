"""Tasks for Label Studio, held against its labeling configuration and its geometry."""

import json
import math
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.formats.records import ExportContext
from tests.tasks.formats import image, image_context, record, shapes_schema, text_context, write

# The tag that a result of each type comes from.
TAGS = {
    "rectanglelabels": "RectangleLabels",
    "polygonlabels": "PolygonLabels",
    "keypointlabels": "KeyPointLabels",
    "labels": "Labels",
    "choices": "Choices",
    "taxonomy": "Taxonomy",
    "rating": "Rating",
    "number": "Number",
    "textarea": "TextArea",
}
BIRD = {
    "name": "bird",
    "type": "choice",
    "options": [{"value": "robin"}, {"value": "<wren> & co"}],
}
TREE = {
    "name": "kind",
    "type": "choice",
    "multiple": True,
    "options": [{"value": "animal", "children": [{"value": "dog"}]}, {"value": "plant"}],
}
NAMES = {"name": "entities", "type": "spans", "labels": [{"value": "PER", "color": "#ff0000"}]}
STARS = {"name": "stars", "type": "rating", "min": 1, "max": 5}
SCALE = {"name": "scale", "type": "rating", "min": -2, "max": 2}
NOTE = {"name": "note", "type": "text"}
ATTRIBUTES = [
    {"name": "far", "type": "boolean"},
    {"name": "color", "type": "choice", "options": [{"value": "red"}]},
    {"name": "speed", "type": "number", "min": 0},
    {"name": "plate", "type": "text"},
]


def exported(records, context):
    content, written = write("label-studio", records, context)
    tasks = json.loads(content)
    for task in tasks:
        for annotation in task["annotations"]:
            check(annotation["result"], written.notes["labeling_config"], context.item_type)
    return tasks, written


def check(results, config, item_type):
    """What Label Studio asks of results: names, types and labels that its configuration has."""
    view = ElementTree.fromstring(config)
    tags = {tag.get("name"): tag for tag in view.iter() if tag.get("name")}
    assert len(tags) == sum(1 for tag in view.iter() if tag.get("name"))
    regions = {}
    for result in results:
        tag = tags[result["from_name"]]
        assert tag.tag == TAGS[result["type"]]
        assert tag.get("toName") == result["to_name"] == item_type
        assert tags[item_type].get("value") == f"${item_type}"
        known = {entry.get("value") for entry in tag.iter() if entry is not tag}
        for label in result["value"].get(result["type"], []) if known else []:
            assert set(label if isinstance(label, list) else [label]) <= known
        # Only what is said of one region may share its id.
        assert result["id"] not in regions or tag.get("perRegion") == "true"
        regions[result["id"]] = result


def results_of(task):
    [annotation] = task["annotations"]
    return annotation["result"]


@st.composite
def boxes(draw):
    width, height = draw(st.integers(1, 20_000)), draw(st.integers(1, 20_000))
    box = [draw(st.floats(0, side)) for side in (width, height)]
    box += [draw(st.floats(0.25, side)) for side in (width, height)]
    return width, height, {"box": box, "rotation": draw(st.floats(0, 359.9))}


def box_from(value, width, height):
    """Our box from theirs, by its own rule: the sides go out from the corner, turned."""
    turn = math.radians(value["rotation"])
    left, top = value["x"] * width / 100, value["y"] * height / 100
    wide, high = value["width"] * width / 100, value["height"] * height / 100
    middle_x = left + (wide * math.cos(turn) - high * math.sin(turn)) / 2
    middle_y = top + (wide * math.sin(turn) + high * math.cos(turn)) / 2
    return [middle_x - wide / 2, middle_y - high / 2, wide, high]


@given(boxes())
def test_a_turned_box_comes_back(drawn):
    width, height, shape = drawn
    [task], written = exported([image("a", [shape], width, height)], image_context())
    [result] = results_of(task)
    assert (result["original_width"], result["original_height"]) == (width, height)
    again = box_from(result["value"], width, height)
    assert again == pytest.approx(shape["box"], rel=1e-6, abs=1e-8)
    assert result["value"]["rotation"] == pytest.approx(shape["rotation"])
    assert not written.left_out


@given(
    st.integers(1, 20_000),
    st.integers(1, 20_000),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=9),
)
def test_a_polygon_comes_back(width, height, shares):
    ring = [[x * width, y * height] for x, y in shares]
    [task], _written = exported([image("a", [{"polygon": ring}], width, height)], image_context())
    [result] = results_of(task)
    again = [[x * width / 100, y * height / 100] for x, y in result["value"]["points"]]
    for found, expected in zip(again, ring, strict=True):
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_the_known_turn_of_label_studio():
    """A box turned by a quarter about its upper left corner reaches to the left of it."""
    shape = {"box": [10, 20, 40, 20], "rotation": 90}
    [task], _written = exported([image("a", [shape], 100, 100)], image_context())
    [result] = results_of(task)
    assert result["value"] == pytest.approx(
        {"x": 40, "y": 10, "width": 40, "height": 20, "rotation": 90}
        | {"rectanglelabels": result["value"]["rectanglelabels"]}
    )


def test_keypoints_say_which_they_are():
    shape = {"keypoints": [[64, 48, 2], [0, 0, 0]], "attributes": {"far": True}}
    other = {"keypoints": [[0, 0, 0], [320, 240, 1]]}
    context = image_context(attributes=ATTRIBUTES)
    [task], _written = exported([image("a", [shape, other])], context)
    head, far, tail = results_of(task)
    assert (head["value"]["x"], head["value"]["y"]) == (10, 10)
    assert (head["meta"]["text"], tail["meta"]["text"]) == (["head"], ["tail", "occluded"])
    assert (far["id"], far["value"]["choices"]) == (head["id"], ["true"])


def test_attributes_are_said_of_their_region():
    attributes = {"far": False, "color": "red", "speed": 3.5, "plate": "A 1"}
    shapes = [{"box": [0, 0, 64, 48], "attributes": attributes}]
    [task], written = exported([image("a", shapes)], image_context(attributes=ATTRIBUTES))
    box, *said = results_of(task)
    assert {result["id"] for result in said} == {box["id"]}
    assert [
        result["value"][result["type"] if result["type"] != "textarea" else "text"]
        for result in said
    ] == [
        ["false"],
        ["red"],
        3.5,
        ["A 1"],
    ]
    assert all(result["value"]["width"] == box["value"]["width"] for result in said)
    assert not written.left_out


def test_answers_about_a_text():
    text = "👍 Alice sleeps"
    answer = {
        "entities": [{"id": "e1", "label": "PER", "start": 2, "end": 7, "text": "Alice"}],
        "bird": "<wren> & co",
        "kind": ["dog", "plant"],
        "stars": 4,
        "scale": 0,
        "note": "two\nlines",
    }
    context = text_context(NAMES, BIRD, TREE, STARS, SCALE, NOTE)
    [task], written = exported([record("a", answer, data={"text": text, "lang": "en"})], context)
    assert task["data"] == {"text": text, "lang": "en"}
    values = {result["from_name"]: result["value"] for result in results_of(task)}
    assert values == {
        "entities": {"start": 2, "end": 7, "text": "Alice", "labels": ["PER"]},
        "bird": {"choices": ["<wren> & co"]},
        "kind": {"taxonomy": [["animal", "dog"], ["plant"]]},
        "stars": {"rating": 4},
        "scale": {"number": 0},
        "note": {"text": ["two\nlines"]},
    }
    assert not written.left_out


def test_what_is_known_of_a_label_stands_in_meta():
    walked = {"tree": "t", "steps": [["n", "yes"]]}
    dark = record("b", {"_undecidable": "too dark", "_path": walked})
    [task], _written = exported([dark], text_context(BIRD))
    assert task["annotations"] == [{"result": [], "was_cancelled": True}]
    assert task["meta"] == {
        "item": "b",
        "batch": "first",
        "source": "vote",
        "confidence": 0.75,
        "instruction_version": 1,
        "stale_since_version": None,
        "annotations": 2,
        "undecidable": "too dark",
        "path": walked,
    }


def test_labels_of_older_versions_are_in_the_configuration():
    new = shapes_schema("box", labels=["car"])
    old = shapes_schema("polygon", labels=["tram"], attributes=[{"name": "far", "type": "boolean"}])
    context = ExportContext("birds", "image", [new, old])
    shapes = [
        {"box": [0, 0, 9, 9]},
        {"label": "tram", "polygon": [[0, 0], [9, 0], [9, 9]], "attributes": {"far": True}},
    ]
    [task], _written = exported([image("a", shapes)], context)
    assert [result["from_name"] for result in results_of(task)] == [
        "objects.box",
        "objects.polygon",
        "objects.tram.far",
    ]


def test_a_name_that_meant_another_type_is_another_tag():
    old = {"name": "bird", "type": "text"}
    context = ExportContext("birds", "text", [{"controls": [BIRD]}, {"controls": [old]}])
    older = record("a", {"bird": 3})
    tasks, written = exported([record("a", {"bird": "robin"}), older], context)
    assert results_of(tasks[0])[0]["type"] == "choices"
    assert results_of(tasks[1]) == []
    assert written.left_out == {"answers": 1}
    view = ElementTree.fromstring(written.notes["labeling_config"])
    assert [tag.get("name") for tag in view] == ["text", "bird", "bird.text"]


def test_what_it_has_no_place_for_is_counted():
    shapes = [{"polyline": [[0, 0], [1, 1]]}, {"mask": {"size": [1, 1], "counts": "01"}}]
    records = [image("a", shapes), image("b", [{"box": [0, 0, 1, 1]}], width=None)]
    tasks, written = exported(records, image_context())
    assert [results_of(task) for task in tasks] == [[], []]
    assert written.left_out == {"polyline": 1, "mask": 1, "unsized_objects": 1}


@given(
    st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1)
    .map(str.strip)
    .filter(bool)
)
def test_any_label_is_in_a_well_formed_configuration(label):
    allowed = label.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
    context = image_context("box", labels=[label])
    _content, written = write("label-studio", [], context)
    view = ElementTree.fromstring(written.notes["labeling_config"])
    assert view.find("RectangleLabels/Label").get("value") == allowed


def test_nothing_is_an_empty_array():
    assert exported([], text_context(BIRD))[0] == []
