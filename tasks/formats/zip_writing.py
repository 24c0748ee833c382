"""Writes ZIP archives as a stream: the same entries give the same bytes, however many there are.

Python's own writer keeps a record of each entry in memory until the end; here the directory waits
in a temporary file. Sizes stand before the content, so the target is never sought in.
"""

import contextlib
import struct
import tempfile
import zlib
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO

from tasks.formats.zip_directory import CENTRAL, END, END64, FULL16, FULL32, LOCATOR64

LOCAL = b"PK\x03\x04"
SPOOL_BYTES = 1024 * 1024
BLOCK = 1024 * 1024
Spool = tempfile.SpooledTemporaryFile[bytes]
# Version 2.0 knows deflate and folders, 4.5 the large sizes of ZIP64.
STORED, DEFLATE, UTF8_NAMES, PLAIN_VERSION, LARGE_VERSION = 0, 8, 0x800, 20, 45
MADE_ON_UNIX = 3 << 8
ORDINARY_FILE = 0o100644 << 16
# The first day that ZIP can name, at midnight: the time of an export is in its manifest.
MIDNIGHT, FIRST_DAY = 0, 0x21


@dataclass(frozen=True)
class Packed:
    """What the directory has to know of an entry's content."""

    crc: int
    size: int
    packed_size: int
    method: int = DEFLATE


class ZipWriter:
    """Entries one after the other into a stream; the directory follows when the block ends.

    >>> import io, zipfile
    >>> stream = io.BytesIO()
    >>> with ZipWriter(stream) as archive:
    ...     archive.add("a.txt", b"Hello")
    >>> zipfile.ZipFile(stream).read("a.txt")
    b'Hello'
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.offset = 0
        self.count = 0
        self.resources = contextlib.ExitStack()
        self.directory = self.resources.enter_context(spool())

    def __enter__(self) -> "ZipWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self.resources:
            if kind is None:
                self._end()

    def add(self, name: str, content: bytes) -> None:
        """An entry whose content fits into memory."""
        squeeze = _compressor()
        packed = squeeze.compress(content) + squeeze.flush()
        self._head(name, Packed(zlib.crc32(content), len(content), len(packed)))
        self._write(packed)

    def add_file(self, name: str, source: BinaryIO) -> None:
        """An entry of any size, read from where the source stands."""
        with spool() as packed:
            squeeze, crc, size = _compressor(), 0, 0
            while block := source.read(BLOCK):
                crc, size = zlib.crc32(block, crc), size + len(block)
                packed.write(squeeze.compress(block))
            packed.write(squeeze.flush())
            self._head(name, Packed(crc, size, packed.tell()))
            packed.seek(0)
            while block := packed.read(BLOCK):
                self._write(block)

    def store_file(self, name: str, source: BinaryIO) -> None:
        """An entry of any size as it is: images are packed already. It is read twice."""
        start, crc, size = source.tell(), 0, 0
        while block := source.read(BLOCK):
            crc, size = zlib.crc32(block, crc), size + len(block)
        self._head(name, Packed(crc, size, size, STORED))
        source.seek(start)
        while block := source.read(BLOCK):
            self._write(block)

    def _write(self, block: bytes) -> None:
        self.stream.write(block)
        self.offset += len(block)

    def _head(self, name: str, packed: Packed) -> None:
        """The header before the content, and the entry's line in the directory."""
        encoded, start = name.encode(), self.offset
        is_large = max(packed.size, packed.packed_size) >= FULL32
        sizes = [packed.size, packed.packed_size] if is_large else []
        extra = _large(sizes)
        self._write(LOCAL + _facts(packed, encoded, extra, is_large) + encoded + extra)
        extra = _large([*sizes, *([start] if start >= FULL32 else [])])
        self.directory.write(
            CENTRAL
            + struct.pack("<H", MADE_ON_UNIX | LARGE_VERSION)
            + _facts(packed, encoded, extra, is_large)
            + struct.pack("<HHHLL", 0, 0, 0, ORDINARY_FILE, min(start, FULL32))
            + encoded
            + extra
        )
        self.count += 1

    def _end(self) -> None:
        start, size = self.offset, self.directory.tell()
        self.directory.seek(0)
        while block := self.directory.read(BLOCK):
            self._write(block)
        if self.count >= FULL16 or start >= FULL32 or size >= FULL32:
            self._end_large(start, size)
        count = min(self.count, FULL16)
        places = min(size, FULL32), min(start, FULL32)
        self._write(END + struct.pack("<HHHHLLH", 0, 0, count, count, *places, 0))

    def _end_large(self, start: int, size: int) -> None:
        """The end record of ZIP64, and the pointer to it."""
        place, versions = self.offset, (MADE_ON_UNIX | LARGE_VERSION, LARGE_VERSION)
        counts = 0, 0, self.count, self.count
        self._write(END64 + struct.pack("<QHHLLQQQQ", 44, *versions, *counts, size, start))
        self._write(LOCATOR64 + struct.pack("<LQL", 0, place, 1))


def spool() -> Spool:
    """A temporary file that stays in memory while it is small."""
    return tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)


def _compressor() -> "zlib._Compress":
    return zlib.compressobj(wbits=-zlib.MAX_WBITS)


def _facts(packed: Packed, name: bytes, extra: bytes, is_large: bool) -> bytes:
    """The part that the header and the directory have in common."""
    sizes = (FULL32, FULL32) if is_large else (packed.packed_size, packed.size)
    version = LARGE_VERSION if extra else PLAIN_VERSION
    how = version, UTF8_NAMES, packed.method, MIDNIGHT, FIRST_DAY
    return struct.pack("<HHHHHLLLHH", *how, packed.crc, *sizes, len(name), len(extra))


def _large(numbers: list[int]) -> bytes:
    """The extra field of ZIP64 with the numbers that do not fit into 32 bits.

    >>> _large([]), _large([2**32]).hex()
    (b'', '010008000000000001000000')
    """
    if not numbers:
        return b""
    return struct.pack(f"<HH{len(numbers)}Q", 1, 8 * len(numbers), *numbers)
