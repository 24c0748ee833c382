"""Pascal VOC as other tools write it, and our own, read back."""

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.formats import detect
from tasks.formats.items import Content, ItemRecord
from tasks.formats.problems import FileRefused, Problem
from tests.tasks.format_reading import (
    answers,
    archive,
    damaged,
    replaced,
    resumes,
    rewritten,
    survives,
)
from tests.tasks.formats import image, image_context, read, shapes_schema, write

pytestmark = pytest.mark.once

ATTRIBUTES = [
    {"name": "truncated", "type": "boolean"},
    {"name": "difficult", "type": "boolean"},
    {"name": "color", "type": "text"},
    {"name": "occluded", "type": "boolean"},
    {"name": "speed", "type": "number"},
]
SCHEMA = shapes_schema("box", attributes=ATTRIBUTES)
# labelImg on Windows: an absolute path, and no word of attributes.
LABELIMG = r"""<annotation verified="yes">
	<folder>photos</folder>
	<filename>IMG 1.jpg </filename>
	<path>C:\Users\ana\photos\IMG 1.jpg</path>
	<source><database>Unknown</database></source>
	<size><width>640</width><height>480</height><depth>3</depth></size>
	<segmented>0</segmented>
	<object>
		<name>car</name><pose>Unspecified</pose><truncated>1</truncated><difficult>0</difficult>
		<bndbox><xmin>10</xmin><ymin>20.5</ymin><xmax>110</xmax><ymax>60</ymax></bndbox>
	</object>
</annotation>
"""
# CVAT: attributes of its own beside those of the project.
CVAT = """<?xml version="1.0" encoding="utf-8"?>
<annotation><folder></folder><filename>deep/b.png</filename>
<object><name>bus</name><occluded>1</occluded>
<bndbox><xmin>1.5</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox>
<attributes><attribute><name>rotation</name><value>0.0</value></attribute>
<attribute><name>color</name><value>1</value></attribute>
<attribute><name>speed</name><value>3.5</value></attribute></attributes>
<part><name>wheel</name><bndbox><xmin>2</xmin></bndbox></part></object></annotation>"""
CAR = {
    "label": "car",
    "box": [10, 20.5, 100, 39.5],
    "attributes": {"truncated": True, "difficult": False},
}
BUS = {
    "label": "bus",
    "box": [1.5, 2, 1.5, 2],
    "attributes": {"occluded": True, "color": "1", "speed": 3.5},
}
FOLDER = archive(
    {
        "voc/Annotations/IMG 1.xml": LABELIMG,
        "voc/Annotations/b.xml": CVAT,
        "voc/JPEGImages/img 1.JPG": b"one",
        "voc/JPEGImages/alone.jpg": b"two",
        "voc/SegmentationClass/alone.png": b"mask",
        "voc/ImageSets/Main/train.txt": "IMG 1\n",
    }
)


def single(xml, **context):
    [row] = read("voc", xml.encode(), schema=SCHEMA, **context)
    return row


def with_object(inner):
    return f"<annotation><filename>a.jpg</filename><object>{inner}</object></annotation>"


def test_a_folder_of_voc_gives_images_with_labels_and_images_without():
    rows = resumes("voc", FOLDER, schema=SCHEMA)
    assert [row.external_id for row in rows] == ["img 1.JPG", "b.png", "alone.jpg"]
    assert [row.content for row in rows] == [Content.GIVEN, Content.ABSENT, Content.GIVEN]
    assert answers(rows) == {"img 1.JPG": {"objects": [CAR]}, "b.png": {"objects": [BUS]}}
    assert rows[1].aliases == ("deep/b.png",)
    assert detect(io.BytesIO(FOLDER)) == "voc"
    assert [row.load() for row in read("voc", FOLDER) if row.load] == [b"one", b"two"]


def test_a_single_file_speaks_of_an_image_that_is_there():
    row = single(LABELIMG)
    assert (row.external_id, row.content, row.row) == ("IMG 1.jpg", Content.ABSENT, 1)
    assert answers([row]) == {"IMG 1.jpg": {"objects": [CAR]}}
    assert detect(io.BytesIO(LABELIMG.encode())) == "voc"
    assert resumes("voc", LABELIMG.encode(), schema=SCHEMA)


def test_images_of_one_name_go_by_their_path_and_without_schema_there_are_no_labels():
    content = archive({"x/1.jpg": b"", "y/1.jpg": b"", "x/1.xml": LABELIMG.replace("IMG 1", "1")})
    [row] = [row for row in read("voc", content) if row.external_id]
    assert (row.external_id, row.labels, row.row) == ("x/1.jpg", (), 3)


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.lists(st.floats(0, 200), min_size=4, max_size=4),
            st.fixed_dictionaries(
                {},
                optional={
                    "occluded": st.booleans(),
                    "color": st.text("ab<é \u2028", max_size=4).map(str.strip),
                    "speed": st.integers(-9, 9) | st.sampled_from([0.5, 2.25]),
                },
            ),
        ),
        max_size=4,
    ),
    st.sampled_from(["train", "holdout", None]),
)
def test_our_own_archive_gives_the_same_bytes_again(drawn, split):
    """But for flags that nobody set: VOC has no other word for them than no."""
    context = image_context("box", attributes=ATTRIBUTES)
    shapes = [
        {"box": [x, y, wide + 0.25, high + 0.25], "attributes": dict(sorted(attributes.items()))}
        for (x, y, wide, high), attributes in drawn
    ]
    data = {"split": split} if split else {}
    content, _written = write("voc", [image("deep/ä 1.jpg", shapes, data=data)], context)
    again = rewritten("voc", content, context, data=data)
    assert rewritten("voc", again, context, data=data) == again == content


