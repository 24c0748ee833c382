"""A stretch of a text with what is marked in it, by a label, by a prediction, or by both."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

LENGTH = 240
# What stands before the span that is looked at.
BEFORE = 80


@dataclass(frozen=True)
class Piece:
    """A run of characters under the same marks; the titles are those of the marks' classes."""

    text: str
    label: str = ""
    predicted: str = ""
    is_concerned: bool = False

    @property
    def is_marked(self) -> bool:
        return bool(self.label or self.predicted)


@dataclass(frozen=True)
class Excerpt:
    pieces: list[Piece]
    is_cut_before: bool
    is_cut_after: bool


def excerpt_of(
    text: str,
    label: Iterable[dict[str, Any]],
    predicted: Iterable[dict[str, Any]],
    concerned: Collection[tuple[str, str]],
    titles: dict[str, str],
) -> Excerpt:
    """The part of a text around the first span that is looked at, else its beginning.

    `concerned` names spans as ("label", id) or ("predicted", id).

    >>> spans = [{"id": "a", "label": "PER", "start": 0, "end": 5}]
    >>> found = excerpt_of("Alice sleeps", spans, [], {("label", "a")}, {"PER": "Person"})
    >>> [(piece.text, piece.label, piece.is_concerned) for piece in found.pieces]
    [('Alice', 'Person', True), (' sleeps', '', False)]
    """
    marks = [("label", span) for span in label] + [("predicted", span) for span in predicted]
    starts = [span["start"] for origin, span in marks if (origin, span.get("id")) in concerned]
    start = max(0, min(starts, default=0) - BEFORE)
    end = min(len(text), start + LENGTH)
    shown = [mark for mark in marks if mark[1]["start"] < end and mark[1]["end"] > start]
    places = {start, end}
    for _origin, span in shown:
        places |= {max(start, span["start"]), min(end, span["end"])}
    ordered = sorted(places)
    pieces = [
        _piece(text, shown, concerned, titles, first, last) for first, last in pairwise(ordered)
    ]
    return Excerpt(pieces, is_cut_before=start > 0, is_cut_after=end < len(text))


def _piece(
    text: str,
    marks: Sequence[tuple[str, dict[str, Any]]],
    concerned: Collection[tuple[str, str]],
    titles: dict[str, str],
    first: int,
    last: int,
) -> Piece:
    here = [mark for mark in marks if mark[1]["start"] <= first and mark[1]["end"] >= last]
    named: dict[str, list[str]] = {"label": [], "predicted": []}
    for origin, span in here:
        named[origin].append(titles.get(span["label"], span["label"]))
    return Piece(
        text[first:last],
        ", ".join(named["label"]),
        ", ".join(named["predicted"]),
        any((origin, span.get("id")) in concerned for origin, span in here),
    )
