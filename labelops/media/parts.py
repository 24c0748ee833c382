"""A file that comes in pieces, perhaps over several runs of a job."""

import contextlib
import fcntl
import hashlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from labelops.media.storage import BLOCK, StoredFile, naming_failures, partial_folder, path_of


class Part:
    """What one run has of the file so far; nothing is readable under its key before `keep`.

    Each run writes a file of its own and copies what an earlier one surely had: that one may still
    be alive, and what it goes on writing does no harm. Leftovers go like those of any writer.
    """

    def __init__(self, name: uuid.UUID) -> None:
        self.name = name.hex
        self._path = _path_of(self.name)
        with naming_failures():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._stream = self._path.open("wb")
        self._digest = hashlib.sha256()
        self.byte_count = 0

    def take_over(self, earlier: str, byte_count: int) -> Iterator[int]:
        """Begin with the first bytes of an earlier run's file; yields how many are here.

        When that file has gone, there is nothing to begin with.
        """
        with contextlib.suppress(FileNotFoundError), _path_of(earlier).open("rb") as source:
            while self.byte_count < byte_count:
                block = source.read(min(BLOCK, byte_count - self.byte_count))
                if not block:
                    break
                self.write(block)
                yield self.byte_count

    def write(self, block: bytes) -> None:
        with naming_failures():
            self._stream.write(block)
        self._digest.update(block)
        self.byte_count += len(block)

    def flush(self) -> None:
        """Afterwards the bytes outlive this process."""
        with naming_failures():
            self._stream.flush()

    def restart(self) -> None:
        """Forget what there is."""
        with naming_failures():
            self._stream.seek(0)
            self._stream.truncate()
        self._digest = hashlib.sha256()
        self.byte_count = 0

    def keep(self, key: str) -> StoredFile:
        """The file is complete: it appears under `key`."""
        with naming_failures():
            self._stream.close()
            target = path_of(key)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(self._path, target)
        return StoredFile(key, self.byte_count, self._digest.hexdigest())

    def drop(self) -> None:
        # Closing flushes, and a full disk must not keep the file from being removed.
        with contextlib.suppress(OSError):
            self._stream.close()
        self._path.unlink(missing_ok=True)


@contextlib.contextmanager
def shared_part(name: uuid.UUID) -> Iterator[BinaryIO]:
    """A file to which requests add pieces; while the block runs, none but this one does."""
    path = _path_of(name.hex)
    with naming_failures():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    with open(descriptor, "r+b", buffering=0) as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield stream


def add_piece(stream: BinaryIO, offset: int, piece: bytes) -> None:
    """Write the piece and all before it through to the disk; what stood after it is forgotten."""
    with naming_failures():
        stream.seek(offset)
        rest = memoryview(piece)
        while rest:
            rest = rest[stream.write(rest) :]
        stream.truncate()
        os.fsync(stream.fileno())
        if offset == 0:
            _sync_folder(partial_folder())


def _sync_folder(path: Path) -> None:
    """Afterwards the names in it outlive the machine, too."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def keep_part(name: uuid.UUID, key: str) -> None:
    """The file is complete: it appears under `key`."""
    with naming_failures():
        target = path_of(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(_path_of(name.hex), target)
        _sync_folder(target.parent)


def drop_part(name: str) -> None:
    """Remove what an earlier run had, once another has copied it or nobody needs it."""
    _path_of(name).unlink(missing_ok=True)


def _path_of(name: str) -> Path:
    return partial_folder() / uuid.UUID(name).hex
