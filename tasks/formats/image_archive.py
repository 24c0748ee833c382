"""A ZIP with images, and how they are found by the names that labels have for them.

Names wait in a temporary SQLite file, and nothing is ever extracted to a path: bytes are read only
when they are asked for.
"""

import contextlib
import functools
import io
import sqlite3
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from types import TracebackType
from typing import IO, Any, BinaryIO, NamedTuple

from labelops.hints import Hint
from tasks.formats.items import ItemRecord
from tasks.formats.problems import Problem, RowRefused, visible
from tasks.formats.safe_names import IMAGE_SUFFIX
from tasks.formats.zip_directory import files, open_zip, path_problem

MAX_FILE = 50 * 1024**2
BLOCK = 8 * 1024**2
# Packed very tightly, a small ZIP could fill the disk.
MOST_BYTES = 4 * 1024**3
# What everybody's tools make. The decoders of bzip2 and LZMA take as much memory as a header asks
# for, and fail in ways of their own.
METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
UNSUPPORTED = Problem(
    "unsupported_compression",
    "The entry is packed in a way that is not supported.",
    hint=Hint("Make the ZIP with the usual method (deflate)."),
)
# Where the images of a dataset lie, beside the labels or below the root.
IMAGE_FOLDERS = ("images", "JPEGImages")
TABLE = """
CREATE TABLE file (
    folded TEXT PRIMARY KEY, number INTEGER, is_good INTEGER, base TEXT, image TEXT, stem TEXT
) WITHOUT ROWID
"""

# At most two, which is enough to know that a name is not clear.
LOOK_UPS = {
    "folded": "SELECT number FROM file WHERE is_good AND folded = ? LIMIT 2",
    "base": "SELECT number FROM file WHERE is_good AND base = ? LIMIT 2",
    "image": "SELECT number FROM file WHERE is_good AND image = ? LIMIT 2",
    "stem": "SELECT number FROM file WHERE is_good AND stem = ? LIMIT 2",
}


class Entry(NamedTuple):
    """A file of an archive: its place from 1, and its path with composed accents."""

    number: int
    path: str
    info: zipfile.ZipInfo

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def is_image(self) -> bool:
        return bool(IMAGE_SUFFIX.search(self.path))


