"""Reads the file of an import in chunks that memory, time and the job's sign of life allow."""

import time
from collections.abc import Iterator
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


class ImportFile:
    """The open file of an import, whose format was told, and how far it was read."""

    def __init__(self, transfer: Transfer, stream: BinaryIO) -> None:
        self.reader: Reader = READERS[transfer.format]
        self.stream = stream
        self.context = context_of(transfer)
        self.row = 0

    def measure(self) -> int:
        """How much there is to read, in the units of `done_count`."""
        return self.reader.measure(self.stream)

    @property
    def done_count(self) -> int:
        return self.row if self.reader.counts_rows else self.stream.tell()

    def chunks(self, size: int, *, after: int = 0) -> Iterator[list[Entry]]:
        """Chunks by count, bytes and time, empty ones where the reader has no row for a while.

        What was read before a file breaks off is given first; `row` is the last row of a chunk.
        """
        self.row = after
        self.stream.seek(0)
        chunk: list[Entry] = []
        begun, start = time.monotonic(), self.stream.tell()
        try:
            for entry in self.reader.read(self.stream, self.context, after):
                self.row = entry.row or self.row
                if not isinstance(entry, Working):
                    chunk.append(entry)
                is_large = self.stream.tell() - start > CHUNK_BYTES
                if len(chunk) >= size or is_large or time.monotonic() - begun > CHUNK_SECONDS:
                    yield chunk
                    chunk, begun, start = [], time.monotonic(), self.stream.tell()
        except FileRefused:
            if chunk:
                yield chunk
            raise
        if chunk:
            yield chunk


def context_of(transfer: Transfer) -> ImportContext:
    """What the readers know of the project and of what was asked."""
    version = current_version(transfer.project)
    return ImportContext(
        item_type=transfer.project.item_type,
        file_name=transfer.file_name,
        schema=version.label_schema if version else None,
        columns=transfer.job.payload.get("columns", {}),
    )
