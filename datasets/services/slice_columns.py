"""What the slice finder knows of each item of an evaluation: its data, its label, who made it."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.analysis.conditions import DATA, text_of
from datasets.analysis.predicates import SUPPORT, Predicate, predicates_of, predicates_of_names
from datasets.models import BACKGROUND, Evaluation, Match
from datasets.services.condition_fields import CONTENTS, can_be_asked
from datasets.services.outcomes import entries_of
from tasks.models import Annotation

CHUNK = 2_000
DATA_FIELDS_MOST = 40
FACTS = {
    "batch": "task__batch",
    "source": "source",
    "instruction": "instruction_number",
    "width": "item__width",
    "height": "item__height",
}
Tick = Callable[[int], None]


def predicates_for(
    evaluation: Evaluation, item_ids: NDArray[np.int64], *, tick: Tick
) -> list[Predicate]:
    """The conditions of all columns, in the order of the items. Reads them all: for jobs."""
    columns, tasks = _read(evaluation, item_ids, tick)
    found = [each for field, values in columns.items() for each in predicates_of(field, values)]
    found += _of_labels(evaluation, item_ids)
    return found + _of_annotators(tasks, len(item_ids))


def _read(
    evaluation: Evaluation, item_ids: NDArray[np.int64], tick: Tick
) -> tuple[dict[str, list[Any]], dict[int, int]]:
    """The columns by field, and the place of each item by its task."""
    columns: dict[str, list[Any]] = {}
    given: Counter[str] = Counter()
    tasks: dict[int, int] = {}
    for rows in _chunks(evaluation):
        for item_id, task_id, facts in rows:
            place = int(np.searchsorted(item_ids, item_id))
            if place == len(item_ids) or item_ids[place] != item_id:
                continue
            tasks[task_id] = place
            for field, value in facts.items():
                if value is not None:
                    columns.setdefault(field, [None] * len(item_ids))[place] = value
                    given[field] += 1
        tick(len(rows))
    data = [field for field in given if field.startswith(DATA) and can_be_asked(field)]
    most_given = sorted(data, key=lambda field: (-given[field], field))[:DATA_FIELDS_MOST]
    kept = [field for field in columns if not field.startswith(DATA)] + most_given
    return {field: columns[field] for field in kept if given[field] >= SUPPORT}, tasks


def _chunks(evaluation: Evaluation) -> Iterator[list[tuple[int, int, dict[str, Any]]]]:
    names = ("item", "task", "item__data", "item__created_at", "task__settled_at", *FACTS.values())
    rows = entries_of(evaluation).order_by("item").values_list(*names)
    last = 0
    while chunk := list(rows.filter(item__gt=last)[:CHUNK]):
        last = chunk[-1][0]
        yield [_facts(row) for row in chunk]


def _facts(row: tuple[Any, ...]) -> tuple[int, int, dict[str, Any]]:
    item_id, task_id, data, imported_at, settled_at, *values = row
    facts: dict[str, Any] = dict(zip(FACTS, values, strict=True))
    # Numbers that are names.
    facts["batch"] = str(facts["batch"])
    facts["imported"] = imported_at.date().isoformat()
    facts["labeled"] = settled_at and settled_at.date().isoformat()
    width, height = facts["width"], facts["height"]
    facts["aspect"] = width / height if width and height else None
    text = data.get("text")
    facts["text_length"] = len(text) if isinstance(text, str) and not width else None
    for name, value in data.items():
        if name not in CONTENTS and text_of(value) is not None:
            facts[DATA + name] = value
    return item_id, task_id, facts


def _of_labels(evaluation: Evaluation, item_ids: NDArray[np.int64]) -> list[Predicate]:
    """Each class that the label names."""
    matches = Match.objects.filter(evaluation=evaluation, truth__gt=BACKGROUND)
    pairs = list(matches.order_by().values_list("item", "truth").distinct())
    places = _places(item_ids, [item for item, _truth in pairs])
    known = [(place, truth) for place, (_item, truth) in zip(places, pairs, strict=True)]
    known = [(place, truth) for place, truth in known if place >= 0]
    names = [evaluation.class_of(truth) for _place, truth in known]
    return predicates_of_names("label", [place for place, _truth in known], names, len(item_ids))


def _of_annotators(tasks: dict[int, int], count: int) -> list[Predicate]:
    ids, places, names = sorted(tasks), [], []
    for first in range(0, len(ids), CHUNK):
        rows = Annotation.objects.filter(task__in=ids[first : first + CHUNK])
        standing = rows.exclude(state=Annotation.State.SUPERSEDED)
        for task_id, author_id in standing.values_list("task", "author"):
            places.append(tasks[task_id])
            names.append(str(author_id))
    return predicates_of_names("annotator", places, names, count)


def _places(item_ids: NDArray[np.int64], wanted: list[int]) -> list[int]:
    """Where each stands among the sorted ids; -1 for one that is not there."""
    at = {item_id: place for place, item_id in enumerate(item_ids.tolist())}
    return [at.get(item_id, -1) for item_id in wanted]
