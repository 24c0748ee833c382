"""The ZIP of a dataset of images: a file for each item, lists of them, and who is who."""

import contextlib
import json
from collections import Counter
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO

from tasks.formats.records import ExportRecord
from tasks.formats.safe_names import SafeNames, suffix_of
from tasks.formats.zip_writing import Spool, ZipWriter, spool

SPLITS = ("train", "val", "test")
NO_SPLIT = "all"
ITEMS = "items.jsonl"


@dataclass(frozen=True)
class Place:
    """Where an item stands in a dataset: its split, its name, and the name of its image."""

    split: str
    name: str
    image: str


class DatasetArchive:
    """A ZIP with `items.jsonl`, which leads from each file back to the id of its item.

    The images are in it if the records open them; else they have to be called like that beside it.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.resources = contextlib.ExitStack()
        self.archive = self.resources.enter_context(ZipWriter(stream))
        self.names = self.resources.enter_context(SafeNames())
        self.lists: dict[str, Spool] = {}

    def __enter__(self) -> "DatasetArchive":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._add_lists()
        self.resources.__exit__(kind, error, trace)

    def place(self, record: ExportRecord) -> Place:
        """The place of an item: in its own split, if its data name one of those that are usual."""
        name = self.names.take(record.item)
        return Place(_split_of(record), name, name + suffix_of(record.item))

    def add(self, name: str, content: str) -> None:
        """A file of the archive."""
        self.archive.add(name, content.encode())

    def add_item(self, name: str, content: str, record: ExportRecord, place: Place) -> None:
        """The file of an item, and the line that leads back to it."""
        self.add(name, content)
        self.add_way_back(record, file=name, image=place.image)

    def add_way_back(self, record: ExportRecord, *, file: str, image: str) -> None:
        """The line that leads from a file back to its item."""
        line = {"item": record.item, "file": file, "image": image, "split": _split_of(record)}
        self.add_line(ITEMS, json.dumps(line, ensure_ascii=False))

    def add_image(self, name: str, record: ExportRecord, left_out: Counter[str]) -> None:
        """The image of an item where the export holds images; one that is gone is counted."""
        if record.open_image is None:
            return
        try:
            image = record.open_image()
        except FileNotFoundError:
            left_out["missing_images"] += 1
            return
        with image:
            self.store_file(name, image)

    def store_file(self, name: str, source: BinaryIO) -> None:
        """A file of any size, as it is."""
        self.archive.store_file(name, source)

    def add_line(self, name: str, line: str) -> None:
        """A line of a list, which becomes a file when the archive ends."""
        if name not in self.lists:
            self.lists[name] = self.resources.enter_context(spool())
        self.lists[name].write(f"{line}\n".encode())

    @property
    def list_names(self) -> list[str]:
        return sorted(self.lists)

    def _add_lists(self) -> None:
        for name in self.list_names:
            lines = self.lists[name]
            lines.seek(0)
            self.archive.add_file(name, lines)


def _split_of(record: ExportRecord) -> str:
    given = record.data.get("split")
    return given if given in SPLITS else NO_SPLIT
