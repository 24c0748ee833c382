"""XML from anywhere, read as a stream: no DTD, no entity, and memory for one element at a time."""

from collections.abc import Iterator
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from labelops.hints import Hint
from tasks.formats.problems import FileRefused, Problem

MAX_DEPTH = 64
# Bytes in which no tag begins or ends: a text, an attribute, a comment.
MAX_STRETCH = 4 * 1024**2
# Elements within one that is kept whole.
MAX_PARTS = 100_000
# Different names of tags and attributes: the parser keeps them all.
MAX_NAMES = 10_000


class _Counted:
    """A stream that ends reading where nothing begins or ends for too long."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.stretch = 0

    def read(self, size: int) -> bytes:
        block = self.stream.read(size)
        self.stretch += len(block)
        if self.stretch > MAX_STRETCH + size:
            raise _too_large()
        return block


def walk(stream: BinaryIO, whole_depth: int) -> Iterator[tuple[str, list[Element]]]:
    """ "start" or "end" with the open elements from the root to the one that it is about.

    At its end an element has all that is in it, if it stands at `whole_depth` (the root is 1) or
    deeper; those above have lost their inner ones by then. Raises FileRefused.

    >>> import io
    >>> source = io.BytesIO(b"<a><b><c>1</c></b><b/></a>")
    >>> [(event, [part.tag for part in parts]) for event, parts in walk(source, 2)][-3:]
    [('start', ['a', 'b']), ('end', ['a', 'b']), ('end', ['a'])]
    """
    counted, parts, names, part_count = _Counted(stream), list[Element](), set[str](), 0
    try:
        for event, element in iterparse(counted, events=("start", "end"), forbid_dtd=True):
            counted.stretch = 0
            if event == "start":
                parts.append(element)
                part_count += 1
                names.update((element.tag, *element.attrib))
                if max(len(parts) - MAX_DEPTH, len(names) - MAX_NAMES, part_count - MAX_PARTS) > 0:
                    raise _too_large()
                yield event, parts
                continue
            yield event, parts
            parts.pop()
            if parts and len(parts) < whole_depth:
                parts[-1].remove(element)
                part_count = 0
    except DefusedXmlException as error:
        raise FileRefused(
            Problem(
                "dtd_not_allowed",
                "The XML has a document type or entities, which are not allowed.",
                hint=Hint("Remove the lines that begin with {example}.", example="<!DOCTYPE"),
            )
        ) from error
    except ParseError as error:
        line, column = error.position
        raise FileRefused(
            Problem(
                "bad_xml",
                "The XML cannot be read from line {line}, column {column} on.",
                hint=Hint("Check that the file is complete."),
                params={"line": line, "column": column + 1},
            )
        ) from error
    except (ValueError, LookupError) as error:
        raise FileRefused(
            Problem(
                "encoding", "The XML has an unknown encoding.", hint=Hint("Save the file as UTF-8.")
            )
        ) from error


def text_of(element: Element, tag: str) -> str | None:
    """The text of the first inner element of a name, without white space around it.

    >>> from defusedxml.ElementTree import fromstring
    >>> text_of(fromstring("<a><b> 1 </b></a>"), "b"), text_of(fromstring("<a/>"), "b")
    ('1', None)
    """
    found = element.find(tag)
    return None if found is None else (found.text or "").strip()


def _too_large() -> FileRefused:
    return FileRefused(
        Problem(
            "xml_too_large",
            "The XML is nested too deep, or one of its elements is too large.",
            hint=Hint("Check that the file is what it should be."),
        )
    )
