"""YOLO datasets, read by the rules of their readers."""

import json
import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tasks.formats import WRITERS
from tasks.kinds.geometry import corners
from tests.tasks.formats import image, image_context, record, shapes_schema, text_context, unzipped
from tests.tasks.formats import write as written_bytes

ENTRY = "labels/all/a.txt"
SQUARE = [[10, 10], [20, 10], [20, 20], [10, 20]]


def lines_of(shapes, *tools, width=640, height=480, entry=ENTRY):
    records = [image("a.jpg", shapes, width, height)]
    entries, written = unzipped("yolo", records, image_context(*tools))
    return [read_line(line) for line in entries[entry].splitlines()], written


def read_line(line):
    """The class and the numbers of a line, refused as Ultralytics refuses them."""
    number, *shares = line.split(" ")
    shares = [float(share) for share in shares]
    assert all(0 <= share <= 1 for share in shares)
    assert len(shares) == 4 or len(shares) >= 6
    assert len(shares) % 2 == 0
    return int(number), shares


@st.composite
def boxes(draw):
    width, height = draw(st.integers(1, 20_000)), draw(st.integers(1, 20_000))
    left = draw(st.floats(0, width - 0.5))
    top = draw(st.floats(0, height - 0.5))
    wide, high = draw(st.floats(0.25, width - left)), draw(st.floats(0.25, height - top))
    return width, height, [left, top, wide, high]


@given(boxes())
def test_a_box_comes_back(drawn):
    width, height, box = drawn
    [(_class, (x, y, wide, high))], _written = lines_of(
        [{"box": box}], "box", width=width, height=height
    )
    again = [(x - wide / 2) * width, (y - high / 2) * height, wide * width, high * height]
    assert again[2:] == pytest.approx(box[2:], rel=1e-6)
    # A left edge near zero is the difference of two larger numbers: a millionth of the side.
    assert math.isclose(again[0], box[0], rel_tol=1e-6, abs_tol=width * 1e-11)
    assert math.isclose(again[1], box[1], rel_tol=1e-6, abs_tol=height * 1e-11)


@given(
    st.integers(1, 20_000),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=9),
)
def test_an_outline_comes_back(side, shares):
    ring = [[x * side, y * side] for x, y in shares]
    [(_class, flat)], _written = lines_of([{"polygon": ring}], width=side, height=side)
    again = [share * side for share in flat]
    # Twelve decimals of the side: far below a thousandth of a pixel.
    expected = [value for point in ring for value in point]
    assert again == pytest.approx(expected, rel=1e-6, abs=side * 1e-12)


def test_a_project_of_boxes_is_for_detection():
    lines, written = lines_of([{"box": [64, 48, 128, 96]}], "box")
    assert lines == [(0, [0.2, 0.2, 0.2, 0.2])]
    assert written.notes["task"] == "detect"


def test_a_project_with_polygons_is_for_segmentation_and_its_boxes_keep_their_turn():
    turned = {"box": [100, 100, 40, 20], "rotation": 30}
    lines, written = lines_of([turned, {"polygon": SQUARE, "label": "bus"}], "box", "polygon")
    assert [number for number, _flat in lines] == [0, 1]
    flat = [
        value / side for x, y in corners(turned["box"], 30) for value, side in ((x, 640), (y, 480))
    ]
    assert lines[0][1] == pytest.approx(flat)
    assert written.notes["task"] == "segment"
    assert not written.left_out["rotation"]


def test_a_turned_box_for_detection_is_counted():
    lines, written = lines_of([{"box": [100, 100, 40, 20], "rotation": 90}], "box")
    assert lines[0][1] == pytest.approx([120 / 640, 110 / 480, 20 / 640, 40 / 480])
    assert written.left_out["rotation"] == 1


def test_holes_are_joined_by_slits():
    hole = [[13, 13], [16, 13], [16, 16]]
    [(_class, flat)], _written = lines_of([{"polygon": SQUARE, "holes": [hole]}])
    assert len(flat) == 2 * (4 + 3 + 2)


