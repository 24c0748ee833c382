"""What detectors collect of each label while they are read: numbers, and no answers.

One table a question. `add` takes the place of a label, the answer to the question and what a model
says of it; `findings` goes through all of them at the end, and tells `beat` that it is alive.
"""

from array import array
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np

from reviews.detectors import classes, options, pictures, spans
from reviews.detectors.boxes import Picture
from reviews.detectors.findings import Finding
from reviews.detectors.pictures import Beat
from tasks.kinds import kind_of
from tasks.kinds.schema import single_choice

# So many probabilities, or objects, are held at once: further labels are left out. 10 million, half
# a million labels of 20 classes, are 40 MB as they lie here, and ten times that while judged.
CELLS_MOST = 10_000_000
OBJECTS_MOST = 1_000_000
Control = dict[str, Any]


class Said(NamedTuple):
    """What the model says of an item: the answer to the question, and how sure it is.

    `scores` names classes, options, or objects by their places, as "boxes.0".
    """

    value: Any
    score: float | None
    scores: Mapping[str, float]
    size: tuple[int, int] | None


class Table(Protocol):
    def add(self, place: int, value: Any, said: Said) -> None: ...

    def findings(self, beat: Beat) -> Iterator[tuple[str, Finding]]: ...


def tables_of(schema: dict[str, Any]) -> list[tuple[Control, Table]]:
    """A table for each question that detectors know something of.

    The probabilities of classes belong to the one single choice of a schema, those of options to
    its one multiple choice.

    >>> bird = {"name": "bird", "type": "choice", "options": [{"value": "crow"}]}
    >>> [type(table).__name__ for _bird, table in tables_of({"controls": [bird]})]
    ['Classes']
    """
    several = [control for control in schema["controls"] if control.get("multiple", False)]
    found: list[tuple[Control, Table]] = []
    for control in schema["controls"]:
        if control is single_choice(schema):
            found.append((control, Classes(control)))
        elif control["type"] == "choice" and several == [control]:
            found.append((control, Options(control)))
        elif control["type"] == "spans":
            found.append((control, Spans(control)))
        elif control["type"] == "shapes":
            found.append((control, Shapes(control)))
    return found


class Classes:
    """One class of several: probabilities of all, or of the one that the model names."""

    def __init__(self, control: Control) -> None:
        self.classes = kind_of(control).classes(control)
        self.numbers = {value: number for number, value in enumerate(self.classes)}
        self.places, self.given, self.cells = array("q"), array("i"), array("f")

    def add(self, place: int, value: Any, said: Said) -> None:
        row = self._row(said)
        if value in self.numbers and row and len(self.cells) < CELLS_MOST:
            self.places.append(place)
            self.given.append(self.numbers[value])
            self.cells.extend(row)

    def _row(self, said: Said) -> list[float] | None:
        if said.scores:
            row = [said.scores.get(value, 0.0) for value in self.classes]
        elif said.score is not None and said.value in self.numbers and len(self.classes) > 1:
            # What the model does not name shares the rest.
            rest = (1 - said.score) / (len(self.classes) - 1)
            row = [said.score if value == said.value else rest for value in self.classes]
        else:
            return None
        total = sum(row)
        return [p / total for p in row] if total > 0 else None

    def findings(self, beat: Beat) -> Iterator[tuple[str, Finding]]:
        table = np.array(self.cells, np.float32).reshape(-1, max(len(self.classes), 1))
        for found in classes.find(self.classes, np.array(self.given), table):
            yield "classes", found._replace(place=self.places[found.place])


class Options:
    """Several of a list: the probability of each option by itself."""

    def __init__(self, control: Control) -> None:
        self.options = kind_of(control).classes(control)
        self.places, self.given, self.cells = array("q"), array("b"), array("f")

    def add(self, place: int, value: Any, said: Said) -> None:
        known = [said.scores.get(option) for option in self.options]
        if None in known or len(self.cells) >= CELLS_MOST:
            return
        self.places.append(place)
        self.given.extend(option in (value or []) for option in self.options)
        self.cells.extend(p for p in known if p is not None)

    def findings(self, beat: Beat) -> Iterator[tuple[str, Finding]]:
        width = max(len(self.options), 1)
        chosen = np.array(self.given, bool).reshape(-1, width)
        table = np.array(self.cells, np.float32).reshape(-1, width)
        for found in options.find(self.options, chosen, table):
            yield "options", found._replace(place=self.places[found.place])


class Spans:
    """Marked words: each label is judged by itself, and only its worst span is kept."""

    def __init__(self, control: Control) -> None:
        self.name = control["name"]
        self.found: list[Finding] = []

    def add(self, place: int, value: Any, said: Said) -> None:
        predicted = said.value or []
        confidences = [
            spans.UNKNOWN if sure is None else sure for sure in _each(self.name, predicted, said)
        ]
        worst = spans.find(place, value or [], predicted, confidences, said.score)
        if worst:
            self.found.append(worst)

    def findings(self, beat: Beat) -> Iterator[tuple[str, Finding]]:
        for found in sorted(self.found, key=lambda found: (found.score, found.place)):
            yield "spans", found


class Shapes:
    """Boxes, and polygons by their frames, where the model says how sure it is of each."""

    def __init__(self, control: Control) -> None:
        self.name = control["name"]
        self.classes = kind_of(control).classes(control)
        self.numbers = {value: number for number, value in enumerate(self.classes)}
        self.places: list[int] = []
        self.pictures: list[Picture] = []
        self.objects = 0

    def add(self, place: int, value: Any, said: Said) -> None:
        predicted = said.value or []
        sure = _each(self.name, predicted, said)
        if said.size is None or None in sure or self.objects >= OBJECTS_MOST:
            return
        given = pictures.boxes_of(value or [], self.numbers, said.size)
        known = [found for found in sure if found is not None]
        seen = pictures.boxes_of(predicted, self.numbers, said.size, known)
        self.objects += len(given.classes) + len(seen.classes)
        self.places.append(place)
        self.pictures.append(Picture(given, seen))

    def findings(self, beat: Beat) -> Iterator[tuple[str, Finding]]:
        found = pictures.find(self.pictures, self.classes, beat=beat)
        for rule, finding in sorted(found, key=lambda pair: (pair[1].score, pair[1].place)):
            yield rule, finding._replace(place=self.places[finding.place])


def _each(name: str, objects: list[Any], said: Said) -> list[float | None]:
    """How sure the model is of each object: of itself, else of the answer as a whole."""
    return [said.scores.get(f"{name}.{at}", said.score) for at in range(len(objects))]
