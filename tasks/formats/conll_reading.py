"""Reads CoNLL: a token and its tags on each line, between tabs or spaces, in BIO, IOB1 or BIOES.

A text begins at `-DOCSTART-`, or in files without it at each empty line; its row is the line where
it begins. Tokens are looked for in the text of the item, so that offsets are those of the text
itself; an item that is not there yet gets the tokens between single spaces, sentences as lines.
"""

import functools
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from labelops.hints import Hint
from tasks.formats.conll import Tags, title
from tasks.formats.controls import Controls, Found
from tasks.formats.encoding import check_utf8
from tasks.formats.items import Content, ImportContext, ItemLabel, ItemRecord, Reader, Working
from tasks.formats.jsonl import MARK, MAX_LINE
from tasks.formats.pauses import Pauses
from tasks.formats.problems import FileRefused, Problem, RowRefused, visible
from tasks.formats.records import MAX_TEXT, ExportContext, clean_id
from tasks.kinds import ItemFacts

START = "-DOCSTART-"
ID = re.compile(re.escape(START) + r"\s+\((.*)\)")
TAG = re.compile(r"(?:O|([BIESLUM])-(.+))")
# In BIOES, and in BILOU under other letters.
BEGINS, ENDS = "BSU", "ELSU"
SEEN_LINES = 50
Row = ItemRecord | Problem | Working


@dataclass
class Text:
    """A text while its lines are read: where its tokens stand in it, and spans of tokens."""

    row: int
    external_id: str
    pieces: list[str] = field(default_factory=list)
    starts: "array[int]" = field(default_factory=lambda: array("L"))
    ends: "array[int]" = field(default_factory=lambda: array("L"))
    # The place of its column, the label, the first token and the one after the last.
    spans: list[tuple[int, str, int, int]] = field(default_factory=list)
    # By column: what goes on, and the token where it began.
    running: dict[int, tuple[str, int]] = field(default_factory=dict)
    length: int = 0
    gap: str = ""
    columns: "Columns | None" = None
    problem: Problem | None = None

    def add(self, token: str, tags: list[str], line: int) -> None:
        """A token; raises RowRefused for what is no tag, or no text."""
        if "\0" in token:
            raise RowRefused(
                Problem("null_byte", "The text holds a null character.", field=f"line {line}")
            )
        self.length += len(self.gap) + len(token)
        if self.length > MAX_TEXT:
            raise RowRefused(
                Problem(
                    "field_too_long",
                    "The text has more than {limit} characters.",
                    field=f"line {line}",
                    params={"limit": MAX_TEXT},
                )
            )
        index = len(self.starts)
        self.pieces += [self.gap, token]
        self.starts.append(self.length - len(token))
        self.ends.append(self.length)
        self.gap = " "
        for column, tag in enumerate(tags):
            self._go_on(column, tag, index, line)

    def end_sentence(self) -> None:
        """No span goes on after an empty line."""
        for column in list(self.running):
            self._end(column, len(self.starts))
        self.gap = "\n" if self.gap else ""

    def _go_on(self, column: int, tag: str, index: int, line: int) -> None:
        found = TAG.fullmatch(tag)
        if not found:
            raise RowRefused(_bad_tag(tag, line))
        kind, label = found.groups()
        running = self.running.get(column)
        if running and (label != running[0] or kind in BEGINS):
            self._end(column, index)
        if label:
            self.running.setdefault(column, (label, index))
            if kind in ENDS:
                self._end(column, index + 1)

    def _end(self, column: int, index: int) -> None:
        label, first = self.running.pop(column)
        self.spans.append((column, label, first, index))


@dataclass(frozen=True)
class Columns:
    """The tag columns of a file: one for each spans control, or the last alone."""

    count: int
    controls: tuple[str, ...]

    def of(self, cells: list[str], line: int) -> list[str]:
        if len(cells) != self.count:
            raise RowRefused(
                Problem(
                    "ragged_row",
                    "The line has {found} columns; the first one has {expected}.",
                    field=f"line {line}",
                    params={"found": len(cells), "expected": self.count},
                )
            )
        return cells[1:] if self.controls else cells[-1:]


