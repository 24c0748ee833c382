"""Which format a ZIP or an XML file has, by what is in it."""

import io
import time
import zipfile

import pytest

from tasks.formats import detect
from tasks.formats.archive_sniffing import xml_format
from tasks.formats.problems import FileRefused
from tasks.formats.zip_directory import named_places
from tests.tasks.format_reading import archive

pytestmark = pytest.mark.once

VOC, CVAT = "<annotation/>", "<?xml version='1.0'?>\n<!-- a --><annotations>"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["birds/1.png", "2"], "zip"),
        (["1.png", "README.txt", "note.xml", "items.jsonl"], "zip"),
        (["1.png", "1.txt"], "zip"),
        (["labels/train/1.txt"], "yolo"),
        (["a/b/data.yaml", "a/images/1.png"], "yolo"),
        (["obj.names", "obj_train_data/1.txt"], "yolo"),
        (["Annotations/1.xml", "JPEGImages/1.jpg"], "voc"),
        (["1.jpg", "annotations.xml"], "cvat"),
        (["__MACOSX/labels/1.txt", "labels/.x.txt", "1.png"], "zip"),
        ([], "zip"),
    ],
)
def test_the_names_and_the_roots_of_xml_tell_the_format(files, expected):
    roots = {"note.xml": "<note/>", "Annotations/1.xml": VOC, "annotations.xml": CVAT}
    content = archive({name: roots.get(name, "x") for name in files})
    assert detect(io.BytesIO(content)) == expected


@pytest.mark.parametrize(
    ("files", "code", "words"),
    [
        ({"labels/1.txt": "", "a.xml": VOC}, "mixed_archive", "Pascal VOC, YOLO"),
        ({"a.xml": VOC, "b.xml": CVAT}, "mixed_archive", "CVAT, Pascal VOC"),
        ({"a.csv": "", "b.csv": "", "c.json": ""}, "unclear_archive", "2 .csv, 1 .json"),
        ({"a.xml": "<html/>"}, "unclear_archive", "1 .xml"),
    ],
)
def test_archives_of_several_kinds_or_none_say_what_they_hold(files, code, words):
    with pytest.raises(FileRefused) as refusal:
        detect(io.BytesIO(archive(files)))
    assert refusal.value.problem.code == code
    assert words in refusal.value.problem.message


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\xef\xbb\xbf<?xml?> <annotation>", "voc"),
        (b"<!DOCTYPE annotation [<!ENTITY a 'b'>]><annotation>", "voc"),
        (b"<!DOCTYPE html><html>", None),
        (b"<annotationx>", None),
        (b"<!-- never closed <annotation>", None),
        (b"", None),
        (b"plain", None),
    ],
)
def test_the_root_is_behind_declarations_and_comments(head, expected):
    assert xml_format(head) == expected


def test_very_many_declarations_take_no_time():
    begun = time.process_time()
    assert xml_format(b"<?a?>" * 13_000 + b"!") is None
    assert time.process_time() - begun < 1


def test_the_place_of_an_entry_is_read_from_zip64_too():
    """Such archives have more than 4 GB: the directory is changed to what it would say then."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        target.writestr("a.xml", VOC)
    content = bytearray(stream.getvalue())
    place, end = content.rindex(b"PK\x01\x02"), content.rindex(b"PK\x05\x06")
    content[place + 42 : place + 46] = b"\xff" * 4
    content[place + 30 : place + 32] = (12).to_bytes(2, "little")
    extra = (1).to_bytes(2, "little") + (8).to_bytes(2, "little") + (0).to_bytes(8, "little")
    content[end:end] = extra
    size = end + len(extra) + 12
    content[size : size + 4] = (end + len(extra) - place).to_bytes(4, "little")
    assert list(named_places(io.BytesIO(bytes(content)))) == [("a.xml", 0)]
    assert detect(io.BytesIO(bytes(content))) == "voc"
