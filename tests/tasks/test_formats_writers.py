import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from tasks.formats import WRITERS
from tasks.formats.records import ExportContext
from tests.tasks.formats import read, record

CHOICE = {"controls": [{"name": "bird", "type": "choice"}, {"name": "text", "type": "text"}]}
BOXES = {
    "controls": [
        {
            "name": "objects",
            "type": "shapes",
            "labels": [{"value": "car"}, {"value": "bus"}],
        }
    ]
}


def written(format_name, records, schema=CHOICE, item_type="text"):
    stream = io.BytesIO()
    WRITERS[format_name].write(records, stream, ExportContext("birds", item_type, [schema]))
    return stream.getvalue()


def test_jsonl_says_all_that_is_known():
    [line] = written("jsonl", [record(answer={"bird": "robin"})]).splitlines()
    assert json.loads(line) == {
        "item": "a",
        "batch": "first",
        "answer": {"bird": "robin"},
        "source": "vote",
        "confidence": 0.75,
        "instruction_version": 1,
        "stale_since_version": None,
        "annotations": 2,
        "data": {"text": "Hello"},
    }


def test_csv_has_a_column_for_each_control():
    content = written("csv", [record(answer={"bird": ["robin", "wren"], "text": "hm"})])
    [row] = csv.DictReader(io.StringIO(content.decode()))
    assert row["bird"] == '["robin", "wren"]'
    assert (row["text"], row["answer.text"]) == ("Hello", "hm")


def test_csv_is_safe_in_a_spreadsheet():
    starts = ["=cmd|'/c calc'!A1", "+1", "-1", "@x", "\tx", "\rx"]
    content = written("csv", [record(item=text, answer={"bird": text}) for text in starts])
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    assert [row["item"] for row in rows] == [f"'{text}" for text in starts]
    assert [row["bird"] for row in rows] == [f"'{text}" for text in starts]


def test_coco_has_boxes_with_area_and_category():
    answer = {"objects": [{"label": "bus", "box": [1, 2, 30, 40], "attributes": {"far": True}}]}
    records = [record("x.png", answer, width=64, height=48), record("y.png", {"objects": []})]
    coco = json.loads(written("coco", records, BOXES, "image"))
    assert coco["images"][0] == {"id": 1, "file_name": "x.png", "width": 64, "height": 48}
    assert coco["annotations"] == [
        {
            "id": 1,
            "image_id": 1,
            "category_id": 2,
            "bbox": [1, 2, 30, 40],
            "area": 1200,
            "iscrowd": 0,
            "attributes": {"far": True},
        }
    ]
    assert [category["name"] for category in coco["categories"]] == ["car", "bus"]
    assert len(coco["images"]) == 2


SKELETON = {"names": ["head", "tail"], "edges": [[0, 1]]}
DRAWN = {
    "controls": [
        {
            "name": "objects",
            "type": "shapes",
            "tools": ["polygon", "polyline", "keypoint"],
            "skeleton": SKELETON,
            "labels": [{"value": "fish"}],
        }
    ]
}


def coco_of(*shapes):
    answer = {"objects": [{"label": "fish", **shape} for shape in shapes]}
    return json.loads(written("coco", [record("x.png", answer)], DRAWN, "image"))


def test_coco_has_polygons_as_segmentation():
    [fish] = coco_of({"polygon": [[1, 2], [5, 2], [5, 8]]})["annotations"]
    assert fish["segmentation"] == [[1, 2, 5, 2, 5, 8]]
    assert fish["bbox"] == [1, 2, 4, 6]
    assert fish["area"] == pytest.approx(12)


def test_coco_cuts_holes_out_of_a_polygon():
    square, hole = [[0, 0], [9, 0], [9, 9], [0, 9]], [[3, 3], [6, 3], [6, 6], [3, 6]]
    [fish] = coco_of({"polygon": square, "holes": [hole]})["annotations"]
    [flat] = fish["segmentation"]
    canvas = Image.new("1", (10, 10))
    ImageDraw.Draw(canvas).polygon(flat, fill=1)
    assert canvas.getpixel((1, 4))
    assert not canvas.getpixel((5, 4))
    assert fish["area"] == pytest.approx(72)


def test_coco_has_keypoints_with_the_skeleton_of_their_category():
    coco = coco_of({"keypoints": [[3, 4, 2], [0, 0, 0]]})
    [fish] = coco["annotations"]
    assert (fish["keypoints"], fish["num_keypoints"]) == ([3, 4, 2, 0, 0, 0], 1)
    [category] = coco["categories"]
    assert (category["keypoints"], category["skeleton"]) == (["head", "tail"], [[1, 2]])


def test_coco_says_what_it_leaves_out():
    coco = coco_of({"polyline": [[0, 0], [1, 1]]}, {"polyline": [[0, 0], [2, 1]]})
    assert coco["annotations"] == []
    assert coco["info"]["left_out"] == {"polyline": 2}


def test_coco_for_lines_alone_is_refused_with_a_sentence():
    lines = {"controls": [{**DRAWN["controls"][0], "tools": ["polyline"]}]}
    assert "polygons" in WRITERS["coco"].refusal(ExportContext("birds", "image", [lines]))


def test_coco_keeps_labels_that_the_schema_no_longer_has():
    answer = {"objects": [{"label": "tram", "box": [0, 0, 1, 1]}]}
    coco = json.loads(written("coco", [record("x", answer)], BOXES, "image"))
    assert coco["categories"][-1] == {"id": 3, "name": "tram", "supercategory": "objects"}


def test_coco_without_boxes_is_refused_with_a_sentence():
    refusal = WRITERS["coco"].refusal
    assert "boxes" in refusal(ExportContext("birds", "image", [CHOICE]))
    assert refusal(ExportContext("birds", "image", [BOXES])) is None


def test_an_empty_export_is_well_formed():
    assert written("jsonl", []) == b""
    assert len(written("csv", []).splitlines()) == 1
    assert json.loads(written("coco", [], BOXES, "image"))["images"] == []


@given(st.lists(st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1), max_size=9))
def test_an_export_imported_again_has_the_same_texts(texts):
    records = [record(f"i{n}", data={"text": text}) for n, text in enumerate(texts)]
    content = written("jsonl", records)
    again = read("jsonl", content) if texts else []
    assert [item.data["text"] for item in again] == texts