def read_items(stream: BinaryIO, context: ImportContext, after: int) -> Iterator[Row]:
    """The texts after the one that begins on line `after`; bad ones as a Problem.

    Raises FileRefused.
    """
    controls, pauses, last = Controls(context.schema), Pauses(), after
    labels = _labels_by_tag(context)
    found = False
    for text in _texts(stream, context, controls):
        if text is None:
            if pauses.is_due():
                yield Working(last)
            continue
        found = True
        if text.row > after:
            last = text.row
            yield _row(text, controls, labels)
    if not found:
        raise FileRefused(Problem("no_rows", "The file holds no tokens."))


def _texts(stream: BinaryIO, context: ImportContext, controls: Controls) -> Iterator["Text | None"]:
    """The texts of a file, and None after each line."""
    stem = context.file_name.rpartition(".")[0] or context.file_name or "text"
    text: Text | None = None
    columns: Columns | None = None
    has_starts: bool | None = None
    count = 0
    for number, line in _lines(stream):
        yield None
        cells = cells_of(line)
        is_start = line.startswith(START)
        if _is_comment(line, cells):
            continue
        if has_starts is None and cells:
            has_starts = is_start
        if text and (is_start or (not cells and not has_starts)):
            text.end_sentence()
            yield text
            text = None
        if is_start or (cells and text is None):
            count += 1
            text = Text(number, _id_of(line) or f"{stem}-{count}")
        if text is None or is_start:
            continue
        if not cells:
            text.end_sentence()
            continue
        columns = columns or columns_of(cells, controls)
        _take(text, cells, columns, number)
    if text:
        text.end_sentence()
        yield text


def _take(text: Text, cells: list[str], columns: Columns, line: int) -> None:
    """Adds a line to a text, or notes the first thing that is wrong with it."""
    token = cells[0].strip()
    if text.problem or not token:
        return
    try:
        text.columns = columns
        text.add(token, columns.of(cells, line), line)
    except RowRefused as error:
        text.problem = error.problem


def _row(text: Text, controls: Controls, labels: dict[str, str]) -> ItemRecord | Problem:
    try:
        if text.problem:
            raise RowRefused(text.problem)
        if not text.pieces:
            raise RowRefused(Problem("missing_text", "The text is empty.", field="-DOCSTART-"))
        return ItemRecord(
            row=text.row,
            external_id=clean_id(text.external_id, field=START, row=text.row),
            data={"text": "".join(text.pieces)},
            labels=() if controls.is_empty else _label(text, controls, labels),
            content=Content.REBUILT,
        )
    except RowRefused as error:
        return error.problem.at(row=text.row)


def _label(text: Text, controls: Controls, labels: dict[str, str]) -> tuple[ItemLabel, ...]:
    """One label with all spans; of a text without any, that there is nothing."""
    place = f"line {text.row}"
    own = text.columns.controls if text.columns else ()
    spans = []
    for column, tag, first, last in text.spans:
        label = labels.get(tag, tag)
        control = own[column] if own else controls.needed("spans", label, field=place)["name"]
        spans.append((control, label, first, last))
    if controls.answer([], "spans", place) is None:
        return ()
    answer = functools.partial(_answer, text, tuple(spans), controls, place)
    return (ItemLabel(answer, field=place),)


def _answer(
    text: Text,
    spans: tuple[tuple[str, str, int, int], ...],
    controls: Controls,
    place: str,
    facts: ItemFacts,
) -> dict[str, Any]:
    tokens = "".join(text.pieces)
    found: list[Found] = []
    if tokens == facts.text:
        starts, ends = text.starts, text.ends
    else:
        starts, ends = aligned(tokens, text.starts, text.ends, facts.text or "")
    for control, label, first, last in spans:
        span = {"label": label, "start": starts[first], "end": ends[last - 1]}
        found.append((control, span))
    return controls.answer(found, "spans", place) or {}


