"""The rows that an import left out, as they stand in its file, and why: to mend and send again."""

import csv
import io
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO, Any, BinaryIO, Protocol

from labelops.spreadsheets import cell
from tasks.formats import csv_rows, jsonl
from tasks.formats.image_archive import MAX_FILE, entry_of, read_entry
from tasks.formats.items import ImportContext, ItemRecord, Reader
from tasks.formats.json_elements import elements
from tasks.formats.problems import FileRefused, RowRefused
from tasks.formats.zip_directory import files, open_zip, path_problem

REASONS, FOLDER = "reasons.csv", "rejected"
COLUMNS = ("row", "rejected_row", "entry", "field", "code", "message", "value", "hint")
# What the copied rows may come to, unpacked.
MOST_BYTES = 1024**3
BLOCK = 1024**2
Reason = dict[str, Any]


@dataclass
class Rejected:
    """What the archive holds; `is_cut` says that more was left out than it has room for."""

    reason_count: int = 0
    row_count: int = 0
    byte_count: int = 0
    is_cut: bool = False

    def takes(self, piece: bytes) -> bool:
        """Whether there is room for one more row, which is then counted."""
        if self.is_cut or self.byte_count + len(piece) > MOST_BYTES:
            self.is_cut = True
            return False
        self.row_count += 1
        self.byte_count += len(piece)
        return True


class Copy(Protocol):
    """Copies rows; asked for them in the order of the file."""

    def place_of(self, row: int) -> int | str | None:
        """Copy the row; gives where it is now, None where it cannot be copied."""

    def end(self) -> None: ...


@dataclass(frozen=True)
class Originals:
    """The rows of a file as they stand in it, and what goes around them."""

    extension: str
    rows: Iterator[tuple[int, bytes]]
    head: bytes = b""
    between: bytes = b""
    tail: bytes = b""
    # Whether a place is a line, or else the number of a row.
    counts_lines: bool = True


def originals(
    format_name: str, reader: Reader, stream: BinaryIO, context: ImportContext
) -> Originals:
    """Of formats without rows to cut out, only the ids are copied."""
    stream.seek(0)
    if format_name == "csv":
        rows = csv_rows.raw_rows(stream)
        return Originals("csv", rows, next(rows, (0, b""))[1])
    if format_name == "jsonl":
        return Originals("jsonl", jsonl.raw_rows(stream))
    if format_name == "json":
        rows = ((number, found.source) for number, found in enumerate(elements(stream), start=1))
        return Originals("json", rows, b"[\n", b",\n", b"\n]\n", counts_lines=False)
    return Originals("csv", _ids(reader, stream, context), b"row,external_id\n")


def _ids(reader: Reader, stream: BinaryIO, context: ImportContext) -> Iterator[tuple[int, bytes]]:
    for entry in reader.read(stream, context, 0):
        if isinstance(entry, ItemRecord):
            line = io.StringIO()
            csv.writer(line, lineterminator="\n").writerow([entry.row, cell(entry.external_id)])
            yield entry.row, line.getvalue().encode()


@dataclass
class RowCopy:
    """Copies rows of a table into one member of the archive, which is made with the first."""

    archive: zipfile.ZipFile
    originals: Originals
    rejected: Rejected
    alive: Callable[[], None]
    member: IO[bytes] | None = None
    place: int = 1
    row: int = 0
    piece: bytes = b""
    # Where the row that was asked for last went.
    placed: tuple[int, int | None] = (0, None)

    def place_of(self, row: int) -> int | None:
        if self.placed[0] != row:
            self.placed = (row, self._copied(row))
        return self.placed[1]

    def _copied(self, row: int) -> int | None:
        while self.row < row:
            self.alive()
            try:
                self.row, self.piece = next(self.originals.rows)
            except (StopIteration, FileRefused):
                # The file breaks off here, as it did for the import.
                return None
        if self.row != row or not self.rejected.takes(self.piece):
            return None
        if self.member is None:
            name = f"{FOLDER}.{self.originals.extension}"
            self.member = _member(self.archive, name)
            head_count = self._write(self.originals.head)
            self.place += head_count if self.originals.counts_lines else 0
        else:
            self.member.write(self.originals.between)
        place = self.place
        line_count = self._write(self.piece)
        self.place += line_count if self.originals.counts_lines else 1
        return place

    def _write(self, piece: bytes) -> int:
        """Lines are written whole; gives their number."""
        if self.originals.counts_lines and piece and not piece.endswith((b"\n", b"\r")):
            piece += b"\n"
        self.member.write(piece)
        return len(piece.splitlines())

    def end(self) -> None:
        if self.member is not None:
            self.member.write(self.originals.tail)
            self.member.close()


