"""The directory of a ZIP, read and judged before Python's reader takes it into memory."""

import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from labelops.hints import Hint
from tasks.formats.problems import FileRefused, Problem
from tasks.formats.records import MAX_ID

MAX_ENTRIES = 100_000
MAX_TOTAL = 50 * 1024**3
MAX_RATIO = 100
SMALL_TOTAL = 10 * 1024**2
END, END64, LOCATOR64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
CENTRAL, ENTRY = b"PK\x01\x02", b"PK\x03\x04"
END_SIZE, CENTRAL_SIZE, LOCAL_SIZE = 22, 46, 30
LONGEST_COMMENT = 65_535
FULL16, FULL32 = 0xFFFF, 0xFFFFFFFF
DRIVE = re.compile(r"[A-Za-z]:")
IGNORED = {"thumbs.db", "desktop.ini"}
UNREADABLE = Problem(
    "zip_unreadable",
    "The ZIP is damaged or incomplete.",
    hint=Hint("Make the archive again, and check that the upload was complete."),
)


def is_zip(stream: BinaryIO) -> bool:
    """Whether a file begins like a ZIP; it stands at its beginning afterwards.

    >>> import io
    >>> is_zip(io.BytesIO(b"PK")), is_zip(io.BytesIO(ENTRY))
    (False, True)
    """
    stream.seek(0)
    head = stream.read(4)
    stream.seek(0)
    return head in (ENTRY, END)


def open_zip(stream: BinaryIO) -> zipfile.ZipFile:
    """The archive, with bounded directory and sizes. Raises FileRefused."""
    _check_entry_count(stream)
    stream.seek(0)
    try:
        archive = zipfile.ZipFile(stream)
    except (
        zipfile.BadZipFile,
        ValueError,
        OSError,
        struct.error,
        NotImplementedError,
    ) as error:
        raise FileRefused(UNREADABLE) from error
    _check_sizes(archive, stream)
    _check_office(archive)
    return archive


def _check_entry_count(stream: BinaryIO) -> None:
    """Walk the directory itself: the count that its end record claims may lie."""
    for _entry in named_places(stream):
        pass


def named_places(stream: BinaryIO) -> Iterator[tuple[str, int]]:
    """The names in the directory and where their entries begin, one after the other.

    Nothing is kept of them, for who only wants to look. Raises FileRefused.
    """
    offset, size, shift = _directory_place(stream)
    # Names and extra fields of honest entries are short; this bounds the walk as well.
    end, count = offset + size, 0
    while offset + CENTRAL_SIZE <= end:
        stream.seek(offset)
        head = stream.read(CENTRAL_SIZE)
        if len(head) < CENTRAL_SIZE or not head.startswith(CENTRAL):
            raise FileRefused(UNREADABLE)
        count += 1
        if count > MAX_ENTRIES:
            raise FileRefused(
                Problem(
                    "too_many_entries",
                    "The ZIP has more than {limit} entries.",
                    hint=Hint("Send it in several archives."),
                    params={"limit": MAX_ENTRIES},
                )
            )
        lengths = struct.unpack("<3H", head[28:34])
        name, extra = stream.read(lengths[0]), stream.read(lengths[1])
        yield name.decode("utf-8", "replace"), _place(head, extra) + shift
        offset += CENTRAL_SIZE + sum(lengths)


def _place(head: bytes, extra: bytes) -> int:
    """Where an entry begins; in the extra field of ZIP64, behind the sizes that are there, too."""
    packed, size, place = struct.unpack("<2L14xL", head[20:46])
    if place == FULL32 and extra.startswith(b"\x01\x00"):
        behind = 4 + 8 * [packed, size].count(FULL32)
        if len(extra) >= behind + 8:
            place = struct.unpack("<Q", extra[behind : behind + 8])[0]
    return int(place)


def head_of(stream: BinaryIO, place: int, size: int) -> bytes:
    """How the entry that begins there begins, as far as it can be unpacked."""
    stream.seek(place)
    head = stream.read(LOCAL_SIZE)
    if len(head) < LOCAL_SIZE or not head.startswith(ENTRY):
        return b""
    method, (name_length, extra_length) = head[8], struct.unpack("<2H", head[26:30])
    stream.seek(name_length + extra_length, 1)
    content = stream.read(size)
    if method != zipfile.ZIP_DEFLATED:
        return content
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(content, size)
    except zlib.error:
        return b""


