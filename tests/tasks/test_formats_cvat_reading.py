"""CVAT for images 1.1 as CVAT writes it."""

import io
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.formats import READERS, detect
from tasks.formats.items import Content, ImportContext, ItemRecord
from tasks.formats.problems import FileRefused, Problem
from tasks.kinds.answer import validate_answer
from tasks.kinds.rle import decode
from tests.tasks.format_reading import (
    IMAGE,
    answers,
    archive,
    damaged,
    peak_of,
    replaced,
    resumes,
    survives,
)
from tests.tasks.formats import read, shapes_schema

pytestmark = pytest.mark.once

ATTRIBUTES = [
    {"name": "occluded", "type": "boolean"},
    {"name": "parked", "type": "boolean"},
    {"name": "color", "type": "text"},
]
OPTIONS = [{"value": "day"}, {"value": "night"}]
LIGHT = {"name": "light", "type": "choice", "options": OPTIONS}
SEEN = {
    "name": "seen",
    "type": "choice",
    "multiple": True,
    "options": [{"value": "rain"}, {"value": "fog"}],
}
SCHEMA = {"controls": [*shapes_schema(attributes=ATTRIBUTES)["controls"], LIGHT, SEEN]}
META = """<meta><task><id>7</id><name>birds</name><mode>annotation</mode><labels><label>
<name>car</name><type>any</type><attributes><attribute><name>color</name></attribute></attributes>
</label></labels></task><dumped>2024-01-01</dumped></meta>"""
IMAGES = """<image id="0" name="deep/a.jpg" subset="Validation" task_id="7" width="6" height="4">
<box label="car" source="manual" occluded="1" xtl="1" ytl="2" xbr="5" ybr="3.5"
rotation="30.5" z_order="0">
<attribute name="parked">true</attribute><attribute name="color">red</attribute></box>
<polygon label="bus" source="manual" occluded="0" points="0.00,0.00;3.00,0.00;3.00,2.50"/>
<polyline label="car" points="0,0;3,3"/>
<points label="bus" occluded="1" points="1,1;2,2"/>
<skeleton label="car"><points label="tail" outside="0" occluded="0" points="3,1"/>
<points label="head" outside="1" occluded="0" points="0,0"/></skeleton>
<mask label="car" source="manual" rle="1, 2, 1" left="1" top="1" width="2" height="2" z_order="0"/>
<tag label="night" source="manual"/><tag label="rain"/><tag label="fog"/></image>
<image id="1" name="b.jpg" width="6" height="4"></image>
<image id="2" name="c.jpg" width="6" height="4"><tag label="day"/></image>
"""


def cvat(images, meta=META):
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<annotations><version>1.1</version>{meta}'
        f"{images}</annotations>"
    )


def xml_of(inner, size='width="6" height="4"'):
    good = '<image id="1" name="z.jpg" width="6" height="4"/>'
    return cvat(f'<image id="0" name="a.jpg" {size}>{inner}</image>{good}').encode()


WHOLE = cvat(IMAGES)


def test_every_shape_tag_and_attribute_of_an_image_is_read():
    first, second, third = resumes("cvat", WHOLE.encode(), schema=SCHEMA)
    assert (first.external_id, first.aliases) == ("deep/a.jpg", ("a.jpg",))
    assert (first.content, first.data) == (Content.ABSENT, {"split": "val"})
    answer = answers([first])["deep/a.jpg"]
    objects = answer.pop("objects")
    assert answer == {"light": "night", "seen": ["rain", "fog"]}
    mask = objects.pop()
    assert np.argwhere(decode(mask["mask"])).tolist() == [[1, 2], [2, 1]]
    assert objects == [
        {
            "label": "car",
            "box": [1, 2, 4, 1.5],
            "rotation": 30.5,
            "attributes": {"occluded": True, "parked": True, "color": "red"},
        },
        {
            "label": "bus",
            "polygon": [[0, 0], [3, 0], [3, 2.5]],
            "attributes": {"occluded": False},
        },
        {"label": "car", "polyline": [[0, 0], [3, 3]]},
        {
            "label": "bus",
            "keypoints": [[1, 1, 1], [2, 2, 1]],
            "attributes": {"occluded": True},
        },
        {"label": "car", "keypoints": [[0, 0, 0], [3, 1, 2]]},
    ]
    assert validate_answer(SCHEMA, {"objects": objects, **answer}, IMAGE)["seen"]
    assert second.labels == ()
    assert answers([third]) == {"c.jpg": {"objects": [], "light": "day"}}
    assert detect(io.BytesIO(WHOLE.encode())) == "cvat"
    assert READERS["cvat"].measure(io.BytesIO(WHOLE.encode())) == 3


