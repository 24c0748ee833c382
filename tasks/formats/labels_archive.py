"""Reads our own ZIP of images whose labels are a table, or tasks of Label Studio, beside them.

The rows of the labels come first; those of images that no row names come last, without labels.
"""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from labelops.hints import marked
from tasks.formats import label_studio_reading, parquet, parquet_reading, table_items
from tasks.formats.archive_sniffing import OWN_LABELS
from tasks.formats.image_archive import Entry, ImageArchive, unpack
from tasks.formats.items import Content, ImportContext, ItemRecord, Read, Reader, Working
from tasks.formats.json_sniffing import array_format
from tasks.formats.own_items import OwnItems
from tasks.formats.problems import FileRefused, Problem, RowRefused
from tasks.formats.zip_images import count

Row = ItemRecord | Problem | Working
NO_LABELS = Problem("no_labels", "The ZIP holds no labels that can be read.")
READS: dict[str, Read] = {
    "labels.jsonl": table_items.read_jsonl,
    "labels.csv": table_items.read_csv,
    **({"labels.parquet": parquet_reading.reader.read} if parquet.is_available() else {}),
}


def read_items(stream: BinaryIO, context: ImportContext, after: int) -> Iterator[Row]:
    """The images after that row; bad ones as a Problem. Raises FileRefused."""
    with ImageArchive(stream) as archive, contextlib.closing(OwnItems(archive)) as own:
        found = (archive.at(name) for name in OWN_LABELS)
        entry = next((entry for entry in found if entry), None)
        if entry is None:
            raise FileRefused(NO_LABELS)
        reading = Reading(archive, own, entry, after)
        try:
            yield from reading.labels(context)
        except RowRefused as error:
            raise FileRefused(error.problem.at(entry=entry.info.orig_filename)) from error
        yield from archive.unnamed(reading.named, row_count=reading.last_row, after=after)


class Reading:
    """The way through one archive: the rows so far, and the images that they named."""

    def __init__(self, archive: ImageArchive, own: OwnItems, entry: Entry, after: int) -> None:
        self.archive, self.own, self.entry, self.after = archive, own, entry, after
        self.last_row = 0
        self.named: set[int] = set()

    def labels(self, context: ImportContext) -> Iterator[Row]:
        """Each row with its image. Raises RowRefused where the file cannot be read."""
        with tempfile.TemporaryFile() as plain:
            # Readers go back to the beginning, which a packed file does not let them.
            for _block in unpack(self.archive, self.entry, plain):
                yield Working(self.after)
            plain.seek(0)
            # From the first row on: later ones are told by how many came before them.
            for row in _read_of(self.entry, plain)(plain, context, 0):
                self.last_row = row.row or self.last_row
                found = self._image(row) if isinstance(row, ItemRecord) else None
                self.named.update([found.number] if found else [])
                if self.last_row <= self.after:
                    yield Working(self.after)
                elif isinstance(row, Problem):
                    yield row.at(entry=self.entry.info.orig_filename)
                elif found and isinstance(row, ItemRecord):
                    yield self._given(row, found)
                else:
                    yield row

    def _image(self, record: ItemRecord) -> Entry | None:
        names = (*record.aliases, self.own.file_of(record.external_id), record.external_id)
        return next((found for name in names if name and (found := self.archive.image(name))), None)

    def _given(self, record: ItemRecord, found: Entry) -> ItemRecord:
        own = self.own.of(found.path)
        return replace(
            record,
            external_id=own.item if own else record.external_id,
            entry=found.info.orig_filename,
            load=self.archive.loader(found),
            content=Content.GIVEN,
            aliases=(),
        )


def _read_of(entry: Entry, plain: BinaryIO) -> Read:
    """How the file of labels is read. Raises RowRefused for one that nothing here reads."""
    if entry.path == "labels.json":
        is_tasks = array_format(plain) == "label-studio"
        plain.seek(0)
        return label_studio_reading.reader.read if is_tasks else table_items.read_json
    if entry.path not in READS:
        raise RowRefused(NO_LABELS)
    return READS[entry.path]


reader = Reader(
    marked("Labels with images"),
    ("image",),
    read_items,
    measure=count,
    counts_rows=True,
    has_images=True,
)
