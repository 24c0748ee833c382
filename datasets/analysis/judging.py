"""What a model says of items, held against their labels: the matches of one question.

A choice has one match an item, a multiple choice one an option that either names, shapes and
spans one an object. Ratings and free texts have no classes that could be confused.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from datasets.analysis.average_precision import Judged, judged, judged_otherwise
from datasets.analysis.box_matching import FLOOR, matched
from datasets.analysis.confusion import BACKGROUND, CLASSES_MOST, PARTS, parts
from datasets.analysis.odd_shapes import is_plain, odd_pairs
from reviews.detectors.pairing import Objects, Pairs, joined, near_pairs
from tasks.kinds import kind_of

Array = NDArray[Any]
Control = dict[str, Any]
# What a model that tells no confidence is taken for.
CERTAIN = 1.0


class Answer(NamedTuple):
    """The stored label of an item and what the model says: values of one question.

    `scores` names classes, options, or objects by their places, as "boxes.0"; `score` is that of
    the answer as a whole.
    """

    truth: Any
    predicted: Any
    score: float | None
    scores: Mapping[str, float]


class Matches(NamedTuple):
    """A row a match, in the order of the answers; scores and overlaps in ten thousandths.

    `places` are those of the answers. What has no partner has an overlap of 0; ids are those of
    objects, and empty elsewhere.
    """

    places: Array
    truth: Array
    predicted: Array
    scores: Array
    overlaps: Array
    truth_ids: list[str]
    predicted_ids: list[str]
    # Of a label among those of its item; -1 where there is none.
    label_places: Array


class Classes:
    """Numbers from 1: those of the schema in its order, then others that were met."""

    def __init__(self, control: Control, met: Sequence[str] = ()) -> None:
        """`met`: the names as they stood before a break."""
        self.names: list[str] = list(met) or list(kind_of(control).classes(control))
        self.numbers = {name: number for number, name in enumerate(self.names, start=1)}

    def number(self, name: str) -> int:
        """Raises ValueError when there are too many."""
        if name not in self.numbers:
            if len(self.names) == CLASSES_MOST:
                raise ValueError("There are too many classes.")
            self.names.append(name)
            self.numbers[name] = len(self.names)
        return self.numbers[name]


class Judge(Protocol):
    """Goes through answers chunk by chunk: it numbers the classes that it meets, and counts the
    predictions without a score.
    """

    classes: Classes
    has_overlaps: bool
    unscored_count: int

    def judge(self, answers: Sequence[Answer]) -> tuple[Matches, Judged]: ...


def judged_controls(schema: dict[str, Any]) -> list[Control]:
    """The questions of a schema by which a model can be evaluated.

    >>> rating = {"name": "care", "type": "rating"}
    >>> judged_controls({"controls": [rating, {"name": "bird", "type": "choice"}]})
    [{'name': 'bird', 'type': 'choice'}]
    """
    return [one for one in schema["controls"] if one["type"] in {"choice", "shapes", "spans"}]


def judge_of(control: Control, met: Sequence[str] = ()) -> Judge:
    """`met` are the classes of a judge before a break, with which another one goes on.

    >>> judge_of({"name": "bird", "type": "choice", "options": []}).has_overlaps
    False
    """
    return (NamedJudge if control["type"] == "choice" else ObjectJudge)(control, met)


class NamedJudge:
    """Of classes that are named for an item as a whole: one, or several of a multiple choice."""

    has_overlaps = False

    def __init__(self, control: Control, met: Sequence[str] = ()) -> None:
        self.classes = Classes(control, met)
        self.is_multiple = control.get("multiple", False)
        self.unscored_count = 0

    def judge(self, answers: Sequence[Answer]) -> tuple[Matches, Judged]:
        """
        >>> judge = NamedJudge({"type": "choice", "options": [{"value": "a"}, {"value": "b"}]})
        >>> found, _judged = judge.judge([Answer("a", "b", 0.9, {}), Answer("b", None, None, {})])
        >>> [column.tolist() for column in found[:4]]
        [[0, 1], [1, 2], [2, 0], [9000, 0]]
        """
        rows = [row for place, answer in enumerate(answers) for row in self._rows(place, answer)]
        table = np.array(rows, float).reshape(-1, 5)
        places, truth, predicted = table[:, :3].astype(int).T
        is_said, is_label = predicted > 0, truth > 0
        is_right = (truth == predicted)[is_said]
        precise = judged_otherwise(truth[is_label], predicted[is_said], table[is_said, 3], is_right)
        overlaps = np.where(is_said & is_label, PARTS, 0)
        label_places = table[:, 4].astype(int)
        nothing = [""] * len(rows)
        columns = (places, truth, predicted, parts(table[:, 3]), overlaps)
        return Matches(*columns, nothing, nothing, label_places), precise

    def _rows(self, place: int, answer: Answer) -> list[tuple[int, int, int, float, int]]:
        truth, predicted = (self._named(value) for value in answer[:2])
        if not self.is_multiple:
            [given], [said] = truth or [BACKGROUND], predicted or [BACKGROUND]
            label_place = 0 if given else -1
            row = (place, given, said, self._score(answer, said), label_place)
            return [row] if given or said else []
        return [
            (
                place,
                number if number in truth else BACKGROUND,
                number if number in predicted else BACKGROUND,
                self._score(answer, number) if number in predicted else 0.0,
                # In the stored answer: other evaluations may number the classes otherwise.
                truth.index(number) if number in truth else -1,
            )
            for number in sorted({*truth, *predicted})
        ]

    def _named(self, value: Any) -> list[int]:
        values = value if isinstance(value, list) else [] if value is None else [value]
        return [self.classes.number(str(name)) for name in values]

    def _score(self, answer: Answer, number: int) -> float:
        if number == BACKGROUND:
            return 0.0
        score = answer.scores.get(self.classes.names[number - 1], answer.score)
        self.unscored_count += score is None
        return CERTAIN if score is None else min(max(score, 0.0), 1.0)


class ObjectJudge:
    """Of objects: boxes, outlines, lines, keypoints, and spans as boxes of one row."""

    has_overlaps = True

    def __init__(self, control: Control, met: Sequence[str] = ()) -> None:
        self.name = control["name"]
        self.is_span = control["type"] == "spans"
        self.classes = Classes(control, met)
        self.unscored_count = 0

    def judge(self, answers: Sequence[Answer]) -> tuple[Matches, Judged]:
        """
        >>> judge = ObjectJudge({"name": "who", "type": "spans", "labels": [{"value": "PER"}]})
        >>> given, said = ({"id": "o1", "label": "PER", "start": 0, "end": n} for n in (4, 8))
        >>> found, _judged = judge.judge([Answer([given], [said, said], 0.9, {"who.0": 0.95})])
        >>> [column.tolist() for column in found[1:5]]
        [[1, 0], [1, 1], [9500, 9000], [5000, 0]]
        """
        truth, said = _Columns(self.classes), _Columns(self.classes)
        odd: list[Pairs] = []
        is_boxes = not self.is_span
        for place, answer in enumerate(answers):
            given, predicted = answer.truth or [], answer.predicted or []
            is_even = self.is_span or all(map(is_plain, (*given, *predicted)))
            if not is_even:
                is_boxes = False
                odd.append(odd_pairs(given, predicted, len(truth.ids), len(said.ids)))
            truth.add(place, given, [CERTAIN] * len(given), is_even)
            said.add(place, predicted, self._scores(answer, len(predicted)), is_even)
        labels, predictions = truth.objects(), said.objects()
        pairs = joined([near_pairs(labels, predictions, FLOOR), *odd])
        areas = (truth.areas(), said.areas()) if is_boxes else None
        rows = _rows(labels, predictions, matched(labels, predictions, pairs), truth.ids, said.ids)
        return rows, judged(labels, predictions, pairs, areas=areas)

    def _scores(self, answer: Answer, count: int) -> list[float]:
        found = [answer.scores.get(f"{self.name}.{at}", answer.score) for at in range(count)]
        self.unscored_count += found.count(None)
        return [CERTAIN if score is None else min(max(score, 0.0), 1.0) for score in found]


class _Columns:
    def __init__(self, classes: Classes) -> None:
        self.classes = classes
        self.places: list[int] = []
        self.numbers: list[int] = []
        self.scores: list[float] = []
        self.frames: list[Sequence[float]] = []
        self.ids: list[str] = []

    def add(
        self, place: int, entries: list[dict[str, Any]], scores: list[float], is_even: bool
    ) -> None:
        self.places += [place] * len(entries)
        self.scores += scores
        for entry in entries:
            self.numbers.append(self.classes.number(entry["label"]))
            self.ids.append(entry["id"])
            self.frames.append(_frame(entry) if is_even else (0, 0, 0, 0))

    def objects(self) -> Objects:
        frames = np.array(self.frames, float).reshape(-1, 4)
        corners = np.hstack([frames[:, :2], frames[:, :2] + frames[:, 2:]])
        return Objects(
            np.array(self.places, int), np.array(self.numbers, int), np.array(self.scores), corners
        )

    def areas(self) -> Array:
        return np.array(self.frames, float).reshape(-1, 4)[:, 2:].prod(axis=1)


def _frame(entry: dict[str, Any]) -> Sequence[float]:
    """x, y, width and height; a span is one high."""
    if "box" in entry:
        return entry["box"]
    return entry["start"], 0, entry["end"] - entry["start"], 1


def _rows(
    truth: Objects, said: Objects, pairs: Pairs, truth_ids: list[str], said_ids: list[str]
) -> Matches:
    """The pairs, what was missed, and what was added, item by item."""
    missed = np.setdiff1d(np.arange(len(truth.classes)), pairs.truth)
    added = np.setdiff1d(np.arange(len(said.classes)), pairs.predicted)
    none_missed, none_added = np.full(len(missed), -1), np.full(len(added), -1)
    at_truth = np.concatenate([pairs.truth, missed, none_added])
    at_said = np.concatenate([pairs.predicted, none_missed, added])
    overlaps = np.concatenate([pairs.overlaps, np.zeros(len(missed) + len(added))])
    # The last entry stands for none, and is what -1 picks.
    label_places, said_places = (np.append(of.pictures, -1) for of in (truth, said))
    places = np.maximum(label_places[at_truth], said_places[at_said])
    order = np.argsort(places, kind="stable")
    at_truth, at_said = at_truth[order], at_said[order]
    starts = np.searchsorted(truth.pictures, places[order])
    return Matches(
        places[order],
        np.append(truth.classes, BACKGROUND)[at_truth],
        np.append(said.classes, BACKGROUND)[at_said],
        parts(np.append(said.scores, 0.0)[at_said]),
        parts(overlaps[order]),
        [truth_ids[at] if at >= 0 else "" for at in at_truth.tolist()],
        [said_ids[at] if at >= 0 else "" for at in at_said.tolist()],
        np.where(at_truth >= 0, at_truth - starts, -1),
    )