@dataclass
class EntryCopy:
    """Copies the entries of a ZIP; damaged ones and those with a password stay behind."""

    archive: zipfile.ZipFile
    stream: BinaryIO
    rejected: Rejected
    alive: Callable[[], None]
    taken: set[str] = field(default_factory=set)
    placed: tuple[int, str | None] = (0, None)

    def __post_init__(self) -> None:
        self.source = open_zip(self.stream)
        self.entries = files(self.source)

    def place_of(self, row: int) -> str | None:
        if self.placed[0] != row:
            self.placed = (row, self._copied(row))
        return self.placed[1]

    def _copied(self, row: int) -> str | None:
        self.alive()
        numbered = ((number, entry) for number, entry in self.entries if number >= row)
        number, entry = next(numbered, (0, None))
        if entry is None or number != row:
            return None
        try:
            content = read_entry(self.source, entry_of(number, entry), MAX_FILE)
        except RowRefused:
            return None
        if not self.rejected.takes(content):
            return None
        name = self._name(entry, row)
        self.archive.writestr(zipfile.ZipInfo(name), content)
        return name

    def _name(self, entry: zipfile.ZipInfo, row: int) -> str:
        """The path that the entry has, or a plain one where that path is the problem."""
        name = f"{FOLDER}/{entry.orig_filename}"
        if path_problem(entry) or name.casefold() in self.taken:
            suffix = PurePosixPath(entry.orig_filename).suffix
            is_plain = suffix.isascii() and suffix[1:].isalnum()
            name = f"{FOLDER}/row-{row}{suffix if is_plain else ''}"
        self.taken.add(name.casefold())
        return name

    def end(self) -> None:
        """Nothing is open: each entry was written whole."""


def write_rejected(
    target: BinaryIO,
    reasons: Iterable[Reason],
    *,
    format_name: str,
    reader: Reader,
    stream: BinaryIO,
    context: ImportContext,
    alive: Callable[[], None] = lambda: None,
) -> Rejected:
    """Write a ZIP of the rows that `reasons` name and of the reasons themselves.

    The reasons come in the order of the file, and memory grows with neither. `alive` is called
    between rows, however long the good ones between the bad ones are.
    """
    rejected = Rejected()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive, _spool() as spool:
        copy: Copy
        if format_name == "zip":
            copy = EntryCopy(archive, stream, rejected, alive)
        else:
            found = originals(format_name, reader, stream, context)
            copy = RowCopy(archive, found, rejected, alive)
        _write_reasons(spool, reasons, copy, rejected)
        copy.end()
        _add_member(archive, REASONS, spool)
    return rejected


def _spool() -> Any:
    return tempfile.SpooledTemporaryFile(max_size=BLOCK)


def _write_reasons(
    spool: BinaryIO, reasons: Iterable[Reason], copy: Copy, rejected: Rejected
) -> None:
    text = io.TextIOWrapper(spool, encoding="utf-8", newline="")
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(COLUMNS)
    for reason in reasons:
        row = reason.get("row")
        place = None if row is None else copy.place_of(row)
        known = reason | {"rejected_row": place}
        lines.writerow([cell(known.get(name)) for name in COLUMNS])
        rejected.reason_count += 1
    text.detach()


def _member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return archive.open(entry, "w", force_zip64=True)


def _add_member(archive: zipfile.ZipFile, name: str, source: BinaryIO) -> None:
    source.seek(0)
    with _member(archive, name) as member:
        while block := source.read(BLOCK):
            member.write(block)
