"""What is wrong with a file or a row: a stable code, the place, and a sentence."""

import contextlib
import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from labelops.hints import Hint
from tasks.kinds.errors import shown

VALUE_LENGTH = 80


@dataclass(frozen=True)
class Problem:
    """`template` and `params` are kept apart so that a page can translate the sentence.

    `row` is the line of the file in which the row begins, counted from 1.

    >>> Problem("ragged_row", "The row has {found} fields.", row=3, params={"found": 2}).message
    'The row has 2 fields.'
    """

    code: str
    template: str
    row: int | None = None
    entry: str | None = None
    field: str | None = None
    value: Any = None
    hint: Hint | None = None
    params: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def message(self) -> str:
        return self.template.format(**self.params)

    def at(self, **place: Any) -> "Problem":
        """The same problem with its place filled in.

        >>> Problem("missing_id", "There is no id.").at(row=7).row
        7
        """
        return replace(self, **place)

    def as_dict(self, file_name: str) -> dict[str, Any]:
        """The error shape of the contract, without what is unknown."""
        place = {
            "file": file_name,
            "row": self.row,
            "entry": None if self.entry is None else visible(self.entry),
            "field": self.field,
            "value": None if self.value is None else visible(self.value),
            "hint": None if self.hint is None else str(self.hint),
        }
        known = {name: value for name, value in place.items() if value is not None}
        return {"code": self.code, "message": self.message, **known}


class RowRefused(Exception):
    """This row cannot be used; the others can."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class FileRefused(RowRefused):
    """The file cannot be read at all, or not any further."""


@contextlib.contextmanager
def ending_the_file() -> Iterator[None]:
    """What is refused in here is needed for all rows, so that the whole file is.

    >>> with ending_the_file():
    ...     raise RowRefused(Problem("bad_yaml", "The file is no YAML."))
    Traceback (most recent call last):
    tasks.formats.problems.FileRefused: The file is no YAML.
    """
    try:
        yield
    except FileRefused:
        raise
    except RowRefused as error:
        raise FileRefused(error.problem) from error


def visible(value: Any) -> str:
    """A value cut to 80 characters, with nothing in it that a terminal or page would obey.

    >>> print(visible("a\\x1b[31mb"))
    a\\x1b[31mb
    """
    text = value if isinstance(value, str) else str(value)
    return shown(text[:VALUE_LENGTH])[1:-1]
