"""Vectors brought from elsewhere: rows of `{"item", "vector"}`, of a file or of a request."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from django.db import transaction
from django.db.models import F
from numpy.typing import NDArray

from datasets.models import VectorSet
from datasets.models.vectors import DIMENSIONS_MOST
from datasets.services.vectors import add_block, lock_set, publish
from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import JobRefused, save_progress
from labelops.many_rows import Among
from labelops.media import storage
from tasks.formats import jsonl
from tasks.formats.problems import FileRefused, Problem, RowRefused
from tasks.formats.records import Row
from tasks.models import Item
from tasks.services.checks import translated

CHUNK = 2_000
FIELDS = ("item", "vector")
SHOWN = 80


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
        checked_vector(given, length)
        return length
    raise _refused("empty_list", "vectors", "There is no vector.")


def take_list(vector_set: VectorSet, rows: Sequence[Row], *, by: User) -> VectorSet:
    """Store the vectors of a request, all or none: raises DomainError for the first wrong row."""
    with transaction.atomic():
        locked = lock_set(vector_set.pk)
        found = _checked(locked, rows)
        if found.problems:
            first = found.problems[0]
            raise DomainError(translated(first), code=first.code, field=first.field, row=first.row)
        before = locked.vector_count
        add_block(locked, found.ids, found.rows)
        publish(locked)
        after = {"vectors": locked.vector_count, "sent": len(found.ids)}
        record(by, "vectors.added", locked, before={"vectors": before}, after=after)
    return locked


def take_file(vector_set: VectorSet, job: Job) -> None:
    """Store the vectors of the job's file, row by row from where an interrupted run was.

    Rows that are wrong are left out and told of; the same file again changes nothing.
    """
    with storage.open_file(job.payload["file"]) as stream:
        try:
            chunk: list[Row | Problem] = []
            for row in jsonl.read_rows(stream, after=job.cursor.get("row", 0)):
                chunk.append(row)
                if len(chunk) == CHUNK:
                    _take_chunk(vector_set, job, chunk)
                    chunk = []
            _take_chunk(vector_set, job, chunk)
        except FileRefused as refused:
            _tell(job, [refused.problem])
            raise JobRefused(translated(refused.problem)) from refused


def _take_chunk(vector_set: VectorSet, job: Job, chunk: Sequence[Row | Problem]) -> None:
    if not chunk:
        return
    problems = [row for row in chunk if isinstance(row, Problem)]
    with transaction.atomic():
        locked = lock_set(vector_set.pk)
        found = _checked(locked, [row for row in chunk if isinstance(row, Row)])
        add_block(locked, found.ids, found.rows)
        _tell(job, sorted([*problems, *found.problems], key=lambda problem: problem.row or 0))
        last = chunk[-1]
        job.cursor["row"] = last.row if isinstance(last, Problem) else last.number
        job.done_count += len(chunk)
        save_progress(job)


def _tell(job: Job, problems: Sequence[Problem]) -> None:
    job.errors = [*job.errors, *(row.as_dict(job.payload["file_name"]) for row in problems)]
    job.error_count += len(problems)


def _checked(vector_set: VectorSet, rows: Sequence[Row]) -> Vectors:
    known = _items(vector_set.project_id, rows)
    good: dict[int, list[float]] = {}
    problems = []
    for row in rows:
        try:
            item_id, vector = _judged(row.fields, known, vector_set.dimensions)
        except RowRefused as refused:
            problems.append(refused.problem.at(row=row.number))
        else:
            good[item_id] = vector
    matrix = np.array(list(good.values()), np.float64).reshape(-1, vector_set.dimensions)
    return Vectors(list(good), _scaled(matrix), problems)


def _scaled(matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    """As directions: numbers that are too large or too small for 32 bits are fine."""
    largest = np.abs(matrix).max(axis=1, keepdims=True, initial=0)
    return np.divide(matrix, largest, where=largest > 0, out=matrix).astype(np.float32)


def _items(project_id: int, rows: Sequence[Row]) -> dict[str, int]:
    names = {row.fields["item"] for row in rows if isinstance(row.fields.get("item"), str)}
    found = Item.objects.filter(Among(F("external_id"), list(names)), project=project_id)
    return dict(found.order_by().values_list("external_id", "pk"))


def _judged(
    fields: dict[str, Any], known: dict[str, int], dimensions: int
) -> tuple[int, list[float]]:
    for name in fields:
        if name not in FIELDS:
            raise _refused("unknown_field", name[:SHOWN], "This field is not known here.")
    for name in FIELDS:
        if name not in fields:
            raise _refused("missing_field", name, "The field {name} is missing.", name=name)
    item_id = known.get(fields["item"]) if isinstance(fields["item"], str) else None
    if item_id is None:
        shown = str(fields["item"])[:SHOWN]
        raise _refused("unknown_item", "item", "The project has no item “{item}”.", item=shown)
    return item_id, checked_vector(fields["vector"], dimensions)


def checked_vector(given: Any, dimensions: int) -> list[float]:
    """Raises RowRefused for what is no vector of that length."""
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
    return given


def _is_finite(number: Any) -> bool:
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    try:
        return is_number and math.isfinite(number)
    except OverflowError:
        return False


def _refused(code: str, field: str, template: str, **params: Any) -> RowRefused:
    return RowRefused(Problem(code, template, field=field, params=params))
