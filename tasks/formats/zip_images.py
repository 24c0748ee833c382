"""ZIP of images: each file is an item whose id is its path in the archive."""

import functools
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from labelops.hints import Hint
from tasks.formats.items import ImportContext, ItemRecord, Reader
from tasks.formats.problems import FileRefused, Problem, RowRefused, visible
from tasks.formats.zip_directory import files, open_zip, path_problem

MAX_FILE = 50 * 1024**2
# What everybody's tools make. The decoders of bzip2 and LZMA take as much memory as a header asks
# for, and fail in ways of their own.
METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
UNSUPPORTED = Problem(
    "unsupported_compression",
    "The entry is packed in a way that is not supported.",
    hint=Hint("Make the ZIP with the usual method (deflate)."),
)
BLOCK = 1024**2


def read_items(
    stream: BinaryIO, context: ImportContext, after: int
) -> Iterator[ItemRecord | Problem]:
    """The entries after place `after`; bad ones as a Problem. Raises FileRefused.

    Nothing is ever extracted to a path: bytes are read only when `load` is called.
    """
    # Not closed: records may be loaded after the last one was given; the stream is the caller's.
    archive = open_zip(stream)
    first_with: dict[str, zipfile.ZipInfo] = {}
    for number, entry in files(archive):
        name = unicodedata.normalize("NFC", entry.orig_filename)
        twin = first_with.setdefault(name.casefold(), entry)
        if number <= after:
            continue
        problem = path_problem(entry) or (None if twin is entry else _duplicate(twin))
        if problem:
            yield problem.at(row=number, entry=entry.orig_filename)
        else:
            load = functools.partial(_load, archive, entry, number)
            yield ItemRecord(number, name, entry=entry.orig_filename, load=load)
    if not first_with:
        raise FileRefused(Problem("no_rows", "The ZIP holds no files."))


def count(stream: BinaryIO) -> int:
    """The number of entries, folders and clutter included."""
    with open_zip(stream) as archive:
        return len(archive.infolist())


def _duplicate(twin: zipfile.ZipInfo) -> Problem:
    return Problem(
        "duplicate_entry",
        "The path equals that of “{twin}”, at least where upper and lower case do not differ.",
        params={"twin": visible(twin.orig_filename)},
    )


def _load(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, number: int) -> bytes:
    """The bytes of an entry, counted as they come; sizes in headers are not believed."""
    if entry.compress_type not in METHODS:
        raise RowRefused(UNSUPPORTED.at(row=number, entry=entry.orig_filename))
    try:
        with archive.open(entry) as stream:
            content = stream.read(MAX_FILE + 1)
    except zipfile.BadZipFile as error:
        code = "bad_crc" if "CRC" in str(error) else "bad_entry"
        problem = Problem(code, "The entry is damaged: its content does not fit its checksum.")
    except (zlib.error, struct.error, EOFError, OSError, ValueError):
        problem = Problem("bad_entry", "The entry is damaged and cannot be unpacked.")
    except (NotImplementedError, RuntimeError):
        problem = UNSUPPORTED
    else:
        if len(content) <= MAX_FILE:
            return content
        problem = Problem(
            "file_too_large",
            "The file is larger than {limit} MB.",
            params={"limit": MAX_FILE // 2**20},
        )
    raise RowRefused(problem.at(row=number, entry=entry.orig_filename))


reader = Reader("ZIP", ("image",), read_items, measure=count, counts_rows=True, has_images=True)