def test_an_archive_brings_the_images_of_its_files():
    content = archive(
        {
            "annotations.xml": WHOLE,
            "other/annotations.xml": cvat('<image id="0" name="d.jpg" width="1" height="1"/>'),
            "images/Validation/deep/a.jpg": b"one",
            "images/c.jpg": b"two",
            "other/images/d.jpg": b"three",
        }
    )
    rows = resumes("cvat", content, schema=SCHEMA)
    assert [row.external_id for row in rows] == ["deep/a.jpg", "b.jpg", "c.jpg", "d.jpg"]
    assert [row.row for row in rows] == [1, 2, 3, 4]
    loads = [row.load and row.load() for row in read("cvat", content)]
    assert loads == [b"one", None, b"two", b"three"]
    assert detect(io.BytesIO(content)) == "cvat"
    assert READERS["cvat"].measure(io.BytesIO(content)) == 4


def test_without_label_schema_there_are_no_labels():
    assert [row.labels for row in read("cvat", WHOLE.encode())] == [(), (), ()]


@settings(max_examples=50)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 3), st.integers(0, 3), st.randoms())
def test_masks_are_the_same_picture(width, height, left, top, chance):
    inside = np.array([[chance.random() < 0.6 for _ in range(width)] for _ in range(height)])
    pixels = inside.ravel()
    ends = [*(np.flatnonzero(np.diff(pixels)) + 1), len(pixels)]
    counts = [*([0] if pixels[0] else []), *np.diff([0, *ends])]
    rle = ", ".join(map(str, counts))
    element = (
        f'<mask label="car" rle="{rle}" left="{left}" top="{top}" width="{width}" '
        f'height="{height}"/>'
    )
    size = f'width="{left + width + 1}" height="{top + height}"'
    [label] = read("cvat", xml_of(element, size), schema=SCHEMA)[0].labels
    whole = np.zeros((top + height, left + width + 1), bool)
    whole[top : top + height, left : left + width] = inside
    assert (decode(label.answer["objects"][0]["mask"]) == whole).all()


@pytest.mark.parametrize(
    ("inner", "code", "field"),
    [
        ('<box label="car" xtl="x" ytl="0" xbr="1" ybr="1"/>', "not_a_number", "box[1]/@xtl"),
        ('<box label="car" xtl="nan" ytl="0" xbr="1" ybr="1"/>', "not_a_number", "box[1]/@xtl"),
        ('<box label="car" ytl="0" xbr="1" ybr="1"/>', "missing_number", "box[1]/@xtl"),
        ('<box label="car" xtl="5" ytl="0" xbr="1" ybr="1"/>', "bad_box", "box[1]/@xtl"),
        (
            '<box label="car" xtl="0" ytl="0" xbr="1" ybr="1"/>'
            '<box label="car" xtl="0" ytl="0" xbr="1" ybr="1" rotation="1e999"/>',
            "not_a_number",
            "box[2]/@rotation",
        ),
        ('<polygon points="0,0;1,1"/>', "missing_label", "polygon[1]/@label"),
        ('<polygon label="car" points="0,0;1"/>', "bad_point", "polygon[1]/@points"),
        ('<polygon label="car" points=""/>', "missing_number", "polygon[1]/@points"),
        (f'<polygon label="car" points="{"1,1;" * 5_001}"/>', "too_many", "polygon[1]/@points"),
        (
            '<skeleton label="car"><points label="wing" points="1,1"/></skeleton>',
            "unknown_point",
            "skeleton[1]/points[1]/@label",
        ),
        (
            '<mask label="car" rle="1,2" left="0" top="0" width="2" height="2"/>',
            "bad_mask",
            "mask[1]/@rle",
        ),
        (
            '<mask label="car" rle="4" left="5" top="0" width="2" height="2"/>',
            "bad_mask",
            "mask[1]",
        ),
        (
            '<mask label="car" rle="4" left="-1" top="0" width="2" height="2"/>',
            "not_a_count",
            "mask[1]/@left",
        ),
        ('<ellipse label="car" cx="1"/>', "shape_not_supported", "ellipse[1]"),
        ('<cuboid label="car"/>', "shape_not_supported", "cuboid[1]"),
        ('<tag label="day"/><tag label="night"/>', "two_tags", "tag[2]"),
        (
            '<tag label="day"><attribute name="a">1</attribute></tag>',
            "tag_attributes",
            "tag[1]",
        ),
        ('<tag label="rain"/>' * 5_001, "too_many", None),
    ],
    ids=lambda value: value[:20] if value else "",
)
def test_a_bad_object_names_its_place_and_the_other_images_are_read(inner, code, field):
    bad, good = read("cvat", xml_of(inner), schema=SCHEMA)
    expected = f"/annotations/image[1]/{field}" if field else "/annotations/image[1]"
    assert (bad.code, bad.field, bad.row, bad.entry) == (code, expected, 1, "a.jpg")
    assert isinstance(good, ItemRecord)


