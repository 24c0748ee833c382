"""What the slice finder knows of each item of an evaluation: its data, its label, who made it."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from datasets.analysis.conditions import DATA, MISSING, text_of
from datasets.analysis.predicates import Predicate, predicates_of, predicates_of_names
from datasets.models import BACKGROUND, Evaluation, Match
from datasets.services.condition_fields import CONTENTS, can_be_asked
from datasets.services.outcomes import entries_of
from datasets.services.slice_inputs import Ids, Tick, object_columns, picture_columns
from labelops.jobs.heart import Beat
from tasks.models import Annotation

CHUNK = 2_000
SAMPLE = 500
DATA_FIELDS_MOST = 40
FACTS = {
    "batch": "task__batch",
    "source": "source",
    "instruction": "instruction_number",
    "width": "item__width",
    "height": "item__height",
}
COMPUTED = ("imported", "labeled", "aspect", "text_length")


def predicates_for(evaluation: Evaluation, item_ids: Ids, *, tick: Tick) -> list[Predicate]:
    """The conditions of all columns, in the order of the items. Reads them all: for jobs."""
    columns, tasks = _read(evaluation, item_ids, tick)
    found = [each for field, values in columns.items() for each in predicates_of(field, values)]
    found += _of_labels(evaluation, item_ids)
    return found + _of_annotators(tasks, len(item_ids))


def predicates_of_inputs(
    evaluation: Evaluation, item_ids: Ids, pictures: Ids, *, tick: Tick, beat: Beat
) -> list[Predicate]:
    """Those of what is drawn and of what is in the pictures that are to be read."""
    columns = object_columns(evaluation, item_ids, beat=beat)
    columns |= picture_columns(evaluation.project, item_ids, pictures, tick=tick)
    return [each for field, values in columns.items() for each in _telling(field, values)]


def _telling(field: str, values: list[Any]) -> list[Predicate]:
    """Without what only says whether the value is known: perhaps the picture was not read."""
    known_count = sum(value is not None for value in values)
    return [
        each
        for each in predicates_of(field, values)
        if each.condition.operator != MISSING and each.mask.sum() < known_count
    ]


def _read(
    evaluation: Evaluation, item_ids: Ids, tick: Tick
) -> tuple[dict[str, list[Any]], dict[int, int]]:
    """The columns by field, and the place of each item by its task."""
    fields = [*FACTS, *COMPUTED, *_data_fields(evaluation, item_ids)]
    columns: dict[str, list[Any]] = {field: [None] * len(item_ids) for field in fields}
    places = {item_id: place for place, item_id in enumerate(item_ids.tolist())}
    tasks: dict[int, int] = {}
    for rows in _chunks(evaluation):
        for row in rows:
            item_id, task_id, data, *values = row
            if (place := places.get(item_id)) is None:
                continue
            tasks[task_id] = place
            facts = _facts(data, *values)
            for field, column in columns.items():
                name = field.removeprefix(DATA)
                column[place] = facts[field] if name == field else data.get(name)
        tick(len(rows))
    return columns, tasks


def _data_fields(evaluation: Evaluation, item_ids: Ids) -> list[str]:
    """Those that most of some items have, spread over all: there may be any number of others."""
    sample = item_ids[:: -(-len(item_ids) // SAMPLE) or 1].tolist()
    given: Counter[str] = Counter()
    entries = entries_of(evaluation).filter(item__in=sample)
    for data in entries.values_list("item__data", flat=True):
        given.update(
            DATA + name
            for name, value in data.items()
            if name not in CONTENTS and text_of(value) is not None
        )
    asked = [field for field in given if can_be_asked(field)]
    return sorted(asked, key=lambda field: (-given[field], field))[:DATA_FIELDS_MOST]


def _chunks(evaluation: Evaluation) -> Iterator[list[tuple[Any, ...]]]:
    names = ("item", "task", "item__data", "item__created_at", "task__settled_at", *FACTS.values())
    rows = entries_of(evaluation).order_by("item").values_list(*names)
    last = 0
    while chunk := list(rows.filter(item__gt=last)[:CHUNK]):
        last = chunk[-1][0]
        yield chunk


def _facts(
    data: dict[str, Any], imported_at: datetime, settled_at: datetime | None, *values: Any
) -> dict[str, Any]:
    facts: dict[str, Any] = dict(zip(FACTS, values, strict=True))
    # A number that is a name.
    facts["batch"] = str(facts["batch"])
    facts["imported"] = imported_at.date().isoformat()
    facts["labeled"] = settled_at.date().isoformat() if settled_at else None
    width, height = facts["width"], facts["height"]
    facts["aspect"] = width / height if width and height else None
    text = data.get("text")
    facts["text_length"] = len(text) if isinstance(text, str) else None
    return facts


def _of_labels(evaluation: Evaluation, item_ids: Ids) -> list[Predicate]:
    """Each class that the label names."""
    at = {item_id: place for place, item_id in enumerate(item_ids.tolist())}
    matches = Match.objects.filter(evaluation=evaluation, truth__gt=BACKGROUND)
    pairs = matches.order_by().values_list("item", "truth").distinct()
    known = [(at[item], truth) for item, truth in pairs if item in at]
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
