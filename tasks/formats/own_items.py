"""The way back from our own archives: which item each file is about."""

import contextlib
import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from labelops.strict_json import StrictJSONError, loads
from tasks.formats.dataset_archive import ITEMS, SPLITS
from tasks.formats.image_archive import ImageArchive
from tasks.formats.problems import FileRefused, Problem, ending_the_file

MAX_LINE = 64 * 1024
# How tools call the parts of a dataset.
SPLIT_WORDS = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}
KEYS = ("file", "item", "image", "split")


class OwnItem(NamedTuple):
    """What our own archive says of a file: its item, and how the image is called beside it."""

    item: str
    image: str
    split: str

    @property
    def data(self) -> dict[str, str]:
        """What the item has besides its image: the split that it is in, if it is in one.

        >>> OwnItem("a", "a.jpg", "val").data, OwnItem("a", "a.jpg", "all").data
        ({'split': 'val'}, {})
        """
        return {"split": self.split} if self.split in SPLITS else {}


class OwnItems:
    """`items.jsonl` of an archive, if it has one; its lines wait on disk, not in memory."""

    def __init__(self, archive: ImageArchive) -> None:
        self.lines = sqlite3.connect("")
        self.lines.execute("PRAGMA journal_mode = OFF")
        self.lines.execute(
            "CREATE TABLE line (file TEXT PRIMARY KEY, item, image, split) WITHOUT ROWID"
        )
        self.lines.execute("CREATE INDEX item ON line (item)")
        self.lines.executemany("INSERT OR IGNORE INTO line VALUES (?, ?, ?, ?)", _lines(archive))

    def close(self) -> None:
        self.lines.close()

    def of(self, file: str) -> OwnItem | None:
        """The item of a file of labels."""
        query = "SELECT item, image, split FROM line WHERE file = ?"
        row = self.lines.execute(query, (file,)).fetchone()
        return OwnItem(*row) if row else None

    def file_of(self, item: str) -> str | None:
        """A file that is about the item."""
        query = "SELECT file FROM line WHERE item = ? LIMIT 1"
        row = self.lines.execute(query, (item,)).fetchone()
        return row[0] if row else None


def _lines(archive: ImageArchive) -> Iterator[tuple[str, ...]]:
    entry = archive.at(ITEMS)
    if entry is None:
        return
    with ending_the_file(), contextlib.closing(archive.open(entry)) as lines:
        number = 0
        while line := lines.readline(MAX_LINE):
            number += 1
            if line.strip():
                yield _line(line, number)


def _line(line: bytes, number: int) -> tuple[str, ...]:
    """
    >>> _line(b'{"item": "a", "file": "a.txt", "image": "a.jpg", "split": "all"}', 1)
    ('a.txt', 'a', 'a.jpg', 'all')
    """
    try:
        value = loads(line)
    except StrictJSONError:
        value = None
    if not isinstance(value, dict) or not all(isinstance(value.get(key), str) for key in KEYS):
        raise FileRefused(
            Problem(
                "bad_items_list",
                "Line {line} of {file} does not say which item a file is about.",
                entry=ITEMS,
                params={"line": number, "file": ITEMS},
            )
        )
    return tuple(value[key] for key in KEYS)