def aligned(
    tokens: str, starts: "array[int]", ends: "array[int]", text: str
) -> tuple["array[int]", "array[int]"]:
    """Where the tokens stand in a text, with nothing but white space between. Raises RowRefused.

    >>> found = aligned("Hi .", array("L", [0, 3]), array("L", [2, 4]), " Hi. ")
    >>> [places.tolist() for places in found]
    [[1, 3], [3, 4]]
    """
    found_starts, found_ends = array("L"), array("L")
    place = 0
    for start, end in zip(starts, ends, strict=True):
        token = tokens[start:end]
        while place < len(text) and text[place].isspace():
            place += 1
        if not text.startswith(token, place):
            raise RowRefused(_other_text(token, place))
        found_starts.append(place)
        place += len(token)
        found_ends.append(place)
    if text[place:].strip():
        raise RowRefused(_other_text("", place))
    return found_starts, found_ends


def columns_of(cells: list[str], controls: Controls) -> Columns:
    """What the columns are, by the first line with a token: those of our own exports, or others.

    >>> spans = [{"name": name, "type": "spans", "labels": []} for name in ("who", "where")]
    >>> columns_of(["Alice", "B-PER", "O"], Controls({"controls": spans})).controls
    ('who', 'where')
    >>> columns_of(["Alice", "NNP", "B-PER"], Controls({"controls": spans})).controls
    ()
    """
    names = tuple(control["name"] for control in controls.of_type("spans"))
    is_own = len(cells) == len(names) + 1 and all(TAG.fullmatch(cell) for cell in cells[1:])
    return Columns(len(cells), names if is_own and len(names) > 1 else ())


def cells_of(line: str) -> list[str]:
    """The cells of a line: between tabs if it has any, otherwise between spaces.

    >>> cells_of("New York\\tB-LOC"), cells_of("EU NNP B-ORG ")
    (['New York', 'B-LOC'], ['EU', 'NNP', 'B-ORG'])
    """
    return line.rstrip().split("\t") if "\t" in line else line.split()


def is_conll(head: bytes) -> bool:
    """Whether a file that begins like this holds tokens with tags.

    >>> is_conll(b"Alice B-PER\\nsleeps O\\n"), is_conll(b"id,text\\n1,O\\n")
    (True, False)
    """
    lines = head.decode("utf-8", "replace").split("\n")[:-1] or [""]
    known = [cells for line in lines[:SEEN_LINES] if (cells := cells_of(line))]
    if known and known[0][0].startswith(START):
        return True
    rows = [cells for cells in known if not _is_comment(" ".join(cells), cells)]
    return len(rows) > 1 and all(
        len(cells) == len(rows[0]) > 1 and TAG.fullmatch(cells[-1]) for cells in rows
    )


def _is_comment(line: str, cells: list[str]) -> bool:
    """A line of CoNLL-U that says something of its text; a token `#` has a tag."""
    return line.startswith("#") and not TAG.fullmatch(cells[-1])


def _id_of(line: str) -> str | None:
    """
    >>> _id_of("-DOCSTART- (a (1))\\tO"), _id_of("-DOCSTART- -X- O O")
    ('a (1)', None)
    """
    found = ID.match(line.split("\t")[0].rstrip())
    return found[1] if found else None


def _labels_by_tag(context: ImportContext) -> dict[str, str]:
    """The labels that our own exports write without their white space."""
    if context.schema is None:
        return {}
    tags = Tags(ExportContext("", context.item_type, [context.schema]))
    return {tag: label for label, tag in tags.by_label.items()}


def _lines(stream: BinaryIO) -> Iterator[tuple[int, str]]:
    check_utf8(stream)
    number = 0
    while line := stream.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            raise FileRefused(
                Problem(
                    "line_too_long",
                    "The line is longer than {limit} MB.",
                    row=number,
                    hint=Hint("CoNLL has one token on each line."),
                    params={"limit": MAX_LINE // 2**20},
                )
            )
        yield number, line.removeprefix(MARK if number == 1 else b"").decode().rstrip("\r\n")


def _bad_tag(tag: str, line: int) -> Problem:
    return Problem(
        "bad_tag",
        "“{tag}” is no tag.",
        field=f"line {line}",
        value=tag,
        params={"tag": visible(tag)},
        hint=Hint("Tags are O, or B- or I- and a label, in the last column."),
    )


def _other_text(token: str, place: int) -> Problem:
    return Problem(
        "tokens_differ",
        "The text of the item does not go on with “{token}” at character {place}.",
        params={"token": visible(token), "place": place},
        hint=Hint("The item is in the project with another text."),
    )


reader = Reader(title, ("text",), read_items)
