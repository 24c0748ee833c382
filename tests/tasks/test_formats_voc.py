"""Pascal VOC, read with Python's XML and checked by the rules of its readers."""

import json
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.formats import WRITERS
from tests.tasks.formats import image, image_context, record, text_context, unzipped
from tests.tasks.formats import write as written_bytes

ENTRY = "Annotations/a.xml"


def read(content):
    """The annotation of a file, refused when a reader of VOC would."""
    annotation = ElementTree.fromstring(content)
    assert annotation.tag == "annotation"
    assert [child.tag for child in annotation][:5] == [
        "folder",
        "filename",
        "source",
        "size",
        "segmented",
    ]
    width, height = (int(annotation.findtext(f"size/{side}")) for side in ("width", "height"))
    for found in annotation.findall("object"):
        left, top, right, bottom = edges_of(found)
        assert found.findtext("name")
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
        assert found.findtext("truncated") in {"0", "1"}
        assert found.findtext("difficult") in {"0", "1"}
    return annotation


def edges_of(found):
    return [float(found.findtext(f"bndbox/{edge}")) for edge in ("xmin", "ymin", "xmax", "ymax")]


def annotation_of(shapes, **over):
    entries, written = unzipped("voc", [image("a.jpg", shapes, **over)], image_context())
    return read(entries[ENTRY]), written


def test_a_box_has_its_edges_and_its_label():
    annotation, written = annotation_of([{"box": [10.5, 20, 30, 40], "label": "bus"}])
    [found] = annotation.findall("object")
    assert (found.findtext("name"), edges_of(found)) == ("bus", [10.5, 20, 40.5, 60])
    assert annotation.findtext("filename") == "a.jpg"
    assert not +written.left_out


@given(st.floats(0, 600), st.floats(0, 400), st.floats(0.01, 40), st.floats(0.01, 80))
def test_the_edges_come_back(left, top, wide, high):
    annotation, _written = annotation_of([{"box": [left, top, wide, high]}])
    [found] = annotation.findall("object")
    again = edges_of(found)
    assert again == pytest.approx([left, top, left + wide, top + high], rel=1e-6, abs=1e-11)


def test_attributes_are_flags_of_voc_or_stand_beside_them():
    attributes = {"truncated": True, "occluded": False, "difficult": "very", "color": "a<b"}
    annotation, _written = annotation_of([{"box": [0, 0, 9, 9], "attributes": attributes}])
    [found] = annotation.findall("object")
    assert (found.findtext("truncated"), found.findtext("occluded")) == ("1", "0")
    assert found.findtext("difficult") == "0"
    others = {
        entry.findtext("name"): entry.findtext("value")
        for entry in found.findall("attributes/attribute")
    }
    assert others == {"difficult": "very", "color": "a<b"}


def test_a_turned_box_is_the_upright_one_around_it_and_keeps_its_angle():
    annotation, written = annotation_of([{"box": [100, 100, 40, 20], "rotation": 90}])
    [found] = annotation.findall("object")
    assert edges_of(found) == pytest.approx([110, 90, 130, 130])
    assert found.findtext("attributes/attribute/value") == "90"
    assert written.left_out["rotation"] == 1


def test_what_is_no_box_is_counted():
    shapes = [{"polygon": [[0, 0], [5, 0], [5, 5]]}, {"polyline": [[0, 0], [1, 1]]}]
    annotation, written = annotation_of(shapes)
    assert annotation.findall("object") == []
    assert written.left_out == {"polygon": 1, "polyline": 1}


@given(st.text(st.characters(blacklist_categories=("Cs",)), min_size=1))
def test_any_label_and_id_makes_well_formed_xml(name):
    shapes = [{"box": [0, 0, 9, 9], "label": name, "attributes": {"note": name}}]
    content, _written = unzipped("voc", [image(name, shapes)], image_context())
    [xml] = [entry for path, entry in content.items() if path.startswith("Annotations/")]
    annotation = ElementTree.fromstring(xml)
    expected = "".join(char if char in "\t\n\r" or char >= " " else "\ufffd" for char in name)
    expected = expected.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
    assert annotation.findtext("object/name") == expected


def test_an_entity_in_a_label_is_only_text():
    annotation, _written = annotation_of([{"box": [0, 0, 9, 9], "label": "&lol;<!DOCTYPE x>"}])
    assert annotation.findtext("object/name") == "&lol;<!DOCTYPE x>"


def test_the_names_of_a_split_and_the_way_back_to_the_items():
    records = [
        image("../../evil.jpg"),
        image("b.jpg", data={"split": "val"}),
        image("c.jpg", width=None),
        record("dark.jpg", {"_undecidable": "dark"}, width=9, height=9),
    ]
    entries, written = unzipped("voc", records, image_context())
    assert entries["ImageSets/Main/all.txt"] == "evil\n"
    assert entries["ImageSets/Main/val.txt"] == "b\n"
    items = [json.loads(line) for line in entries[written.notes["names"]].splitlines()]
    assert [item["item"] for item in items] == ["../../evil.jpg", "b.jpg"]
    assert all(item["file"] in entries for item in items)
    assert written.left_out == {"unknown_size": 1, "undecidable": 1}


def test_the_same_labels_give_the_same_bytes():
    records = [image("a.jpg", [{"box": [0, 0, 1, 1]}])]
    first, _written = written_bytes("voc", records, image_context())
    assert written_bytes("voc", records, image_context())[0] == first


def test_texts_are_refused_with_a_sentence():
    assert "boxes" in WRITERS["voc"].refusal(text_context())
