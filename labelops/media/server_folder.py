"""Files on the server that people may choose: below one folder, and never outside of it."""

import contextlib
import heapq
import itertools
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.utils.translation import gettext as _

from labelops.errors import DomainError

# Without waiting: opening a pipe would block for ever.
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
PAGE_SIZE = 100
MOST_SCANNED = 200_000


class NotThere(DomainError):
    """One text for what does not exist, cannot be read, or does not lie below the root."""

    code = "file_not_found"

    def __init__(self) -> None:
        super().__init__(
            _("There is no such file in the folder of this project."),
            field="server_file",
            hint=_("Choose it from the list of the files on the server."),
        )


@dataclass(frozen=True)
class Entry:
    """A file or folder, with its path from the root."""

    name: str
    path: str
    is_folder: bool
    byte_count: int
    changed_at: datetime | None


@dataclass(frozen=True)
class Listing:
    """One page of a folder by name; `after` begins the next one, `is_cut` says it is too full."""

    path: str
    entries: list[Entry]
    after: str
    is_cut: bool

    @property
    def parents(self) -> list[tuple[str, str]]:
        """Name and path of each folder on the way down, the folder itself included."""
        parts = Path(self.path).parts
        return [(part, "/".join(parts[: place + 1])) for place, part in enumerate(parts)]


def list_folder(root: Path, path: str = "", *, after: str = "") -> Listing:
    """A page of what may be chosen in a folder. Raises NotThere when there is none."""
    with opened(root, path) as (descriptor, inside):
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise NotThere
        with os.scandir(descriptor) as scanned:
            names = [entry.name for entry in itertools.islice(scanned, MOST_SCANNED + 1)]
        shown = (name for name in names if name > after and _is_shown(name))
        page = heapq.nsmallest(PAGE_SIZE + 1, shown)
        entries = [_entry(root, inside, name) for name in page[:PAGE_SIZE]]
    return Listing(
        inside,
        [entry for entry in entries if entry],
        after=page[PAGE_SIZE - 1] if len(page) > PAGE_SIZE else "",
        is_cut=len(names) > MOST_SCANNED,
    )


def _is_shown(name: str) -> bool:
    """Not what systems hide, nor what a page could not show or send back as it is."""
    return not name.startswith(".") and name.isprintable()


def _entry(root: Path, folder: str, name: str) -> Entry | None:
    """None for what cannot be chosen, such as a link that leads out."""
    path = f"{folder}/{name}" if folder else name
    try:
        with opened(root, path) as (descriptor, _inside):
            facts = os.fstat(descriptor)
    except NotThere:
        return None
    changed_at = datetime.fromtimestamp(facts.st_mtime, UTC)
    return Entry(name, path, stat.S_ISDIR(facts.st_mode), facts.st_size, changed_at)


@contextlib.contextmanager
def opened(root: Path, path: str) -> Iterator[tuple[int, str]]:
    """The descriptor of a file or folder below the root, and its path without links.

    Links are followed first and judged by where they end; then the way there is walked from
    folder to folder without following any, so that nothing can be swapped in between. Raises
    NotThere, with one text for what is not there and what is not below.
    """
    try:
        base = root.parent.resolve(strict=True) / root.name
        parts = (base / path).resolve(strict=True).relative_to(base).parts
        descriptor = walk(os.open(base, READ | os.O_DIRECTORY), parts)
    except (OSError, ValueError, RuntimeError) as error:
        raise NotThere from error
    try:
        if stat.S_IFMT(os.fstat(descriptor).st_mode) not in {stat.S_IFREG, stat.S_IFDIR}:
            raise NotThere
        yield descriptor, "/".join(parts)
    finally:
        os.close(descriptor)


def walk(descriptor: int, parts: tuple[str, ...]) -> int:
    """The descriptor at the end of the way; the one given is closed. Raises OSError."""
    for part in parts:
        try:
            following = os.open(part, READ, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = following
    return descriptor
