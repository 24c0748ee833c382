"""The names of the classes of a YOLO dataset: `data.yaml`, or a list in `obj.names`.

YAML is read by PyYAML's BaseLoader, to which every value is a text, so that a class may be called
`no` or `1.0`; it makes no objects. Anchors are refused, and so are large files: that leaves nothing
which grows when it is read. A parser of our own would be smaller, but would not know the blocks of
text and the styles of quotes that data.yaml files have in the wild.
"""

import re
from typing import Any

import yaml

from labelops.hints import Hint, marked
from tasks.formats.image_archive import Entry, ImageArchive
from tasks.formats.problems import FileRefused, Problem, ending_the_file

MAX_YAML = 1024**2
# PyYAML needs seconds for more than this.
MAX_LETTERS = 256 * 1024
# So many YAML files are looked into for names.
LOOKS = 5
YAML = re.compile(r"\.ya?ml$", re.IGNORECASE)
LIST = re.compile(r"(^|/)(classes\.txt|[^/]*\.names)$", re.IGNORECASE)
NUMBER = re.compile(r"\d{1,6}", re.ASCII)
Names = dict[int, str]


class _Texts(yaml.BaseLoader):
    """YAML without anchors; every value is a text."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("An alias.")
        return super().compose_node(parent, index)


def class_names(archive: ImageArchive) -> Names:
    """The names by number, from the file that lies highest. Raises FileRefused.

    >>> import io, zipfile
    >>> stream = io.BytesIO()
    >>> with zipfile.ZipFile(stream, "w") as target:
    ...     target.writestr("data.yaml", "names: [car, no]")
    >>> with ImageArchive(stream) as archive:
    ...     class_names(archive)
    {0: 'car', 1: 'no'}
    """
    tables, lists = list[Entry](), list[Entry]()
    for entry, problem in archive.entries():
        if problem is None and YAML.search(entry.path):
            tables.append(entry)
        elif problem is None and LIST.search(entry.path):
            lists.append(entry)
    for entry in _highest_first(tables)[:LOOKS]:
        given = _table(archive, entry)
        if isinstance(given, dict) and "kpt_shape" in given:
            raise _refused(
                entry, "keypoints", marked("The dataset holds keypoints, which are not read.")
            )
        if isinstance(given, dict) and "names" in given:
            return _numbered(given["names"], entry)
    for entry in _highest_first(lists):
        lines = _text(archive, entry).splitlines()
        return {number: line.strip() for number, line in enumerate(lines) if line.strip()}
    raise FileRefused(
        Problem(
            "no_class_names",
            "No data.yaml or obj.names in the ZIP says what the classes are called.",
            hint=Hint("Put the file into the ZIP that names the classes."),
        )
    )


def _highest_first(entries: list[Entry]) -> list[Entry]:
    """In the order to look: data.yaml before others, then what lies higher."""
    return sorted(
        entries,
        key=lambda entry: (not entry.path.endswith("data.yaml"), entry.path.count("/")),
    )


def _text(archive: ImageArchive, entry: Entry) -> str:
    with ending_the_file():
        content = archive.read(entry, MAX_YAML)
    if len(content) > MAX_LETTERS:
        raise _refused(entry, "bad_yaml", marked("The file is too large to name classes."))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(entry, "encoding", marked("The file is not UTF-8.")) from error


def _table(archive: ImageArchive, entry: Entry) -> Any:
    try:
        loader = _Texts(_text(archive, entry))
        return loader.get_single_data()
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise _refused(
            entry, "bad_yaml", marked("The file is no YAML that can be read.")
        ) from error


def _numbered(names: Any, entry: Entry) -> Names:
    """A list is numbered from 0; a table has the numbers."""
    numbered = dict(enumerate(names)) if isinstance(names, list) else names
    if not isinstance(numbered, dict):
        raise _refused(entry, "bad_names", marked("The names are neither a list nor numbered."))
    found: Names = {}
    for key, name in numbered.items():
        if not NUMBER.fullmatch(str(key)) or not isinstance(name, str):
            raise _refused(entry, "bad_names", marked("The names are neither a list nor numbered."))
        found[int(key)] = name.strip()
    return found


def _refused(entry: Entry, code: str, template: str) -> FileRefused:
    return FileRefused(Problem(code, template, entry=entry.info.orig_filename, field="names"))
