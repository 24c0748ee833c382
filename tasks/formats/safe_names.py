"""File names for items: they never lead out of an archive, and no two are the same anywhere."""

import hashlib
import itertools
import re
import sqlite3
import unicodedata
from collections.abc import Iterator
from types import TracebackType

# Disks take 255 bytes: 60 letters of four bytes leave room for a hash and a suffix.
LONGEST = 60
SHORTEST_HASH, LONGEST_HASH, HASH_STEP = 8, 16, 4
IMAGE_SUFFIX = re.compile(r"\.(jpe?g|png|webp|gif|bmp|tiff?)$", re.IGNORECASE)
# Names that Windows keeps for devices, with any suffix.
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


class SafeNames:
    """Gives each item a name of its own; the names given so far wait on disk, not in memory.

    Names that differ only in case, or in how accents are composed, are the same on some disks:
    the second gets a piece of the hash of its id.

    >>> with SafeNames() as names:
    ...     [names.take("cats/Tom.jpg"), names.take("cats_tom.png")]
    ['cats_Tom', 'cats_tom-869c8cf8']
    """

    def __init__(self) -> None:
        # An empty name is a temporary database on disk that SQLite deletes itself.
        self.taken = sqlite3.connect("")
        self.taken.execute("PRAGMA journal_mode = OFF")
        self.taken.execute("CREATE TABLE name (folded TEXT PRIMARY KEY) WITHOUT ROWID")
        self.taken.execute("CREATE TABLE item (id TEXT PRIMARY KEY, name TEXT) WITHOUT ROWID")

    def __enter__(self) -> "SafeNames":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.taken.close()

    def take(self, external_id: str) -> str:
        """The name of an item, without a suffix; each item asks once."""
        stem = stem_of(external_id)
        if self._is_new(stem):
            return stem
        digest = hashlib.sha256(external_id.encode()).hexdigest()
        return next(name for name in _longer(stem, digest) if self._is_new(name))

    def give(self, external_id: str) -> tuple[str, bool]:
        """The name of an item that may ask more than once, and whether it is the first time.

        >>> with SafeNames() as names:
        ...     [names.give("a.jpg"), names.give("a.jpg")]
        [('a', True), ('a', False)]
        """
        statement = "SELECT name FROM item WHERE id = ?"
        if known := self.taken.execute(statement, (external_id,)).fetchone():
            return known[0], False
        name = self.take(external_id)
        self.taken.execute("INSERT INTO item VALUES (?, ?)", (external_id, name))
        return name, True

    def _is_new(self, name: str) -> bool:
        folded = unicodedata.normalize("NFC", name.casefold())
        statement = "INSERT OR IGNORE INTO name VALUES (?)"
        return self.taken.execute(statement, (folded,)).rowcount == 1


def _longer(stem: str, digest: str) -> Iterator[str]:
    """Names that are less and less likely to be taken, and never end: ids may lay traps."""
    for length in range(SHORTEST_HASH, LONGEST_HASH + 1, HASH_STEP):
        yield f"{stem}-{digest[:length]}"
    yield from (f"{stem}-{number}" for number in itertools.count(2))


def stem_of(external_id: str) -> str:
    """The id as a file name without suffix: letters, digits, `-`, `.` and `_` only.

    >>> stem_of("train/cat 1.jpg"), stem_of("../../etc/passwd"), stem_of("NUL.png"), stem_of("😀")
    ('train_cat_1', 'etc_passwd', '_NUL', 'item')
    >>> stem_of("cat.jpg."), stem_of("cat.jpg")
    ('cat_jpg', 'cat')
    """
    text = unicodedata.normalize("NFC", IMAGE_SUFFIX.sub("", external_id))
    safe = "".join(char if _is_safe(char) else "_" for char in text)
    # Neither hidden nor a parent folder, and without what Windows takes off at the end.
    stem = re.sub(r"\.{2,}", ".", safe).strip("._")[:LONGEST].rstrip("._") or "item"
    if not suffix_of(external_id):
        # What looks like a suffix now is none: “a.jpg.” must not become the image of “a.jpg”.
        stem = IMAGE_SUFFIX.sub(r"_\1", stem)
    return f"_{stem}" if RESERVED.fullmatch(stem) else stem


def suffix_of(external_id: str) -> str:
    """The suffix by which an image goes, in small letters; none for anything else.

    >>> suffix_of("cats/Tom.JPG"), suffix_of("v1.2")
    ('.jpg', '')
    """
    found = IMAGE_SUFFIX.search(external_id)
    return found[0].lower() if found else ""


def _is_safe(char: str) -> bool:
    return char.isalnum() or char in "-._" or unicodedata.category(char).startswith("M")