@pytest.mark.parametrize(
    ("xml", "code", "field"),
    [
        (with_object("<name/>"), "missing_label", "/annotation/object[1]/name"),
        (with_object("<name>car</name>"), "missing_box", "/annotation/object[1]/bndbox"),
        (
            LABELIMG.replace(">10<", ">ten<"),
            "not_a_number",
            "/annotation/object[1]/bndbox/xmin",
        ),
        (LABELIMG.replace(">10<", ">NaN<"), "not_a_number", "/annotation/object[1]/bndbox/xmin"),
        (LABELIMG.replace(">10<", "><"), "missing_number", "/annotation/object[1]/bndbox/xmin"),
        (LABELIMG.replace(">10<", ">500<"), "bad_box", "/annotation/object[1]/bndbox/xmin"),
        (LABELIMG.replace(">60<", ">6<"), "bad_box", "/annotation/object[1]/bndbox/ymin"),
        ("<annotation/>", "missing_id", "/annotation/filename"),
        ("<other/>", "wrong_root", "/"),
    ],
)
def test_what_cannot_be_a_label_names_its_place(xml, code, field):
    problem = single(xml)
    assert (problem.code, problem.field, problem.row) == (code, field, 1)


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        ('<!DOCTYPE a [<!ENTITY x "y">]><annotation>&x;</annotation>', "dtd_not_allowed"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><annotation/>', "dtd_not_allowed"),
        (LABELIMG[:200], "bad_xml"),
        ("<annotation>&lol;</annotation>", "bad_xml"),
        ("<annotation>" + "<a>" * 100, "xml_too_large"),
        ("<annotation>" + "x" * 4_400_000 + "</annotation>", "xml_too_large"),
        (
            "<annotation><object>" + "<a/>" * 100_001 + "</object></annotation>",
            "xml_too_large",
        ),
        (
            "<annotation>" + "".join(f"<a{n}/>" for n in range(10_001)) + "</annotation>",
            "xml_too_large",
        ),
        ('<?xml version="1.0" encoding="utf-7"?><annotation/>', "encoding"),
    ],
    ids=["entity", "file", "cut", "unknown", "deep", "text", "parts", "names", "encoding"],
)
def test_xml_that_is_no_good_is_refused_alone_and_named_in_an_archive(xml, code):
    with pytest.raises(FileRefused) as refusal:
        single(xml)
    assert refusal.value.problem.code == code
    bad, good = read("voc", archive({"a.xml": xml, "b.xml": CVAT}), schema=SCHEMA)
    assert (bad.code, bad.row, bad.entry) == (code, 1, "a.xml")
    assert isinstance(good, ItemRecord)


def test_a_file_of_very_many_objects_takes_little_memory_and_is_refused():
    one = "<object><name>car</name><bndbox/></object>"
    files = {"a.xml": f"<annotation>{one * 450_000}</annotation>", "b.xml": CVAT}
    content = archive(files, zipfile.ZIP_STORED)
    bad, good = read("voc", content, schema=SCHEMA)
    assert (bad.code, good.external_id) == ("file_too_large", "b.png")


def test_a_project_without_boxes_says_so_where_there_are_any():
    schema = {"controls": [{"name": "a", "type": "choice", "options": []}]}
    content = archive({"a.xml": LABELIMG, "b.xml": "<annotation/>"})
    bad, empty = read("voc", content, schema=schema)
    assert (bad.code, empty.external_id, empty.labels) == ("no_control", "b", ())


def test_an_image_without_objects_says_that_there_is_nothing():
    [row] = read("voc", archive({"b.xml": "<annotation/>"}), schema=SCHEMA)
    assert answers([row]) == {"b": {"objects": []}}


def test_a_list_of_items_that_is_not_ours_is_refused():
    with pytest.raises(FileRefused) as refusal:
        read("voc", archive({"a.xml": CVAT, "items.jsonl": '{"item": 1}\n'}))
    assert refusal.value.problem.code == "bad_items_list"


def test_each_value_may_be_anything():
    for content in (*replaced(LABELIMG, r">([^<>]+)<"), *replaced(CVAT[39:], r">([^<>]+)<")):
        survives("voc", content.encode(), schema=SCHEMA)


@pytest.mark.parametrize("seed", range(60))
def test_damage_never_makes_the_reader_fail_in_an_unknown_way(seed):
    for source in (LABELIMG, CVAT):
        xml = damaged(source, seed)
        survives("voc", xml.encode(), schema=SCHEMA)
        survives("voc", archive({"a.xml": xml, "b.xml": CVAT}), schema=SCHEMA)


def test_a_problem_of_the_path_is_a_row():
    [problem, _row] = read("voc", archive({"../a.xml": CVAT, "b.xml": CVAT}))
    assert isinstance(problem, Problem)
    assert problem.code == "bad_path"
