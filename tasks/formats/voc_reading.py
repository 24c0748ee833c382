"""Reads Pascal VOC: the XML files of a ZIP, with or without the images, or a single one.

The row of a file is its place in the archive. Images that no XML is named like are items without
labels; the masks that VOC calls SegmentationClass and SegmentationObject are passed over.
"""

import contextlib
import io
from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element

from labelops.hints import Hint
from tasks.formats.controls import Control, Controls, Found, attribute_type, attribute_value
from tasks.formats.image_archive import Entry, ImageArchive
from tasks.formats.items import Content, ImportContext, ItemLabel, ItemRecord, Reader
from tasks.formats.own_items import OwnItem, OwnItems
from tasks.formats.plain_numbers import number
from tasks.formats.problems import FileRefused, Problem, RowRefused
from tasks.formats.records import clean_id
from tasks.formats.voc import FLAGS, title
from tasks.formats.xml_reading import text_of, walk
from tasks.formats.zip_directory import is_zip
from tasks.formats.zip_images import count

MAX_XML = 16 * 1024**2
MASK_FOLDERS = {"segmentationclass", "segmentationobject"}
# What other tools say of every object, and no label schema has: about their own work.
PASSED_OVER = {"rotation", "track_id", "keyframe"}
EDGES = ("xmin", "ymin", "xmax", "ymax")


def read_items(
    stream: BinaryIO, context: ImportContext, after: int
) -> Iterator[ItemRecord | Problem]:
    """The annotations after place `after`; bad ones as a Problem. Raises FileRefused."""
    controls = Controls(context.schema)
    if not is_zip(stream):
        if after < 1:
            yield _single(stream, controls)
        return
    with ImageArchive(stream) as archive, contextlib.closing(OwnItems(archive)) as own:
        for entry, problem in archive.entries(after):
            if problem:
                yield problem
            elif entry.path.casefold().endswith(".xml"):
                try:
                    yield _annotated(archive, entry, own.of(entry.path), controls)
                except RowRefused as error:
                    where = {"row": entry.number, "entry": entry.info.orig_filename}
                    yield error.problem.at(**where)
            elif _is_alone(archive, entry):
                yield _item(archive, entry, entry.number, _id_of(archive, entry))


def measure(stream: BinaryIO) -> int:
    """The number of entries, or one file.

    >>> measure(io.BytesIO(b"<annotation/>"))
    1
    """
    return count(stream) if is_zip(stream) else 1


def _single(stream: BinaryIO, controls: Controls) -> ItemRecord | Problem:
    try:
        name, objects = parse(stream, controls)
        labels = _labels(objects, controls)
        external_id = clean_id(_last(name), field="/annotation/filename", row=1)
    except FileRefused:
        raise
    except RowRefused as error:
        return error.problem.at(row=1)
    return ItemRecord(1, external_id, labels=labels, content=Content.ABSENT, aliases=(name,))


def _annotated(
    archive: ImageArchive, entry: Entry, own: OwnItem | None, controls: Controls
) -> ItemRecord:
    name, objects = parse(io.BytesIO(archive.read(entry, MAX_XML)), controls)
    labels = _labels(objects, controls)
    name = (own.image if own else name) or entry.path.rpartition("/")[2].removesuffix(".xml")
    image = archive.image(name, entry.folder)
    data = own.data if own else {}
    if image:
        external_id = own.item if own else _id_of(archive, image)
        return _item(archive, image, entry.number, external_id, labels, data, name)
    external_id = clean_id(own.item if own else _last(name), field="filename", row=entry.number)
    aliases = () if own else (name,)
    return ItemRecord(
        entry.number, external_id, labels=labels, content=Content.ABSENT, aliases=aliases
    )


def _item(
    archive: ImageArchive,
    image: Entry,
    row: int,
    external_id: str,
    labels: tuple[ItemLabel, ...] = (),
    data: dict[str, Any] | None = None,
    name: str = "",
) -> ItemRecord:
    return ItemRecord(
        row=row,
        external_id=clean_id(external_id, field="filename", row=row),
        data=data or {},
        entry=image.info.orig_filename,
        load=archive.loader(image),
        labels=labels,
        aliases=tuple(dict.fromkeys(alias for alias in (image.path, name) if alias)),
    )


