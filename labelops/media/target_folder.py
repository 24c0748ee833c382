"""Files that we write into a folder of the operator: whole or not at all, and over no other one."""

import contextlib
import errno
import os
import re
import stat
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from labelops.errors import Conflict
from labelops.media.storage import naming_failures

# One part of a path that means the same everywhere, and is never hidden.
PLAIN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,229}")
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
# A slow disk takes all of a large file at once for longer than a worker may be silent.
BLOCKS_UNSYNCED = 256
WITHOUT_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


@contextlib.contextmanager
def opened_target(root: Path, name: str) -> Iterator[int]:
    """The descriptor of a folder right below the root, made where it is missing.

    A link in its place is not followed. Raises ExternalFailure with what the disk says.
    """
    with naming_failures():
        base = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with contextlib.suppress(FileExistsError):
                os.mkdir(_plain(name), dir_fd=base)
            descriptor = os.open(name, FOLDER, dir_fd=base)
        finally:
            os.close(base)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _plain(name: str) -> str:
    """The name itself. Raises ValueError for one that we do not make."""
    if not PLAIN.fullmatch(name):
        raise ValueError(f"Not the name of a file of ours: {name[:80]!r}")
    return name


def write_new(folder: int, name: str, blocks: Iterable[bytes], byte_count: int) -> None:
    """Write a file that appears under its name when it is complete. Raises Conflict.

    The name stands for its content: a file of this size that has it already is what an earlier
    run has left, and stays.
    """
    _drop_leftovers(folder, _plain(name))
    if _is_there(folder, name, byte_count):
        return
    # A name of its own per attempt: two workers on one job never write into one file.
    temporary = f".{name}.{uuid.uuid4().hex[:8]}.part"
    with naming_failures():
        try:
            descriptor = os.open(temporary, NEW_FILE, 0o666, dir_fd=folder)
            with open(descriptor, "wb") as stream:
                for place, block in enumerate(blocks):
                    stream.write(block)
                    if place % BLOCKS_UNSYNCED == BLOCKS_UNSYNCED - 1:
                        _sync(stream)
                _sync(stream)
            _appear(folder, temporary, name, byte_count)
            os.fsync(folder)
        finally:
            with contextlib.suppress(OSError):
                os.unlink(temporary, dir_fd=folder)


def _sync(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def _appear(folder: int, temporary: str, name: str, byte_count: int) -> None:
    """Give the file its name, which a link does only where nothing has it."""
    try:
        os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        _is_there(folder, name, byte_count)
    except OSError as error:
        # Network disks often know no hard links.
        if error.errno not in WITHOUT_LINKS:
            raise
        if not _is_there(folder, name, byte_count):
            os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)


def _is_there(folder: int, name: str, byte_count: int) -> bool:
    """Whether an earlier run has written the file. Raises Conflict when another one is there."""
    try:
        facts = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    if stat.S_ISREG(facts.st_mode) and facts.st_size == byte_count:
        return True
    raise Conflict(
        _("There is another file of the name “%(name)s” in the folder.") % {"name": name},
        code="file_exists",
        hint=_("Move it away, or export again: each export has a name of its own."),
    )


def _drop_leftovers(folder: int, name: str) -> None:
    """Remove what runs that were killed have left half written."""
    with naming_failures(), os.scandir(folder) as entries:
        left = [entry.name for entry in entries if entry.name.startswith(f".{name}.")]
    for found in left:
        with contextlib.suppress(OSError):
            os.unlink(found, dir_fd=folder)
