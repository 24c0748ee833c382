"""Which format the labels in a ZIP have, told from the names in it and how its XML begins."""

import io
import re
from collections import Counter
from typing import BinaryIO

from labelops.hints import Hint
from tasks.formats.dataset_archive import ITEMS
from tasks.formats.json_sniffing import object_format
from tasks.formats.problems import FileRefused, Problem, visible
from tasks.formats.zip_directory import head_of, is_clutter, named_places

HEAD = 64 * 1024
# So many XML files are looked into until one says what they are.
LOOKS = 20
ROOT = re.compile(rb"<([A-Za-z_][\w.-]*)")
# Behind a document type, which the readers refuse with a sentence of their own.
LATER_ROOT = re.compile(rb"<(annotations?)[\s/>]")
# What may stand before the root, and how it ends.
ASIDES = {b"<?": b"?>", b"<!--": b"-->"}
MARK = b"\xef\xbb\xbf"
LABELS = re.compile(r"(^|/)(labels|obj_\w+_data)/([^/]+/)*[^/]+\.txt$", re.IGNORECASE)
NAMES = re.compile(r"(^|/)(data\.ya?ml|obj\.(names|data))$", re.IGNORECASE)
XML_ROOTS = {"annotation": "voc", "annotations": "cvat"}
# Files of texts and tables: no image goes by such a name.
NO_IMAGES = {"csv", "tsv", "txt", "json", "jsonl", "xml", "html", "md", "yaml", "yml", "conll"}
# What our own exports with images call their labels; `items.jsonl` stands beside them.
OWN_LABELS = ("labels.jsonl", "labels.json", "labels.csv", "labels.parquet")
TITLES = {"coco-zip": "COCO", "cvat": "CVAT", "voc": "Pascal VOC", "yolo": "YOLO"}


def archive_format(stream: BinaryIO) -> str:
    """The format of the labels in a ZIP, "zip" where there are none. Raises FileRefused.

    A damaged archive is a "zip": its reader says what is wrong with it.
    """
    found: set[str] = set()
    own: set[str] = set()
    others: Counter[str] = Counter()
    looks = 0
    try:
        for name, place in named_places(stream):
            if name.endswith("/") or is_clutter(name):
                continue
            own |= {name} & {ITEMS, *OWN_LABELS}
            others[name.rpartition("/")[2].rpartition(".")[2].lower()] += 1
            if LABELS.search(name) or NAMES.search(name):
                found.add("yolo")
            elif name.lower().endswith(".xml") and looks < LOOKS:
                looks += 1
                found |= {xml_format(head_of(stream, place, HEAD)) or ""} - {""}
            elif name.lower().endswith(".json") and looks < LOOKS:
                looks += 1
                found |= {"coco-zip"} if is_coco(head_of(stream, place, HEAD)) else set()
    except FileRefused:
        return "zip"
    finally:
        stream.seek(0)
    if not found and others and set(others) <= NO_IMAGES:
        raise _nothing_to_read(others)
    if not found and ITEMS in own and len(own) > 1:
        return "labels-zip"
    if len(found) > 1:
        raise FileRefused(
            Problem(
                "mixed_archive",
                "The ZIP holds labels of several formats: {formats}.",
                hint=Hint("Send each of them in a ZIP of its own."),
                params={"formats": ", ".join(sorted(TITLES[name] for name in found))},
            )
        )
    return found.pop() if found else "zip"


def xml_format(head: bytes) -> str | None:
    """The format of an XML file that begins like this, None for one that nothing reads.

    >>> xml_format(b"<?xml version='1.0'?><annotations><version>1.1</version>")
    'cvat'
    >>> xml_format(b"<html>") is None
    True
    """
    place = _root_place(head)
    found = ROOT.match(head, place)
    if head.startswith(b"<!DOCTYPE", place):
        found = LATER_ROOT.search(head, place)
    return XML_ROOTS.get(found[1].decode()) if found else None


def is_coco(head: bytes) -> bool:
    """Whether a JSON file that begins like this is COCO.

    >>> is_coco(b'{"images": [{"id": 1, "file_name": "a.jpg"}, {"id"')
    True
    """
    return object_format(io.BytesIO(head)) == "coco"


def _root_place(head: bytes) -> int:
    """Where the first tag begins, behind declarations and comments.

    >>> _root_place(b"<?xml version='1.0'?><!-- a --> <b>")
    32
    """
    place = len(MARK) if head.startswith(MARK) else 0
    while True:
        while head[place : place + 1].isspace():
            place += 1
        end = next((end for begin, end in ASIDES.items() if head.startswith(begin, place)), None)
        if end is None:
            return place
        after = head.find(end, place)
        if after < 0:
            return len(head)
        place = after + len(end)


def _nothing_to_read(others: Counter[str]) -> FileRefused:
    kinds = ", ".join(f"{count} .{visible(suffix)}" for suffix, count in sorted(others.items()))
    return FileRefused(
        Problem(
            "unclear_archive",
            "The ZIP holds neither images nor labels that can be read, but {kinds}.",
            hint=Hint("Tables are sent as they are, without a ZIP."),
            params={"kinds": kinds},
        )
    )
