"""All labels of a project as columns of numbers, for projects that ask for classes alone."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labelops.json_member import MemberText
from reviews.quality.tables import LabelTable
from tasks.kinds import kind_of
from tasks.models import Annotation, Project, Task

# Few rows at a time: of more, Python's collector walks all that live again and again.
CHUNK = 500
STATES = list(Annotation.State.values)
UNKNOWN = -1
UNANSWERED = (None, "")


@dataclass(frozen=True)
class Made:
    """What one person made: how many labels, what became of them, and the times it took."""

    labels: int
    states: Counter[str]
    active_ms: Sequence[int]


@dataclass(frozen=True)
class LabelColumns:
    """One place a label, oldest first; by control the table of its newest labels, and of each
    class the number of labels."""

    task: NDArray[Any]
    author: NDArray[Any]
    state: NDArray[Any]
    active_ms: NDArray[Any]
    tables: dict[str, LabelTable]
    counts: dict[str, dict[str, int]]

    def made_by(self) -> dict[int, Made]:
        found = {}
        authors, counts = np.unique(self.author, return_counts=True)
        by_author = np.argsort(self.author, kind="stable")
        for author, own in zip(authors, np.split(by_author, np.cumsum(counts)), strict=False):
            states = np.bincount(self.state[own], minlength=len(STATES)).tolist()
            times = self.active_ms[own]
            found[int(author)] = Made(
                len(own),
                Counter(dict(zip(STATES, states, strict=True))),
                times[times >= 0].tolist(),
            )
        return found


def is_all_classes(schema: dict[str, Any]) -> bool:
    """Whether every question has one class for an answer."""
    return bool(schema["controls"]) and all(
        control["type"] == "rating"
        or (control["type"] == "choice" and not control.get("multiple", False))
        for control in schema["controls"]
    )


def read_columns(project: Project, schema: dict[str, Any]) -> LabelColumns:
    """Read what figures need and nothing else: each value is decoded once, however often it is.

    The batches are named, so that PostgreSQL knows how much it is about to read, and the order is
    made here: both together halve its work.
    """
    names = [control["name"] for control in schema["controls"]]
    batches = list(project.batches.order_by().values_list("pk", flat=True))
    rows = (
        Annotation.objects.filter(task__batch__in=batches)
        .exclude(task__state=Task.State.GOLD)
        .order_by()
        .annotate(**{f"value_{place}": MemberText("answer", n) for place, n in enumerate(names)})
        .values_list("pk", "task", "author", "state", "active_ms", *_value_names(names))
    )
    places: list[dict[str | None, int]] = [{} for _name in names]
    states = {state: place for place, state in enumerate(STATES)}
    read = [[] for _place in range(5 + len(names))]  # type: ignore[var-annotated]
    for chunk in _chunks(rows.iterator(chunk_size=CHUNK)):
        columns = list(zip(*chunk, strict=True))
        for place in range(3):
            read[place].append(np.array(columns[place]))
        read[3].append(np.array([states[state] for state in columns[3]]))
        read[4].append(np.array([UNKNOWN if time is None else time for time in columns[4]]))
        for known, values, made in zip(places, columns[5:], read[5:], strict=True):
            made.append(np.array([known.setdefault(value, len(known)) for value in values]))
    number, *rest = (
        np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64) for parts in read
    )
    oldest_first = np.argsort(number)
    task, author, state, active_ms, *codes = (column[oldest_first] for column in rest)
    newest = _newest(task, author)
    tables, counts = {}, {}
    for control, known, made in zip(schema["controls"], places, codes, strict=True):
        values = [None if value is None else json.loads(value) for value in known]
        counts[control["name"]] = _counts(values, made)
        tables[control["name"]] = _table(control, values, task, author, made, newest)
    return LabelColumns(task, author, state, active_ms, tables, counts)


def _value_names(names: list[str]) -> list[str]:
    return [f"value_{place}" for place in range(len(names))]


def _chunks(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _newest(task: NDArray[Any], author: NDArray[Any]) -> NDArray[Any]:
    """The places of the last label of each person on each task."""
    if not len(task):
        return task
    order = np.lexsort((np.arange(len(task)), author, task))
    is_last = np.ones(len(task), dtype=bool)
    same = (task[order][1:] == task[order][:-1]) & (author[order][1:] == author[order][:-1])
    is_last[:-1] = ~same
    return np.sort(order[is_last])


def _counts(values: list[Any], made: NDArray[Any]) -> dict[str, int]:
    found = np.bincount(made, minlength=len(values)).tolist() if values else []
    return {
        str(value): count
        for value, count in zip(values, found, strict=True)
        if value not in UNANSWERED
    }


def _table(
    control: dict[str, Any],
    values: list[Any],
    task: NDArray[Any],
    author: NDArray[Any],
    made: NDArray[Any],
    newest: NDArray[Any],
) -> LabelTable:
    classes = list(kind_of(control).classes(control))
    classes += sorted({value for value in values if value not in UNANSWERED} - {*classes}, key=str)
    class_of = np.array(
        [UNKNOWN if value in UNANSWERED else classes.index(value) for value in values], dtype=int
    )
    label = class_of[made[newest]] if len(newest) else made
    kept = newest[label >= 0]
    items, item = np.unique(task[kept], return_inverse=True)
    people, person = np.unique(author[kept], return_inverse=True)
    rows = np.stack([item, person, label[label >= 0]], axis=1)
    size = len(items) * len(classes)
    counts = np.bincount(rows[:, 0] * len(classes) + rows[:, 2], minlength=size)
    return LabelTable(
        items.tolist(), people.tolist(), classes, counts.reshape(len(items), len(classes)), rows
    )
