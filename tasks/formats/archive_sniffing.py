"""Which format the labels in a ZIP have, told from the names in it and how its XML begins."""

import contextlib
import re
import zipfile
import zlib
from collections import Counter
from typing import BinaryIO

from labelops.hints import Hint
from tasks.formats.problems import FileRefused, Problem, visible
from tasks.formats.zip_directory import files, open_zip

HEAD = 64 * 1024
# So many XML files are looked into until one says what they are.
LOOKS = 20
ROOT = re.compile(rb"\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*<([A-Za-z_][\w.-]*)", re.DOTALL)
LABELS = re.compile(r"(^|/)(labels|obj_\w+_data)/([^/]+/)*[^/]+\.txt$", re.IGNORECASE)
NAMES = re.compile(r"(^|/)(data\.ya?ml|obj\.(names|data))$", re.IGNORECASE)
XML_ROOTS = {"annotation": "voc", "annotations": "cvat"}
# Files of texts and tables: no image goes by such a name.
NO_IMAGES = {"csv", "tsv", "txt", "json", "jsonl", "xml", "html", "md", "yaml", "yml", "conll"}
TITLES = {"cvat": "CVAT", "voc": "Pascal VOC", "yolo": "YOLO"}


def archive_format(stream: BinaryIO) -> str:
    """The format of the labels in a ZIP, "zip" where there are none. Raises FileRefused.

    A damaged archive is a "zip": its reader says what is wrong with it.
    """
    try:
        archive = open_zip(stream)
    except FileRefused:
        return "zip"
    finally:
        stream.seek(0)
    found = _formats(archive)
    stream.seek(0)
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
    found = ROOT.match(head)
    return XML_ROOTS.get(found[1].decode()) if found else None


def _formats(archive: zipfile.ZipFile) -> set[str]:
    found: set[str] = set()
    others: Counter[str] = Counter()
    looks = 0
    for _number, entry in files(archive):
        name = entry.orig_filename.replace("\\", "/")
        others[name.rpartition("/")[2].rpartition(".")[2].lower()] += 1
        if LABELS.search(name) or NAMES.search(name):
            found.add("yolo")
        elif (
            name.lower().endswith(".xml") and looks < LOOKS and not found & set(XML_ROOTS.values())
        ):
            looks += 1
            found |= {xml_format(_head(archive, entry)) or ""} - {""}
    if not found and others and set(others) <= NO_IMAGES:
        raise _nothing_to_read(others)
    return found


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


def _head(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with (
        contextlib.suppress(
            zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError
        ),
        archive.open(entry) as stream,
    ):
        return stream.read(HEAD)
    return b""
