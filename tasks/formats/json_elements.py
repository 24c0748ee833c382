"""The elements of JSON arrays one by one, as bytes, from a file of any size.

Only strings and brackets are followed here: whether an element is JSON is for labelops.strict_json
to say. Regular expressions walk over blocks, and what is flat is passed in one step.
"""

import itertools
import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, NoReturn

from labelops.hints import Hint
from labelops.strict_json import StrictJSONError, loads
from tasks.formats.problems import VALUE_LENGTH, FileRefused, Problem
from tasks.formats.records import MAX_FIELDS

BLOCK = 1024 * 1024
MAX_ELEMENT = 8 * 1024 * 1024
MARK = b"\xef\xbb\xbf"
SPACES = b" \t\r\n"
STRING = rb'"(?:[^"\\]++|\\.)*+"'
FLAT_LIST = rb'\[[^"\[\]{}]*+\]'
BRACKET = re.compile(rb'(?:[^"\[\]{}]++|' + STRING + rb"|" + FLAT_LIST + rb")*+[\[\]{}]", re.DOTALL)
# Most elements are objects with nothing deeper than a list in them: one step for each.
FLAT_OBJECT = re.compile(
    rb'[ \t\r\n]*+(\{(?:[^"\[\]{}]++|'
    + STRING
    + rb"|"
    + FLAT_LIST
    + rb")*+\})[ \t\r\n]*+(?=[,\]])",
    re.DOTALL,
)
PLAIN = re.compile(STRING + rb'|[^ \t\r\n,:"\[\]{}]++', re.DOTALL)
OPENING = b"[{"
BROKEN = Problem("bad_json", "The JSON is broken here.")
CUT_SHORT = Problem(
    "file_cut_short",
    "The file ends in the middle of its JSON.",
    hint=Hint("Check that the file is complete."),
)
TOO_LONG = Problem(
    "element_too_long",
    "The element is longer than {limit} MB.",
    params={"limit": MAX_ELEMENT // 2**20},
)


class Element(NamedTuple):
    """`name` is that of the array in the object that the file is, "" where it is one array.

    What is no array in such an object is an element without an index.
    """

    name: str
    index: int | None
    source: bytes


def elements(stream: BinaryIO) -> Iterator[Element]:
    """The elements of the array, or of the arrays in the object, that the file is.

    Raises FileRefused where it is neither, is cut short, or holds more than one value.
    Whether it is UTF-8 is not looked at.

    >>> import io
    >>> list(elements(io.BytesIO(b'[{"id": 1}, 2]')))
    [Element(name='', index=0, source=b'{"id": 1}'), Element(name='', index=1, source=b'2')]
    >>> [tuple(found) for found in elements(io.BytesIO(b'{"info": {}, "images": [7]}'))]
    [('info', None, b'{}'), ('images', 0, b'7')]
    """
    stream.seek(0)
    window = _Window(stream)
    start = window.next()
    if not start:
        raise FileRefused(Problem("empty_file", "The file is empty."))
    if start == b"[":
        yield from _array(window, "")
    elif start == b"{":
        yield from _object(window)
    else:
        window.refuse(Problem("not_an_array", "The file is no JSON array."))
    if window.next():
        window.refuse(Problem("bad_json", "Something follows after the end of the JSON."))


def place_of(name: str, index: int | None) -> str:
    """How a message names an element.

    >>> place_of("annotations", 17), place_of("info", None)
    ('annotations[17]', 'info')
    """
    return name if index is None else f"{name}[{index}]"


class _Window:
    """A stretch of the file: read on at its end, and let go of up to `at`."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.buffer = stream.read(len(MARK)).removeprefix(MARK)
        self.at = 0
        # Where the reading stands, for what is wrong there.
        self.name = ""
        self.index: int | None = None

    def next(self) -> bytes:
        """The next byte that is no space, which is not taken; b"" at the end of the file."""
        while True:
            while self.at < len(self.buffer) and self.buffer[self.at] in SPACES:
                self.at += 1
            if self.at < len(self.buffer):
                return self.buffer[self.at : self.at + 1]
            if not self._grow():
                return b""

    def skip(self, expected: bytes) -> bytes:
        """Takes the next byte, which must be one of those expected."""
        found = self.next()
        if not found:
            self.refuse(CUT_SHORT)
        if found not in expected:
            self.refuse(BROKEN)
        self.at += 1
        return found

    def take(self) -> bytes:
        """Takes the value that begins at the next byte."""
        if flat := FLAT_OBJECT.match(self.buffer, self.at):
            self.at = flat.end()
            return flat[1]
        start = self.next()
        if not start:
            self.refuse(CUT_SHORT)
        end = self._bracketed() if start in OPENING else self._plain()
        source = self.buffer[self.at : end]
        if len(source) > MAX_ELEMENT:
            self.refuse(TOO_LONG)
        self.at = end
        return source

    def _bracketed(self) -> int:
        depth, scanned = 1, self.at + 1
        while True:
            while found := BRACKET.match(self.buffer, scanned):
                scanned = found.end()
                depth += 1 if self.buffer[scanned - 1] in OPENING else -1
                if not depth:
                    return scanned
            scanned = self._read_on(scanned)

    def _plain(self) -> int:
        while True:
            found = PLAIN.match(self.buffer, self.at)
            # At the end of what was read, a number may go on.
            if found and found.end() < len(self.buffer):
                return found.end()
            if not found and self.buffer[self.at : self.at + 1] != b'"':
                self.refuse(BROKEN)
            self._read_on(self.at)

    def _read_on(self, scanned: int) -> int:
        """The place again, after more was read."""
        scanned -= self.at
        if len(self.buffer) - self.at > MAX_ELEMENT:
            self.refuse(TOO_LONG)
        if not self._grow():
            self.refuse(CUT_SHORT)
        return scanned

    def _grow(self) -> bool:
        block = self.stream.read(BLOCK)
        self.buffer, self.at = self.buffer[self.at :] + block, 0
        return bool(block)

    def refuse(self, problem: Problem) -> NoReturn:
        """Raises FileRefused with the place where the reading stands."""
        row = None if self.index is None else self.index + 1
        field = place_of(self.name, self.index) if self.name else None
        raise FileRefused(problem.at(row=row, field=field))


def _array(window: _Window, name: str) -> Iterator[Element]:
    window.skip(b"[")
    window.name, window.index = name, 0
    if window.next() == b"]":
        window.skip(b"]")
        return
    for index in itertools.count():
        window.index = index
        yield Element(name, index, window.take())
        if window.buffer.startswith(b",", window.at):
            window.at += 1
        elif window.skip(b",]") == b"]":
            return


def _object(window: _Window) -> Iterator[Element]:
    window.skip(b"{")
    if window.next() == b"}":
        window.skip(b"}")
        return
    seen: set[str] = set()
    while True:
        window.name, window.index = "", None
        name = _name(window, seen)
        window.name = name
        if window.next() == b"[":
            yield from _array(window, name)
        else:
            yield Element(name, None, window.take())
        if window.skip(b",}") == b"}":
            return


def _name(window: _Window, seen: set[str]) -> str:
    """Takes the name of the next array or value of an object, and the colon after it."""
    if window.next() != b'"':
        window.refuse(BROKEN)
    source = window.take()
    try:
        name = str(loads(source))
    except StrictJSONError as error:
        window.refuse(Problem(error.code, "{reason}", params={"reason": error.message}))
    if name in seen:
        name = name[:VALUE_LENGTH]
        window.refuse(
            Problem(
                "duplicate_key", "The file has “{name}” twice.", field=name, params={"name": name}
            )
        )
    seen.add(name)
    if len(seen) > MAX_FIELDS:
        window.refuse(Problem("too_many_columns", "The object has too many fields."))
    window.skip(b":")
    return name
