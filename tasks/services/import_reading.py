"""Reads the file of an import in chunks that memory, time and the job's sign of life allow."""

import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO

from tasks.formats import READERS
from tasks.formats.items import ImportContext, ItemRecord, Reader, Working
from tasks.formats.problems import FileRefused, Problem
from tasks.models import Transfer
from tasks.services.instructions import current_version

# A chunk must end far below the 30 s after which a silent worker counts as dead.
CHUNK_SECONDS = 3.0
# Nor may it hold more than memory has room for: rows can be large.
CHUNK_BYTES = 16 * 1024**2

Entry = ItemRecord | Problem


@dataclass(frozen=True)
class Piece:
    """A chunk, with the last row of it and how far the file was read for it."""

    entries: list[Entry]
    row: int
    done_count: int


class ImportFile:
    """The open file of an import, whose format was told, and how far its chunks were given."""

    def __init__(self, transfer: Transfer, stream: BinaryIO) -> None:
        self.reader: Reader = READERS[transfer.format]
        self.stream = stream
        self.context = context_of(transfer)
        self.row = 0
        self.done_count = 0

    def measure(self) -> int:
        """How much there is to read, in the units of `done_count`."""
        return self.reader.measure(self.stream)

    def chunks(self, size: int, *, after: int = 0) -> Iterator[list[Entry]]:
        """Chunks by count, bytes and time, empty ones where the reader has no row for a while.

        While the database takes one, a thread reads the next. What was read before a file breaks
        off is given first; `row` is the last row of a chunk.
        """
        pieces = self._pieces(size, after)
        with ThreadPoolExecutor(max_workers=1) as thread:
            try:
                ahead = thread.submit(next, pieces, None)
                while piece := ahead.result():
                    ahead = thread.submit(next, pieces, None)
                    self.row, self.done_count = piece.row, piece.done_count
                    yield piece.entries
            finally:
                # In the thread that reads: what readers hold open may belong to it.
                thread.submit(pieces.close)

    def _pieces(self, size: int, after: int) -> Generator[Piece, None, None]:
        self.stream.seek(0)
        row = after
        chunk: list[Entry] = []
        begun, start = time.monotonic(), self.stream.tell()
        try:
            for entry in self.reader.read(self.stream, self.context, after):
                row = entry.row or row
                if not isinstance(entry, Working):
                    chunk.append(entry)
                is_large = self.stream.tell() - start > CHUNK_BYTES
                if len(chunk) >= size or is_large or time.monotonic() - begun > CHUNK_SECONDS:
                    yield self._piece(chunk, row)
                    chunk, begun, start = [], time.monotonic(), self.stream.tell()
        except FileRefused:
            if chunk:
                yield self._piece(chunk, row)
            raise
        if chunk:
            yield self._piece(chunk, row)

    def _piece(self, chunk: list[Entry], row: int) -> Piece:
        return Piece(chunk, row, row if self.reader.counts_rows else self.stream.tell())


def context_of(transfer: Transfer) -> ImportContext:
    """What the readers know of the project and of what was asked."""
    version = current_version(transfer.project)
    return ImportContext(
        item_type=transfer.project.item_type,
        file_name=transfer.file_name,
        schema=version.label_schema if version else None,
        columns=transfer.job.payload.get("columns", {}),
    )
