"""ZIP of images: each file is an item whose id is its path in the archive."""

from collections.abc import Iterator
from typing import BinaryIO

from tasks.formats.image_archive import ImageArchive
from tasks.formats.items import ImportContext, ItemRecord, Reader
from tasks.formats.problems import FileRefused, Problem
from tasks.formats.zip_directory import open_zip


def read_items(
    stream: BinaryIO, context: ImportContext, after: int
) -> Iterator[ItemRecord | Problem]:
    """The entries after place `after`; bad ones as a Problem. Raises FileRefused."""
    with ImageArchive(stream) as archive:
        for entry, problem in archive.entries(after):
            name = entry.info.orig_filename
            load = archive.loader(entry)
            yield problem or ItemRecord(entry.number, entry.path, entry=name, load=load)
        if not archive.file_count:
            raise FileRefused(Problem("no_rows", "The ZIP holds no files."))


def count(stream: BinaryIO) -> int:
    """The number of entries, folders and clutter included."""
    with open_zip(stream) as archive:
        return len(archive.infolist())


reader = Reader("ZIP", ("image",), read_items, measure=count, counts_rows=True, has_images=True)
