"""Reads CVAT for images 1.1 (docs.cvat.ai): an XML file alone, or in a ZIP with its images.

The row of an image is its place among the images of the XML. Boxes are turned about their centre
by a rotation in degrees, clockwise, as ours are. Tracks belong to CVAT for video, and are refused.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element

from labelops.hints import Hint
from tasks.formats.archive_sniffing import xml_format
from tasks.formats.controls import Control, Controls, Found, attribute_type, attribute_value
from tasks.formats.cvat_shapes import TOOLS, geometry, whole_number
from tasks.formats.image_archive import Entry, ImageArchive
from tasks.formats.items import Content, ImportContext, ItemLabel, ItemRecord, Reader, Working
from tasks.formats.own_items import SPLIT_WORDS
from tasks.formats.pauses import Pauses
from tasks.formats.problems import FileRefused, Problem, RowRefused, ending_the_file, visible
from tasks.formats.records import clean_id
from tasks.formats.xml_reading import walk
from tasks.formats.zip_directory import is_zip
from tasks.kinds.objects import MAX_OBJECTS

BLOCK = 1024**2
# Enough to know an XML by, of each of very many.
BEGINNING = 4096
IMAGE = re.compile(rb"<image[\s>]")
# Pixels in the frames of all masks of an image, each of which is looked at.
MOST_MASK_PIXELS = 2**28
LONGEST_MARK = len(b"<image ")
VIDEO = Problem(
    "video_not_supported",
    "The file holds tracks of a video.",
    field="/annotations/track",
    hint=Hint("Export it from CVAT as “CVAT for images 1.1”."),
)
Row = ItemRecord | Problem | Working


@dataclass
class Image:
    """An image of the XML while its objects are read, and the first thing that is wrong with it."""

    place: int
    facts: Element
    controls: Controls
    counts: Counter[str] = field(default_factory=Counter)
    shapes: list[Found] = field(default_factory=list)
    choices: dict[str, Any] = field(default_factory=dict)
    mask_pixels: int = 0
    problem: Problem | None = None

    @property
    def path(self) -> str:
        return f"/annotations/image[{self.place}]"

    def take(self, element: Element) -> None:
        """Adds an object, or notes what is wrong with it."""
        if self.problem or self.controls.is_empty:
            return
        tag = visible(element.tag)
        self.counts[tag] += 1
        path = f"{self.path}/{tag}[{self.counts[tag]}]"
        try:
            if self.counts.total() > MAX_OBJECTS:
                raise RowRefused(_too_many(self.path))
            label = element.get("label", "").strip()
            if not label:
                raise RowRefused(
                    Problem("missing_label", "The object has no label.", field=f"{path}/@label")
                )
            if tag == "tag":
                self._choose(element, label, path)
            else:
                self._draw(element, label, path)
        except RowRefused as error:
            self.problem = error.problem

    def labels(self) -> tuple[ItemLabel, ...]:
        """One label with all that was found; where nothing was, nobody may have looked."""
        if not self.shapes and not self.choices:
            return ()
        shapes = self.controls.answer(self.shapes, "shapes", self.path) or {}
        return (ItemLabel({**shapes, **self.choices}, field=self.path),)

    def _draw(self, element: Element, label: str, path: str) -> None:
        tool = TOOLS.get(element.tag)
        if tool is None:
            raise RowRefused(
                Problem(
                    "shape_not_supported",
                    "A shape “{shape}” cannot be held.",
                    field=path,
                    params={"shape": visible(element.tag)},
                )
            )
        control, label = self.controls.named("shapes", label, tool, field=path)
        if tool == "mask":
            self._refuse_large_masks(element, path)
        drawn = geometry(element, path, self._size(tool), control)
        attributes = _attributes(element, control, label)
        shape = {"label": label, **drawn, **({"attributes": attributes} if attributes else {})}
        self.shapes.append((control["name"], shape))

    def _size(self, tool: str) -> tuple[int, int]:
        """Only masks ask for the size of the image."""
        if tool != "mask":
            return 0, 0
        width, height = (whole_number(self.facts, side, self.path) for side in ("width", "height"))
        return width, height

    def _refuse_large_masks(self, element: Element, path: str) -> None:
        width, height = (whole_number(element, side, path) for side in ("width", "height"))
        self.mask_pixels += width * height
        if self.mask_pixels > MOST_MASK_PIXELS:
            raise RowRefused(
                Problem(
                    "too_many",
                    "The masks of the image have more than {most} pixels together.",
                    field=path,
                    params={"most": MOST_MASK_PIXELS},
                )
            )

    def _choose(self, element: Element, label: str, path: str) -> None:
        control, label = self.controls.named("choice", label, field=path)
        name = control["name"]
        if element.find("attribute") is not None:
            raise RowRefused(
                Problem("tag_attributes", "The attributes of a tag cannot be held.", field=path)
            )
        if control.get("multiple"):
            self.choices.setdefault(name, []).append(label)
        elif self.choices.setdefault(name, label) != label:
            raise RowRefused(
                Problem(
                    "two_tags",
                    "The image has the tags “{first}” and “{second}”, of which there can be one.",
                    field=path,
                    params={"first": self.choices[name], "second": label},
                )
            )


def read_items(stream: BinaryIO, context: ImportContext, after: int) -> Iterator[Row]:
    """The images after the one at place `after`; bad ones as a Problem. Raises FileRefused."""
    controls, places = Controls(context.schema), itertools.count(1)
    with ending_the_file():
        if not is_zip(stream):
            yield from _images(stream, controls, places, after)
        else:
            with ImageArchive(stream) as archive:
                for entry in _documents(archive):
                    with archive.open(entry) as source:
                        yield from _images(source, controls, places, after, archive, entry.folder)
    if next(places) == 1:
        raise FileRefused(Problem("no_rows", "The file holds no images."))


def measure(stream: BinaryIO) -> int:
    """The number of images, counted without taking the XML apart.

    >>> import io
    >>> measure(io.BytesIO(b'<annotations><image id="0"></image><image id="1"/></annotations>'))
    2
    """
    if not is_zip(stream):
        total = _count(stream)
        stream.seek(0)
        return total
    try:
        with ImageArchive(stream) as archive:
            return sum(_count(archive.open(entry)) for entry in _documents(archive))
    except RowRefused:
        # The reading says what is wrong with it.
        return 0


def _count(stream: BinaryIO) -> int:
    total, rest = 0, b""
    while block := stream.read(BLOCK):
        total += len(IMAGE.findall(rest + block))
        # A mark may begin in one block and end in the next, but must not be counted twice.
        rest = block[-(LONGEST_MARK - 1) :]
    return total


def _documents(archive: ImageArchive) -> Iterator[Entry]:
    for entry, problem in archive.entries():
        if problem is None and entry.path.casefold().endswith(".xml"):
            with archive.open(entry) as stream:
                head = stream.read(BEGINNING)
            if xml_format(head) == "cvat":
                yield entry


def _images(
    stream: BinaryIO,
    controls: Controls,
    places: Iterator[int],
    after: int,
    archive: ImageArchive | None = None,
    near: str = "",
) -> Iterator[Row]:
    pauses, image, last = Pauses(), None, after
    for event, parts in walk(stream, whole_depth=3):
        tag, depth = parts[-1].tag, len(parts)
        if event == "start":
            if depth == 1 and tag != "annotations":
                raise FileRefused(_wrong_root(tag))
            if depth == 2 and tag == "track":
                raise FileRefused(VIDEO)
            if depth == 2 and tag == "image":
                image = Image(next(places), parts[-1], controls)
        elif image and depth == 3 and image.place > after:
            image.take(parts[-1])
        elif image and depth == 2:
            if image.place > after:
                last = image.place
                yield _row(image, archive, near)
            image = None
        if pauses.is_due():
            yield Working(last)


def _row(image: Image, archive: ImageArchive | None, near: str) -> ItemRecord | Problem:
    given = image.facts.get("name")
    try:
        if image.problem:
            raise RowRefused(image.problem)
        name = clean_id(given, field=f"{image.path}/@name", row=image.place)
        labels = image.labels()
    except RowRefused as error:
        return error.problem.at(row=image.place, entry=given)
    split = SPLIT_WORDS.get(image.facts.get("subset", "").casefold())
    found = archive.image(name, near) if archive else None
    last = name.replace("\\", "/").rpartition("/")[2]
    return ItemRecord(
        row=image.place,
        external_id=name,
        data={"split": split} if split else {},
        entry=found.info.orig_filename if found else None,
        load=archive.loader(found) if archive and found else None,
        labels=labels,
        content=Content.GIVEN if found else Content.ABSENT,
        aliases=(last,) if last != name else (),
    )


def _attributes(element: Element, control: Control, label: str) -> dict[str, Any]:
    """What stands in `attribute`, and `occluded` where the label schema has it."""
    found = {}
    if attribute_type(control, label, "occluded") == "boolean" and "occluded" in element.attrib:
        found["occluded"] = attribute_value("boolean", element.attrib["occluded"])
    for entry in element.iterfind("attribute"):
        name = entry.get("name", "")
        type_ = attribute_type(control, label, name)
        found[name] = attribute_value(type_, (entry.text or "").strip())
    return found


def _too_many(path: str) -> Problem:
    return Problem(
        "too_many",
        "The image has more than {most} objects.",
        field=path,
        params={"most": MAX_OBJECTS},
    )


def _wrong_root(tag: str) -> Problem:
    return Problem(
        "wrong_root",
        "The XML begins with “{tag}”, not with “{expected}”.",
        field="/",
        params={"tag": visible(tag), "expected": "annotations"},
    )


reader = Reader("CVAT", ("image",), read_items, measure=measure, counts_rows=True, has_images=True)