def test_large_masks_are_refused_before_they_are_made(monkeypatch):
    size = 'width="100000" height="100000"'
    mask = '<mask label="car" rle="1" left="0" top="0" width="90000" height="90000"/>'
    [bad, _good] = read("cvat", xml_of(mask, size), schema=SCHEMA)
    assert bad.code == "too_many"
    # Rows of one pixel: few runs as CVAT counts them, very many as COCO does.
    monkeypatch.setattr("tasks.formats.cvat_shapes.MOST_RUNS", 500)
    rle = ",".join(["100"] * 100)
    mask = f'<mask label="car" rle="{rle}" left="0" top="0" width="100" height="100"/>'
    [bad, _good] = read("cvat", xml_of(mask, size), schema=SCHEMA)
    assert bad.code == "bad_mask"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (cvat('<track id="0" label="car"><box frame="0"/></track>'), "video_not_supported"),
        (cvat(""), "no_rows"),
        ("<annotation/>", "wrong_root"),
        (f"<!DOCTYPE a>{WHOLE[39:]}", "dtd_not_allowed"),
        (WHOLE[:-40], "bad_xml"),
    ],
    ids=["video", "empty", "root", "doctype", "cut"],
)
def test_a_file_that_is_no_good_says_why(content, code):
    with pytest.raises(FileRefused) as refusal:
        read("cvat", content.encode(), schema=SCHEMA)
    assert refusal.value.problem.code == code


def test_what_was_read_before_a_file_breaks_off_is_given():
    reader = READERS["cvat"].read(io.BytesIO(WHOLE[:-40].encode()), ImportContext("image"), 0)
    assert next(reader).external_id == "deep/a.jpg"


def test_images_without_a_name_are_bad_rows():
    bad, _good = read("cvat", xml_of("").replace(b'name="a.jpg"', b""), schema=SCHEMA)
    assert (bad.code, bad.field) == ("missing_id", "/annotations/image[1]/@name")


def test_projects_without_the_controls_say_so():
    schema = {"controls": [LIGHT]}
    bad, empty, chosen = read("cvat", WHOLE.encode(), schema=schema)
    assert isinstance(bad, Problem)
    assert bad.code == "no_control"
    assert (empty.labels, chosen.labels[0].answer) == ((), {"light": "day"})


@pytest.mark.parametrize("image_count", [1, 300])
def test_memory_does_not_grow_with_images_or_with_the_objects_of_one(image_count):
    """Two hundred bytes of each of 3,000 objects would be more than this."""
    box = '<box label="car" xtl="0" ytl="0" xbr="1" ybr="1"/>'
    one = f'<image name="a.jpg">{box * (3_000 // image_count)}</image>'
    content = cvat(one * image_count).encode()
    peak_of("cvat", WHOLE.encode(), schema=SCHEMA)
    assert peak_of("cvat", content, schema=None) < 600_000


def test_each_value_may_be_anything():
    for pattern in (r'"([^"]*)"', r">([^<>]+)<"):
        for content in replaced(WHOLE[39:], pattern):
            survives("cvat", content.encode(), schema=SCHEMA)


@pytest.mark.parametrize("seed", range(80))
def test_damage_never_makes_the_reader_fail_in_an_unknown_way(seed):
    content = damaged(WHOLE, seed).encode()
    survives("cvat", content, schema=SCHEMA)
    READERS["cvat"].measure(io.BytesIO(content))
    flipped = bytearray(archive({"annotations.xml": WHOLE, "images/c.jpg": b"x"}))
    flipped[Random(seed).randrange(len(flipped))] ^= 1 + seed
    survives("cvat", bytes(flipped), schema=SCHEMA)
    READERS["cvat"].measure(io.BytesIO(bytes(flipped)))
