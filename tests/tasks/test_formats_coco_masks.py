"""COCO as its own library reads it."""

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as reader
from pycocotools.coco import COCO

from tasks.kinds.rle import encode
from tests.tasks.formats import image, image_context, record, write

SIDES = st.tuples(st.integers(1, 20), st.integers(1, 20))
PICTURES = SIDES.flatmap(lambda sides: arrays(np.uint8, sides, elements=st.integers(0, 1)))


def opened(records, tmp_path):
    content, written = write("coco", records, image_context())
    path = tmp_path / "coco.json"
    path.write_bytes(content)
    return COCO(path), written


def annotation_of(picture):
    height, width = picture.shape
    content, _written = write(
        "coco", [image("a", [{"mask": encode(picture)}], width, height)], image_context()
    )
    [annotation] = json.loads(content)["annotations"]
    return annotation


@given(PICTURES)
def test_a_mask_is_the_same_picture_for_their_library(picture):
    annotation = annotation_of(picture)
    assert annotation["iscrowd"] == 0
    assert (reader.decode(annotation["segmentation"]) == picture).all()
    assert annotation["area"] == reader.area(annotation["segmentation"]) == picture.sum()


@given(PICTURES.filter(np.any))
def test_the_box_of_a_mask_is_the_one_their_library_finds(picture):
    annotation = annotation_of(picture)
    assert annotation["bbox"] == reader.toBbox(annotation["segmentation"]).tolist()


def test_their_library_opens_all_kinds_of_shapes(tmp_path):
    picture = np.zeros((48, 64), np.uint8)
    picture[3:9, 4:8] = 1
    shapes = [
        {"box": [1, 2, 30, 40]},
        {"polygon": [[10, 10], [20, 10], [20, 20], [10, 20]]},
        {"mask": encode(picture), "attributes": {"far": True}},
        {"keypoints": [[3, 4, 2], [0, 0, 0]]},
        {"polyline": [[0, 0], [1, 1]]},
    ]
    coco, written = opened([image("x.png", shapes, 64, 48)], tmp_path)
    ids = coco.getAnnIds(imgIds=[1], catIds=coco.getCatIds(catNms=["car"]))
    box, polygon, mask, keypoints = coco.loadAnns(ids)
    assert box["bbox"] == [1, 2, 30, 40]
    assert coco.annToMask(polygon).sum() == 100
    assert (coco.annToMask(mask) == picture).all()
    assert mask["attributes"] == {"far": True}
    assert keypoints["num_keypoints"] == 1
    assert written.left_out == {"polyline": 1}


def test_an_image_that_cannot_be_decided_is_not_taken_for_an_empty_one(tmp_path):
    dark = record("dark.png", {"_undecidable": "too dark"}, width=9, height=9)
    coco, written = opened([dark, image("empty.png")], tmp_path)
    assert [found["file_name"] for found in coco.loadImgs(coco.getImgIds())] == ["empty.png"]
    assert written.left_out == {"undecidable": 1}


def test_a_turned_box_is_the_upright_one_around_it_and_keeps_its_angle(tmp_path):
    coco, written = opened([image("a", [{"box": [10, 10, 40, 20], "rotation": 90}])], tmp_path)
    [found] = coco.loadAnns(coco.getAnnIds())
    assert np.allclose(found["bbox"], [20, 0, 20, 40])
    assert found["attributes"] == {"rotation": 90}
    assert written.left_out == {"rotation": 1}
