"""The directory of a ZIP, read and judged before Python's reader takes it into memory."""

import re
import stat
import struct
import unicodedata
import zipfile
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
    offset, size = _directory_place(stream)
    # Names and extra fields of honest entries are short; this bounds the walk as well.
    end, count = offset + size, 0
    stream.seek(offset)
    while stream.tell() + CENTRAL_SIZE <= end:
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
        stream.seek(sum(struct.unpack("<3H", head[28:34])), 1)


def _directory_place(stream: BinaryIO) -> tuple[int, int]:
    """Offset and size of the central directory, as the end records give them."""
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
    return offset + shift, size


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
        parts = entry.orig_filename.replace("\\", "/").rstrip("/").split("/")
        is_clutter = parts[-1].casefold() in IGNORED or (
            parts[-1].startswith(".") and parts[-1].strip(".")
        )
        if not (entry.is_dir() or is_clutter or parts[0] == "__MACOSX"):
            yield number, entry


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