class ImageArchive:
    """The files of a ZIP, and the images among them by name. Raises FileRefused.

    When the block ends the names are forgotten; images can still be loaded, as long as the stream
    is open, which is the caller's.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.archive = open_zip(stream)
        self.infos = self.archive.infolist()
        # An empty name is a temporary database on disk that SQLite deletes itself.
        self.names = sqlite3.connect("")
        self.names.execute("PRAGMA journal_mode = OFF")
        self.names.execute(TABLE)
        # By their place: files whose path an earlier one has already.
        self.twins: dict[int, zipfile.ZipInfo] = {}
        # Places of files that cannot be taken; why is told when they are asked for.
        self.bad: set[int] = set()
        self.file_count = 0
        for number, info in files(self.archive):
            self._remember(entry_of(number, info))
        for column in ("base", "image", "stem"):
            self.names.execute(f"CREATE INDEX {column} ON file ({column})")

    def __enter__(self) -> "ImageArchive":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.names.close()

    def entries(self, after: int = 0) -> Iterator[tuple[Entry, Problem | None]]:
        """The files after that place, each with what forbids to take it."""
        for number, info in files(self.archive):
            if number > after:
                problem = path_problem(info) if number in self.bad else self._duplicate(number)
                place = {"row": number, "entry": info.orig_filename}
                yield entry_of(number, info), problem.at(**place) if problem else None

    def unnamed(
        self, named: Collection[int], *, row_count: int, after: int
    ) -> Iterator[ItemRecord | Problem]:
        """The images, by place, that no file of labels named.

        Their rows follow the `row_count` of the labels; those up to row `after` are passed over.
        """
        for entry, problem in self.entries(max(after - row_count, 0)):
            number = row_count + entry.number
            if problem:
                yield problem.at(row=number)
            elif entry.is_image and entry.number not in named:
                name, load = entry.info.orig_filename, self.loader(entry)
                yield ItemRecord(number, entry.path, entry=name, load=load)

    def at(self, path: str) -> Entry | None:
        """The good file of exactly this path, whatever its case."""
        return self._first("folded", path.casefold())

    def image(self, name: str, near: str = "") -> Entry | None:
        """The image that a file of labels in the folder `near` calls by a name.

        Looked for by its path, then beside the labels and in the usual folders, then by the last
        part of its path, if only one image is called like that. A name may lack its suffix.
        """
        plain = unicodedata.normalize("NFC", name).replace("\\", "/").removeprefix("./").casefold()
        for folder in _folders(near):
            path = f"{folder}{plain}"
            found = self._first("folded", path) or self._only("stem", path)
            if found:
                return found
        return self.only_image(plain.rpartition("/")[2])

    def only_image(self, name: str) -> Entry | None:
        """The image whose path ends in this name, if there is only one."""
        return self._only("image", name.casefold())

    def has_name(self, name: str) -> bool:
        """Whether a file of this name lies anywhere in the archive."""
        return self._first("base", name.casefold()) is not None

    def with_stem(self, path: str) -> Entry | None:
        """An image of this path but for the suffix.

        >>> import io
        >>> stream = io.BytesIO()
        >>> with zipfile.ZipFile(stream, "w") as archive:
        ...     archive.writestr("images/a.JPG", b"")
        >>> with ImageArchive(stream) as archive:
        ...     archive.with_stem("images/a").path, archive.image("a.jpg").path
        ('images/a.JPG', 'images/a.JPG')
        """
        return self._first("stem", path.casefold())

    def loader(self, entry: Entry) -> Callable[[], bytes]:
        """Reads the bytes of an image; raises RowRefused for one that is damaged or too large."""
        return functools.partial(read_entry, self.archive, entry, MAX_FILE)

    def read(self, entry: Entry, limit: int) -> bytes:
        """The bytes of a file, at most that many (of whole MB). Raises RowRefused."""
        return read_entry(self.archive, entry, limit)

    def open(self, entry: Entry) -> BinaryIO:
        """The bytes of a file of any size, as a stream whose reading raises RowRefused."""
        return io.BufferedReader(EntryStream(self.archive, entry))

    def _remember(self, entry: Entry) -> None:
        folded, self.file_count = entry.path.casefold(), self.file_count + 1
        base = folded.rpartition("/")[2]
        image, stem = (base, folded.rpartition(".")[0]) if entry.is_image else (None, None)
        is_good = path_problem(entry.info) is None
        if not is_good:
            self.bad.add(entry.number)
        row = (folded, entry.number, is_good, base, image, stem)
        statement = "INSERT OR IGNORE INTO file VALUES (?, ?, ?, ?, ?, ?)"
        if not self.names.execute(statement, row).rowcount:
            query = "SELECT number FROM file WHERE folded = ?"
            [number] = self.names.execute(query, (folded,)).fetchone()
            self.twins[entry.number] = self.infos[number - 1]

    def _duplicate(self, number: int) -> Problem | None:
        if number not in self.twins:
            return None
        return Problem(
            "duplicate_entry",
            "The path equals that of “{twin}”, at least where upper and lower case do not differ.",
            params={"twin": visible(self.twins[number].orig_filename)},
        )

    def _first(self, column: str, value: str) -> Entry | None:
        return next(iter(self._found(column, value)), None)

    def _only(self, column: str, value: str) -> Entry | None:
        found = self._found(column, value)
        return found[0] if len(found) == 1 else None

    def _found(self, column: str, value: str) -> list[Entry]:
        rows = self.names.execute(LOOK_UPS[column], (value,))
        return [entry_of(number, self.infos[number - 1]) for (number,) in rows]


class EntryStream(io.RawIOBase):
    """A file of an archive as a stream; what is damaged is named by its place."""

    def __init__(self, archive: zipfile.ZipFile, entry: Entry) -> None:
        self.entry = entry
        with _naming_damage(entry):
            self.source: IO[bytes] = archive.open(entry.info)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with _naming_damage(self.entry):
            block = self.source.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        super().close()
        self.source.close()


def entry_of(number: int, info: zipfile.ZipInfo) -> Entry:
    """An entry by its place in the archive, with the name that it has for people."""
    return Entry(number, unicodedata.normalize("NFC", info.orig_filename), info)


def _folders(near: str) -> list[str]:
    """The folders to look into, each with its slash.

    >>> _folders("voc/Annotations")[:4]
    ['', 'voc/annotations/', 'voc/annotations/images/', 'voc/annotations/jpegimages/']
    """
    here = near.casefold()
    bases = [here, here.rpartition("/")[0], ""]
    folders = ["", f"{here}/"]
    for base in bases:
        folders += [f"{base}/{name.casefold()}/".removeprefix("/") for name in IMAGE_FOLDERS]
    return list(dict.fromkeys(folder.removeprefix("/") for folder in folders))


def read_entry(archive: zipfile.ZipFile, entry: Entry, limit: int) -> bytes:
    """The bytes of an entry, counted as they come; sizes in headers are not believed.

    Raises RowRefused, which names the entry.
    """
    with _naming_damage(entry), archive.open(entry.info) as stream:
        content = stream.read(limit + 1)
    if len(content) <= limit:
        return content
    problem = Problem(
        "file_too_large", "The file is larger than {limit} MB.", params={"limit": limit // 2**20}
    )
    raise RowRefused(problem.at(row=entry.number, entry=entry.info.orig_filename))


def unpack(archive: ImageArchive, entry: Entry, plain: BinaryIO) -> Iterator[None]:
    """Write a file of any size out, block by block. Raises RowRefused."""
    size = 0
    with contextlib.closing(archive.open(entry)) as packed:
        while block := packed.read(BLOCK):
            size += len(block)
            if size > MOST_BYTES:
                problem = Problem(
                    "file_too_large",
                    "The file is larger than {limit} MB.",
                    params={"limit": MOST_BYTES // 2**20},
                )
                raise RowRefused(problem)
            plain.write(block)
            yield


@contextlib.contextmanager
def _naming_damage(entry: Entry) -> Iterator[None]:
    if entry.info.compress_type not in METHODS:
        raise RowRefused(UNSUPPORTED.at(row=entry.number, entry=entry.info.orig_filename))
    try:
        yield
    except zipfile.BadZipFile as error:
        code = "bad_crc" if "CRC" in str(error) else "bad_entry"
        problem = Problem(code, "The entry is damaged: its content does not fit its checksum.")
    except (zlib.error, struct.error, EOFError, OSError, ValueError):
        problem = Problem("bad_entry", "The entry is damaged and cannot be unpacked.")
    except (NotImplementedError, RuntimeError):
        problem = UNSUPPORTED
    else:
        return
    raise RowRefused(problem.at(row=entry.number, entry=entry.info.orig_filename))
