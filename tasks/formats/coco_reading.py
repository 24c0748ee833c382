"""Reads COCO JSON (cocodataset.org/#format-data): each image with all that is annotated on it.

The row of an image is its number in `images`, from 1; annotations without an image are named after
them. The images must be in the project already.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from tasks.formats.coco import CONTRIBUTOR, title
from tasks.formats.coco_grouping import CocoFile, Entry
from tasks.formats.coco_shapes import ShapesReader, Size
from tasks.formats.controls import Controls
from tasks.formats.encoding import check_utf8
from tasks.formats.items import (
    Content,
    ImportContext,
    ItemLabel,
    ItemRecord,
    Reader,
    Working,
    byte_count,
)
from tasks.formats.problems import Problem, RowRefused
from tasks.formats.records import clean_id


def read_items(
    stream: BinaryIO, context: ImportContext, after: int
) -> Iterator[ItemRecord | Problem | Working]:
    """The images after that number; bad ones as a Problem. Raises FileRefused."""
    check_utf8(stream)
    with CocoFile() as file:
        for _pause in file.load(stream):
            yield Working(after)
        images = Images(file, Controls(context.schema))
        end = stream.tell()
        for row, image in file.images(after):
            found = image if isinstance(image, Problem) else images.item(row, image)
            # Who reads in chunks sees by the place in the file how large they become.
            stream.seek(end + file.given_bytes)
            yield found
        yield from file.orphans(after)


def measure(stream: BinaryIO) -> int:
    """The length of the file twice: it is read once, and then given image by image."""
    return 2 * byte_count(stream)


class Images:
    """Makes items of the images of one file."""

    def __init__(self, file: CocoFile, controls: Controls) -> None:
        self.file = file
        self.names = [control["name"] for control in controls.of_type("shapes")]
        is_own = file.info.get("contributor") == CONTRIBUTOR
        self.shapes = ShapesReader(controls, file.categories, is_own=is_own)

    def item(self, row: int, image: Entry) -> ItemRecord | Problem:
        place = f"images[{image.index}]"
        try:
            name = clean_id(image.fields.get("file_name"), field=f"{place}.file_name", row=row)
            labels = self._labels(image, place)
        except RowRefused as error:
            return error.problem.at(row=row)
        last = name.replace("\\", "/").rpartition("/")[2]
        aliases = (last,) if last not in ("", name) else ()
        return ItemRecord(row, name, labels=labels, content=Content.ABSENT, aliases=aliases)

    def _labels(self, image: Entry, place: str) -> tuple[ItemLabel, ...]:
        """One label with all objects; in a file with annotations, none of them say that as well."""
        if not self.names or not self.file.annotation_count:
            return ()
        size = Size(*(_side(image.fields.get(side)) for side in ("width", "height")))
        answer: dict[str, Any] = {}
        for annotation in self.file.annotations(image):
            name, objects = self.shapes.objects(annotation, size)
            answer.setdefault(name, []).extend(objects)
        return (ItemLabel(answer or {self.names[0]: []}, field=place),)


def _side(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


reader = Reader(title, ("image",), read_items, measure=measure)