def _directory_place(stream: BinaryIO) -> tuple[int, int, int]:
    """Offset and size of the central directory, as the end records give them, and the shift."""
    length = stream.seek(0, 2)
    tail_start = max(0, length - END_SIZE - LONGEST_COMMENT)
    stream.seek(tail_start)
    tail = stream.read()
    place = tail.rfind(END)
    if place < 0 or len(tail) - place < END_SIZE:
        raise FileRefused(UNREADABLE)
    size, offset = struct.unpack("<2L", tail[place + 12 : place + 20])
    record_start = tail_start + place
    if FULL32 in (size, offset) or tail[place + 8 : place + 10] == b"\xff\xff":
        size, offset, record_start = _directory_place64(stream, record_start)
    # Bytes before the archive (a self-extracting stub) shift every offset alike.
    shift = record_start - size - offset
    if shift < 0 or size < 0:
        raise FileRefused(UNREADABLE)
    return offset + shift, size, shift


def _directory_place64(stream: BinaryIO, end_start: int) -> tuple[int, int, int]:
    locator_start = end_start - 20
    if locator_start >= 0:
        stream.seek(locator_start)
        locator = stream.read(20)
        if locator.startswith(LOCATOR64):
            record_start = struct.unpack("<Q", locator[8:16])[0]
            if record_start < locator_start:
                stream.seek(record_start)
                record = stream.read(56)
                if record.startswith(END64) and len(record) == 56:
                    size, offset = struct.unpack("<2Q", record[40:56])
                    return size, offset, record_start
    raise FileRefused(UNREADABLE)


def _check_sizes(archive: zipfile.ZipFile, stream: BinaryIO) -> None:
    entries = archive.infolist()
    total = sum(entry.file_size for entry in entries)
    length = stream.seek(0, 2)
    if total > MAX_TOTAL or (total > SMALL_TOTAL and total > MAX_RATIO * length):
        raise FileRefused(
            Problem(
                "archive_too_large",
                "Unpacked, the ZIP would hold {total} MB from {packed} MB.",
                hint=Hint("At most {ratio} times its size is accepted.", ratio=MAX_RATIO),
                params={"total": total // 2**20, "packed": round(length / 2**20, 1)},
            )
        )
    previous_end, previous_name = 0, ""
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < previous_end:
            raise FileRefused(
                Problem(
                    "overlapping_entries",
                    "Two entries of the ZIP share the same bytes: “{first}” and “{second}”.",
                    entry=entry.filename,
                    params={"first": previous_name[:80], "second": entry.filename[:80]},
                )
            )
        previous_end = entry.header_offset + LOCAL_SIZE + entry.compress_size
        previous_name = entry.filename


def _check_office(archive: zipfile.ZipFile) -> None:
    if "[Content_Types].xml" in archive.namelist()[:50]:
        raise FileRefused(
            Problem(
                "office_file",
                "This is an Office document, not an archive of images.",
                hint=Hint("Save the sheet as CSV (“CSV UTF-8”) and send that."),
            )
        )


def files(archive: zipfile.ZipFile) -> Iterator[tuple[int, zipfile.ZipInfo]]:
    """The entries that count, with their place in the archive from 1.

    Folders and what systems leave behind (`__MACOSX`, dot files) do not count.
    """
    for number, entry in enumerate(archive.infolist(), start=1):
        # Python's own name ends at a null character, and may be empty.
        if not (entry.orig_filename.endswith("/") or is_clutter(entry.orig_filename)):
            yield number, entry


def is_clutter(name: str) -> bool:
    """Whether a path is that of a file which a system has left behind.

    >>> is_clutter("__MACOSX/a/._1.png"), is_clutter("a/Thumbs.db"), is_clutter("a/1.png")
    (True, True, False)
    """
    parts = name.replace("\\", "/").rstrip("/").split("/")
    is_hidden = parts[-1].startswith(".") and bool(parts[-1].strip("."))
    return parts[-1].casefold() in IGNORED or is_hidden or parts[0] == "__MACOSX"


def path_problem(entry: zipfile.ZipInfo) -> Problem | None:
    """Why the entry cannot be taken, judged by its name and attributes alone.

    >>> path_problem(zipfile.ZipInfo("../../etc/passwd")).code
    'bad_path'
    """
    name = entry.orig_filename
    mode = stat.S_IFMT(entry.external_attr >> 16)
    if mode not in (0, stat.S_IFREG):
        return Problem("link_not_allowed", "The entry is a link or a device, not a file.")
    if entry.flag_bits & 0x1:
        return Problem(
            "encrypted_entry", "The entry is encrypted.", hint=Hint("Remove the password.")
        )
    parts = name.split("/")
    if "\\" in name or ".." in parts or name.startswith("/") or DRIVE.match(name):
        return Problem(
            "bad_path",
            "The path leads out of the archive.",
            hint=Hint("Use plain names such as birds/01.jpg."),
        )
    if any(unicodedata.category(char) == "Cc" for char in name) or "" in parts or "." in parts:
        return Problem("bad_path", "The path is not a plain file name.")
    if len(name) > MAX_ID:
        return Problem(
            "id_too_long",
            "The path has {length} characters; at most {limit} are allowed.",
            params={"length": len(name), "limit": MAX_ID},
        )
    return None
