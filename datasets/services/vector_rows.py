"""Rows of `{"item", "vector"}` that were brought from elsewhere, each judged as it is read.

Kept of a row is its vector in 32 bits alone, so that a chunk has a bound whatever its rows hold.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from django.db.models import F
from numpy.typing import NDArray

from datasets.models import VectorSet
from datasets.models.vectors import DIMENSIONS_MOST
from labelops.many_rows import Among
from tasks.formats.problems import Problem, RowRefused
from tasks.formats.records import MAX_ID, Row
from tasks.models import Item

FIELDS = ("item", "vector")
SHOWN = 80


class Given(NamedTuple):
    """A vector whose item is still to be looked up: its direction, of no certain length."""

    row: int
    item: str
    vector: NDArray[np.float32]


class Vectors(NamedTuple):
    """Of a chunk: the last row of an item counts."""

    ids: list[int]
    rows: NDArray[np.float32]
    problems: list[Problem]


def length_of(rows: Iterable[Row | Problem]) -> int:
    """Of the first vector: those of a new set have as many numbers. Raises RowRefused."""
    for row in rows:
        if isinstance(row, Problem):
            raise RowRefused(row)
        given = row.fields.get("vector")
        length = len(given) if isinstance(given, list) else 0
        if not 1 <= length <= DIMENSIONS_MOST:
            template = "The vector is a list of 1 to {most} numbers."
            refused = _refused("not_a_vector", "vector", template, most=DIMENSIONS_MOST)
            raise RowRefused(refused.problem.at(row=row.number))
        _check_vector(given, length)
        return length
    raise _refused("empty_list", "vectors", "There is no vector.")


def judged(row: Row | Problem, dimensions: int) -> Given | Problem:
    """What is right of its own; whether the project has the item, `looked_up` says."""
    if isinstance(row, Problem):
        return row
    try:
        _check_fields(row.fields)
        _check_vector(row.fields["vector"], dimensions)
    except RowRefused as refused:
        return refused.problem.at(row=row.number)
    return Given(row.number, row.fields["item"], _direction(row.fields["vector"]))


def looked_up(vector_set: VectorSet, rows: Sequence[Given | Problem]) -> Vectors:
    """By their items, in one statement; the problems in the order of the rows."""
    given = [row for row in rows if isinstance(row, Given)]
    known = _items(vector_set.project_id, {row.item for row in given})
    good = {known[row.item]: row.vector for row in given if row.item in known}
    problems = [row for row in rows if isinstance(row, Problem)]
    problems += [_unknown(row.item).at(row=row.row) for row in given if row.item not in known]
    problems.sort(key=lambda problem: problem.row or 0)
    matrix = np.array(list(good.values()), np.float32).reshape(-1, vector_set.dimensions)
    return Vectors(list(good), matrix, problems)


def _items(project_id: int, names: set[str]) -> dict[str, int]:
    found = Item.objects.filter(Among(F("external_id"), list(names)), project=project_id)
    return dict(found.order_by().values_list("external_id", "pk"))


def _check_fields(fields: dict[str, Any]) -> None:
    for name in fields:
        if name not in FIELDS:
            raise _refused("unknown_field", name[:SHOWN], "This field is not known here.")
    for name in FIELDS:
        if name not in fields:
            raise _refused("missing_field", name, "The field {name} is missing.", name=name)
    item = fields["item"]
    if not isinstance(item, str):
        raise _refused("not_text", "item", "The item is named by text.")
    if len(item) > MAX_ID:
        raise RowRefused(_unknown(item))


def _check_vector(given: Any, dimensions: int) -> None:
    if not isinstance(given, list):
        raise _refused("not_a_list", "vector", "The vector is a list of numbers.")
    if len(given) != dimensions:
        raise _refused(
            "wrong_length",
            "vector",
            "The vector has {found} numbers; those of this set have {wanted}.",
            found=len(given),
            wanted=dimensions,
        )
    for place, number in enumerate(given):
        if not _is_finite(number):
            sentence = "Number {place} of the vector is not a finite number."
            raise _refused("not_finite", f"vector.{place}", sentence, place=place + 1)
    if not any(given):
        raise _refused("zero_vector", "vector", "The vector is zero: it points nowhere.")


def _is_finite(number: Any) -> bool:
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    try:
        return is_number and math.isfinite(number)
    except OverflowError:
        return False


def _direction(vector: list[float]) -> NDArray[np.float32]:
    """Its largest number is 1, as those that are too large or too small for 32 bits are fine."""
    exact = np.array(vector, np.float64)
    return (exact / np.abs(exact).max()).astype(np.float32)


def _unknown(item: str) -> Problem:
    template = "The project has no item “{item}”."
    return Problem("unknown_item", template, field="item", params={"item": item[:SHOWN]})


def _refused(code: str, field: str, template: str, **params: Any) -> RowRefused:
    return RowRefused(Problem(code, template, field=field, params=params))
