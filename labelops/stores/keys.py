"""Keys of objects: always below the folder of a project, and written in one way only."""

import re

from django.utils.translation import gettext as _

from labelops.errors import DomainError

FOLDER = re.compile(r"[A-Za-z0-9_-]+-[0-9]+")
LONGEST_KEY = 1_024


class NotInFolder(DomainError):
    """One text for what cannot be an object of the folder, and for what is none."""

    code = "file_not_found"

    def __init__(self) -> None:
        super().__init__(
            _("There is no such file in the folder of this project in the bucket."),
            field="bucket_file",
            hint=_("Choose it from the list of the files in the bucket."),
        )


def key_of(folder: str, path: str) -> str:
    """The key of a path in the folder; no path leads out of it. Raises NotInFolder.

    A store knows no `..`, but what stands before it may tidy addresses up, and then lead to
    another key than the one that was judged.
    """
    if not is_plain(path):
        raise NotInFolder
    key = prefix_of(folder) + path
    if len(key.encode()) > LONGEST_KEY:
        raise NotInFolder
    return key


def prefix_of(folder: str, path: str = "") -> str:
    """What the keys of a folder, or of one in it, begin with. Raises NotInFolder."""
    if path:
        return key_of(folder, path) + "/"
    if not FOLDER.fullmatch(folder):
        raise NotInFolder
    return folder + "/"


def is_plain(path: str) -> bool:
    """Whether a path has one reading: printable, no empty parts, no dots that mean a folder."""
    if not path.isprintable() or "\\" in path:
        return False
    return not any(part in {"", ".", ".."} for part in path.split("/"))
