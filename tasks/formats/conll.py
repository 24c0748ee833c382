"""CoNLL: a token and its tags on each line, with a tab between them (CoNLL-2003, tags in BIO).

A text begins with `-DOCSTART- (id)` and ends with an empty line. A token is a word (letters, digits
and `_`, with their accents and joiners) or one other character; white space separates. A span that
begins or ends within a token cuts it there, so that no label is moved. Each spans control has a
column of its own, in the order of the label schema.
"""

import bisect
import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

from labelops.hints import marked
from tasks.formats.carrying import Carries, carried, has_place
from tasks.formats.records import ExportContext, ExportRecord, Written

title = "CoNLL"
media_type = "text/plain; charset=utf-8"
extension = "conll"
carries = Carries(
    item_types=("text",),
    controls=("spans",),
    overlapping_spans=False,
    undecidable=False,
    several_labels=False,
    annotators=False,
    origin=False,
    item_data=False,
    path=False,
)
PIECE = re.compile(r"\w+|[^\w\s]")
JOINERS = "\u200c\u200d"
OUTSIDE = "O"
# Readers that split a file at every line break would see lines in an id.
LINE_BREAKS = re.compile("[\u2028\u2029]")
Spans = list[dict[str, Any]]
Token = tuple[int, int]


def refusal(context: ExportContext) -> str | None:
    """Why this project cannot be written in this format.

    >>> refusal(ExportContext("birds", "image", []))
    'CoNLL describes spans of texts, and this project has no control for them.'
    """
    if has_place(carries, context):
        return None
    return marked("CoNLL describes spans of texts, and this project has no control for them.")


def write(records: Iterable[ExportRecord], stream: BinaryIO, context: ExportContext) -> Written:
    """One text after the other. Spans that overlap an earlier or longer one are counted."""
    left_out: Counter[str] = Counter()
    columns = _columns(context)
    tags = Tags(context)
    for record in carried(records, carries, context, left_out):
        text = str(record.data.get("text") or "")
        spans = {name: _apart(record.answer.get(name) or [], left_out) for name in columns}
        first = f"-DOCSTART- ({LINE_BREAKS.sub(' ', record.item)})"
        lines = ["\t".join([first, *(OUTSIDE for _name in columns)]), ""]
        lines += _lines(text, [spans[name] for name in columns], tags, left_out)
        stream.write("".join(f"{line}\n" for line in [*lines, ""]).encode())
    return Written(left_out, {"columns": ["token", *columns], "tags": tags.by_label})


class Tags:
    """A tag without white space for each label; labels that would share one are told apart."""

    def __init__(self, context: ExportContext) -> None:
        self.by_label: dict[str, str] = {}
        for schema in context.schemas:
            for control in schema["controls"]:
                if control["type"] == "spans":
                    for label in control["labels"]:
                        self.of(label["value"])

    def of(self, label: str) -> str:
        if label not in self.by_label:
            plain = "_".join(label.split())
            taken, number, tag = set(self.by_label.values()), 1, plain
            while tag in taken:
                number += 1
                tag = f"{plain}_{number}"
            self.by_label[label] = tag
        return self.by_label[label]


def _columns(context: ExportContext) -> list[str]:
    names = (
        control["name"]
        for schema in context.schemas
        for control in schema["controls"]
        if control["type"] == "spans"
    )
    return list(dict.fromkeys(names))


def _apart(spans: Spans, left_out: Counter[str]) -> Spans:
    """The spans in the order of the text; of those that overlap, the first, then the longest.

    >>> counted = Counter()
    >>> long, inner = {"start": 0, "end": 9, "label": "A"}, {"start": 2, "end": 4, "label": "B"}
    >>> _apart([inner, long], counted) == [long], counted
    (True, Counter({'overlapping_spans': 1}))
    """
    kept: Spans = []
    for span in sorted(spans, key=lambda span: (span["start"], -span["end"], span["label"])):
        if kept and span["start"] < kept[-1]["end"]:
            left_out["overlapping_spans"] += 1
        else:
            kept.append(span)
    return kept


def _lines(
    text: str, columns: Sequence[Spans], tags: Tags, left_out: Counter[str]
) -> Iterator[str]:
    spans = [span for column in columns for span in column]
    cuts = {place for span in spans for place in (span["start"], span["end"])}
    tokens = list(cut(words(text), cuts))
    tagged = [_tagged(tokens, column, tags, left_out) for column in columns]
    for index, (start, end) in enumerate(tokens):
        yield "\t".join([text[start:end], *(column[index] for column in tagged)])


def _tagged(tokens: Sequence[Token], spans: Spans, tags: Tags, left_out: Counter[str]) -> list[str]:
    """The tag of each token: B- where a span begins, I- where it goes on, O outside."""
    marks = [OUTSIDE] * len(tokens)
    starts = [start for start, _end in tokens]
    for span in spans:
        first = bisect.bisect_left(starts, span["start"])
        last = bisect.bisect_left(starts, span["end"])
        if first == last:
            left_out["spans_without_token"] += 1
            continue
        tag = tags.of(span["label"])
        marks[first:last] = [f"B-{tag}", *[f"I-{tag}"] * (last - first - 1)]
    return marks


def words(text: str) -> Iterator[Token]:
    """Where the words and the single other characters of a text stand.

    >>> [text[start:end] for text in ["Don't go."] for start, end in words(text)]
    ['Don', "'", 't', 'go', '.']
    """
    here: Token | None = None
    for found in PIECE.finditer(text):
        start, end = found.span()
        if here and here[1] == start and _belongs(text[start], text[start - 1]):
            here = here[0], end
            continue
        if here:
            yield here
        here = start, end
    if here:
        yield here


def _belongs(char: str, before: str) -> bool:
    """Whether a piece goes on what stands before it: accents, vowel signs, and what they join."""
    if _is_mark(char) or before in JOINERS:
        return True
    return _is_mark(before) and (char.isalnum() or char == "_")


def _is_mark(char: str) -> bool:
    return char in JOINERS or unicodedata.category(char).startswith("M")


def cut(tokens: Iterable[Token], places: Iterable[int]) -> Iterator[Token]:
    """The tokens, cut where a span begins or ends within one.

    >>> list(cut([(0, 5), (6, 9)], {2, 6}))
    [(0, 2), (2, 5), (6, 9)]
    """
    ordered = sorted(places)
    for start, end in tokens:
        inner = ordered[bisect.bisect_right(ordered, start) : bisect.bisect_left(ordered, end)]
        edges = [start, *inner, end]
        yield from itertools.pairwise(edges)
