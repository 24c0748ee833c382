"""Private files under MEDIA_ROOT, by keys that we make; nothing a person typed becomes a path."""

import contextlib
import hashlib
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from labelops.errors import ExternalFailure

KEY = re.compile(
    r"(items|pictures|uploads|exports|rejected)/[0-9a-f]{2}/[0-9a-f]{32}(\.[a-z]{1,12})?"
)
BLOCK = 1024 * 1024
LEFTOVER_SECONDS = 24 * 60 * 60


@dataclass(frozen=True)
class StoredFile:
    """What was written, measured while it was written."""

    key: str
    byte_count: int
    sha256: str


def make_key(folder: str, name: uuid.UUID | None = None) -> str:
    """A random key, or the one that belongs to `name`."""
    text = (name or uuid.uuid4()).hex
    return f"{folder}/{text[:2]}/{text}"


def path_of(key: str) -> Path:
    """The file of a key. Raises ValueError for anything that `make_key` did not make."""
    if not KEY.fullmatch(key):
        raise ValueError(f"Not a storage key: {key[:80]!r}")
    return Path(settings.MEDIA_ROOT) / key


def save(key: str, blocks: Iterable[bytes]) -> StoredFile:
    """Write all blocks, or nothing: a reader never meets half a file."""
    digest, byte_count = hashlib.sha256(), 0
    with writing(key) as stream:
        for block in blocks:
            digest.update(block)
            byte_count += len(block)
            stream.write(block)
    return StoredFile(key, byte_count, digest.hexdigest())


@contextlib.contextmanager
def writing(key: str) -> Iterator[BinaryIO]:
    """A stream whose bytes appear under `key` when the block ends without an error."""
    target = path_of(key)
    # Its own name per attempt: two workers on one job never write into one file.
    temporary = partial_folder() / uuid.uuid4().hex
    try:
        with naming_failures():
            temporary.parent.mkdir(parents=True, exist_ok=True)
            target.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("w+b") as stream:
                yield stream
            os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def naming_failures() -> Iterator[None]:
    """What the disk refuses, as an ExternalFailure with its reason."""
    try:
        yield
    except OSError as error:
        raise ExternalFailure(
            _("The file could not be stored: %(reason)s.") % {"reason": error.strerror or error},
            code="storage_failed",
            permanent=False,
        ) from error


def drop_leftovers() -> None:
    """Remove what writers that were killed have left half written."""
    limit = time.time() - LEFTOVER_SECONDS
    for path in partial_folder().glob("*"):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < limit:
                path.unlink()


def partial_folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "partial"


def open_file(key: str) -> BinaryIO:
    return path_of(key).open("rb")


def exists(key: str) -> bool:
    return path_of(key).is_file()


def delete(key: str) -> None:
    path_of(key).unlink(missing_ok=True)


def measure(key: str) -> StoredFile:
    """A file that is there already, read once."""
    with open_file(key) as stream:
        digest = hashlib.file_digest(stream, "sha256")
        return StoredFile(key, stream.tell(), digest.hexdigest())


def share(key: str, other: str) -> None:
    """The same file under another key, too, without its bytes being copied where disks can."""
    target = path_of(other)
    with naming_failures():
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path_of(key), target)
        except OSError:
            shutil.copyfile(path_of(key), target)


def blocks_of(stream: BinaryIO) -> Iterator[bytes]:
    """The rest of a stream in blocks, so that its size never matters to memory."""
    while block := stream.read(BLOCK):
        yield block
