"""What a command imports from: a file, or a folder, whose files become one ZIP."""

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from labelops.errors import DomainError
from tasks.management.base import readable_file


@contextmanager
def opened_source(name: str) -> Iterator[tuple[BinaryIO, str]]:
    """The open file and its name. Raises DomainError for what cannot be read."""
    folder = Path(name)
    if not folder.is_dir():
        path = readable_file(name)
        with path.open("rb") as stream:
            yield stream, path.name
        return
    with tempfile.TemporaryFile() as stream:
        _pack(folder, stream)
        stream.seek(0)
        yield stream, folder.resolve().name


def _pack(folder: Path, stream: BinaryIO) -> None:
    """Links are not followed, and what begins with a dot is left out, as on the server."""
    with zipfile.ZipFile(stream, "w", strict_timestamps=False) as archive:
        for path in sorted(folder.rglob("*")):
            inner = path.relative_to(folder)
            is_hidden = any(part.startswith(".") for part in inner.parts)
            if is_hidden or path.is_symlink() or not path.is_file():
                continue
            try:
                archive.write(path, inner.as_posix())
            except (OSError, UnicodeError) as error:
                reason = getattr(error, "strerror", None) or "its name is not UTF-8"
                raise DomainError(
                    f"The file cannot be read: {reason}.",
                    code="file_not_readable",
                    details={"file": str(path).encode(errors="replace").decode()},
                ) from error
