"""Reads a ZIP with COCO files and the images that they are about.

The rows of its files follow each other, and those of images that no file names come last, without
labels. An image that is not in the ZIP must be in the project already.
"""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from labelops.hints import marked
from tasks.formats.archive_sniffing import HEAD, is_coco
from tasks.formats.coco_grouping import CocoFile
from tasks.formats.coco_reading import Images
from tasks.formats.controls import Controls
from tasks.formats.encoding import check_utf8
from tasks.formats.image_archive import Entry, ImageArchive, unpack
from tasks.formats.items import Content, ImportContext, ItemRecord, Reader, Working
from tasks.formats.own_items import OwnItems
from tasks.formats.problems import FileRefused, Problem, RowRefused
from tasks.formats.zip_images import count

Row = ItemRecord | Problem | Working


def read_items(stream: BinaryIO, context: ImportContext, after: int) -> Iterator[Row]:
    """The images after that row; bad ones as a Problem. Raises FileRefused."""
    with ImageArchive(stream) as archive, contextlib.closing(OwnItems(archive)) as own:
        controls, reading = Controls(context.schema), Reading(archive, own, after)
        for entry, problem in archive.entries():
            if problem is None and _is_coco(archive, entry):
                try:
                    yield from reading.file(entry, controls)
                except RowRefused as error:
                    place = {"entry": entry.info.orig_filename}
                    raise FileRefused(error.problem.at(**place)) from error
        yield from archive.unnamed(reading.named, row_count=reading.row_count, after=after)


class Reading:
    """The way through the files of one archive: the rows so far, and the images that were named."""

    def __init__(self, archive: ImageArchive, own: OwnItems, after: int) -> None:
        self.archive, self.own, self.after = archive, own, after
        self.row_count = 0
        self.named: set[int] = set()

    def file(self, entry: Entry, controls: Controls) -> Iterator[Row]:
        """The images of one file. Raises RowRefused where it cannot be read."""
        with tempfile.TemporaryFile() as plain, CocoFile() as file:
            # The reader of JSON goes back to the beginning, which a packed file does not let it.
            for _block in unpack(self.archive, entry, plain):
                yield Working(self.after)
            check_utf8(plain)
            for _pause in file.load(plain):
                yield Working(self.after)
            images = Images(file, controls)
            for row, image in file.images(0):
                name = None if isinstance(image, Problem) else image.fields.get("file_name")
                found = self.archive.image(name, entry.folder) if isinstance(name, str) else None
                self.named.update([found.number] if found else [])
                number = self.row_count + row
                if number <= self.after:
                    continue
                item = image if isinstance(image, Problem) else images.item(row, image)
                yield self._row(item, number, entry, found)
            for problem in file.orphans(self.after - self.row_count):
                number = self.row_count + (problem.row or 0)
                yield problem.at(row=number, entry=entry.info.orig_filename)
            self.row_count += file.image_count + file.annotation_count

    def _row(
        self, item: ItemRecord | Problem, number: int, entry: Entry, found: Entry | None
    ) -> Row:
        if isinstance(item, Problem):
            return item.at(row=number, entry=entry.info.orig_filename)
        if found is None:
            return replace(item, row=number)
        own = self.own.of(found.path)
        return replace(
            item,
            row=number,
            external_id=own.item if own else item.external_id,
            data=own.data if own else {},
            entry=found.info.orig_filename,
            load=self.archive.loader(found),
            content=Content.GIVEN,
        )


def _is_coco(archive: ImageArchive, entry: Entry) -> bool:
    if not entry.path.casefold().endswith(".json"):
        return False
    try:
        with contextlib.closing(archive.open(entry)) as packed:
            return is_coco(packed.read(HEAD))
    except RowRefused:
        return False


reader = Reader(
    marked("COCO with images"),
    ("image",),
    read_items,
    measure=count,
    counts_rows=True,
    has_images=True,
)