def _is_alone(archive: ImageArchive, entry: Entry) -> bool:
    """Whether a file is an image of which no XML speaks by its name."""
    folders = set(entry.folder.casefold().split("/"))
    stem = _last(entry.path).rpartition(".")[0]
    return entry.is_image and not folders & MASK_FOLDERS and not archive.has_name(f"{stem}.xml")


def _id_of(archive: ImageArchive, image: Entry) -> str:
    """The name of an image without its folder, as long as there is one of that name."""
    name = _last(image.path)
    return name if archive.only_image(name) else image.path


def _last(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def _labels(objects: list[Found], controls: Controls) -> tuple[ItemLabel, ...]:
    """One label with all objects; of a file without any, that there is nothing."""
    answer = controls.answer(objects, "shapes", "/annotation")
    return () if answer is None else (ItemLabel(answer, field="/annotation"),)


def parse(stream: BinaryIO, controls: Controls) -> tuple[str, list[Found]]:
    """The name of the image, and the objects with the names of their controls.

    >>> source = io.BytesIO(b"<annotation><filename>a.jpg</filename></annotation>")
    >>> parse(source, Controls(None))
    ('a.jpg', [])
    """
    name, path, objects, object_count = "", "", list[Found](), 0
    for event, parts in walk(stream, 2):
        if event == "start" and len(parts) == 1 and parts[0].tag != "annotation":
            raise RowRefused(_wrong_root(parts[0].tag))
        if event == "start" or len(parts) != 2:
            continue
        match parts[1].tag:
            case "filename":
                name = (parts[1].text or "").strip()
            case "path":
                path = (parts[1].text or "").strip()
            case "object":
                object_count += 1
                objects += _object(parts[1], f"/annotation/object[{object_count}]", controls)
    return name or path, objects


def _object(element: Element, path: str, controls: Controls) -> list[Found]:
    label = text_of(element, "name")
    if not label:
        raise RowRefused(Problem("missing_label", "The object has no name.", field=f"{path}/name"))
    box = _box(element, path)
    if controls.is_empty:
        return []
    control = controls.needed("shapes", label, "box", field=path)
    attributes = _attributes(element, control, label)
    shape = {"label": label, "box": box, **({"attributes": attributes} if attributes else {})}
    return [(control["name"], shape)]


def _box(element: Element, path: str) -> list[int | float]:
    """The edges in pixels from 0 as x, y, width, height."""
    bounds = element.find("bndbox")
    if bounds is None:
        raise RowRefused(
            Problem(
                "missing_box",
                "The object has no box.",
                field=f"{path}/bndbox",
                hint=Hint("Only upright boxes can be read."),
            )
        )
    left, top, right, bottom = (
        number(text_of(bounds, edge), field=f"{path}/bndbox/{edge}") for edge in EDGES
    )
    for name, low, high in (("xmin", left, right), ("ymin", top, bottom)):
        if low > high:
            raise RowRefused(
                Problem(
                    "bad_box",
                    "The box begins at {low} and ends at {high}.",
                    field=f"{path}/bndbox/{name}",
                    params={"low": low, "high": high},
                )
            )
    return [left, top, right - left, bottom - top]


def _attributes(element: Element, control: Control, label: str) -> dict[str, Any]:
    """The flags that the label schema knows, and what stands in `attributes`."""
    given = {name: text for name in FLAGS if (text := text_of(element, name))}
    found = {
        name: attribute_value("boolean", text)
        for name, text in given.items()
        if attribute_type(control, label, name) == "boolean"
    }
    for entry in element.iterfind("attributes/attribute"):
        name, text = text_of(entry, "name") or "", text_of(entry, "value") or ""
        type_ = attribute_type(control, label, name)
        if type_ or name not in {*PASSED_OVER, *FLAGS}:
            found[name] = attribute_value(type_, text)
    return found


def _wrong_root(tag: str) -> Problem:
    return Problem(
        "wrong_root",
        "The XML begins with “{tag}”, not with “{expected}”.",
        field="/",
        params={"tag": tag[:80], "expected": "annotation"},
    )


reader = Reader(title, ("image",), read_items, measure=measure, counts_rows=True, has_images=True)