def test_what_yolo_has_no_line_for_is_counted():
    shapes = [
        {"polyline": [[0, 0], [1, 1]]},
        {"keypoints": [[3, 4, 2], [0, 0, 0]]},
        {"mask": {"size": [1, 1], "counts": "01"}},
        {"box": [0, 0, 1, 1], "attributes": {"far": True}},
    ]
    lines, written = lines_of(shapes)
    assert len(lines) == 1
    assert +written.left_out == {"polyline": 1, "keypoints": 1, "mask": 1, "attributes": 1}


def test_a_hair_outside_is_drawn_in():
    lines, _written = lines_of([{"box": [-0.001, 0, 640.002, 480]}], "box")
    assert lines[0][1] == [0.5, 0.5, 1, 1]


def test_an_image_without_objects_has_an_empty_file_and_one_of_unknown_size_none():
    records = [image("empty.jpg"), image("unknown.jpg", width=None, height=None)]
    entries, written = unzipped("yolo", records, image_context("box"))
    assert entries["labels/all/empty.txt"] == ""
    assert "labels/all/unknown.txt" not in entries
    assert written.left_out["unknown_size"] == 1


def test_the_files_that_a_reader_begins_with():
    records = [
        image("a.jpg", data={"split": "train"}),
        image("b.png", data={"split": "val"}),
        image("c", data={"split": "holdout"}),
    ]
    entries, _written = unzipped("yolo", records, image_context("box"))
    data = yaml.safe_load(entries["data.yaml"])
    assert data == {"train": "train.txt", "val": "val.txt", "names": {0: "car", 1: "bus"}}
    assert entries["train.txt"] == "./images/train/a.jpg\n"
    assert entries["all.txt"] == "./images/all/c\n"
    assert {"labels/train/a.txt", "labels/val/b.txt", "labels/all/c.txt"} <= entries.keys()


def test_an_unsplit_dataset_says_so():
    entries, _written = unzipped("yolo", [image("a.jpg")], image_context("box"))
    data = yaml.safe_load(entries["data.yaml"])
    assert data["train"] == data["val"] == "all.txt"
    assert entries["data.yaml"].startswith("# Nobody has split")


@given(st.lists(st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1), unique=True))
def test_names_of_classes_are_read_as_they_are(labels):
    labels = list(dict.fromkeys(label.strip() for label in labels if label.strip()))
    context = image_context("box", labels=labels)
    entries, _written = unzipped("yolo", [], context)
    names = yaml.safe_load(entries["data.yaml"])["names"]
    assert names == dict(enumerate(labels))


def test_a_label_of_two_controls_is_two_classes():
    context = image_context("box")
    context.schemas[0]["controls"].append({**shapes_schema("box")["controls"][0], "name": "others"})
    both = record(
        "a.jpg",
        {name: [{"label": "car", "box": [0, 0, 1, 1]}] for name in ("objects", "others")},
        width=10,
        height=10,
    )
    entries, _written = unzipped("yolo", [both], context)
    names = yaml.safe_load(entries["data.yaml"])["names"]
    used = [read_line(line)[0] for line in entries[ENTRY].splitlines()]
    assert [names[number] for number in used] == ["objects.car", "others.car"]


def test_items_lead_back_from_their_files():
    ids = ["../../x.jpg", "A.jpg", "a.jpg", "=cmd.jpg"]
    entries, written = unzipped("yolo", [image(name) for name in ids], image_context("box"))
    items = [json.loads(line) for line in entries[written.notes["names"]].splitlines()]
    assert [item["item"] for item in items] == ids
    assert len({item["file"].casefold() for item in items}) == 4
    assert all(item["file"] in entries for item in items)
    assert not any(".." in name or name.startswith("/") for name in entries)


def test_the_same_labels_give_the_same_bytes():
    records = [image("a.jpg", [{"box": [0, 0, 1, 1]}]), image("b.jpg")]
    first, _written = written_bytes("yolo", records, image_context("box"))
    assert written_bytes("yolo", records, image_context("box"))[0] == first


def test_texts_are_refused_with_a_sentence():
    assert "polygons" in WRITERS["yolo"].refusal(text_context())
