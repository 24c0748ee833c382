"""Vectors brought in one request: all of them are stored, or none."""

from collections.abc import Sequence

from django.db import transaction

from datasets.models import VectorSet
from datasets.services.vector_jobs import get_brought, record_made
from datasets.services.vector_rows import judged, length_of, looked_up
from datasets.services.vectors import add_block, lock_set, publish
from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import DomainError
from tasks.formats.problems import Problem, RowRefused
from tasks.formats.records import Row
from tasks.models import Project
from tasks.services.archiving import lock_project
from tasks.services.checks import translated


def add_list(project: Project, *, name: str, rows: Sequence[Row], by: User) -> VectorSet:
    """Add to the set of that name, made when there is none; what the items had is replaced.

    Raises DomainError for the first wrong row.
    """
    try:
        length = length_of(rows)
    except RowRefused as refused:
        raise _refusal(refused.problem) from refused
    with transaction.atomic():
        lock_project(project.pk)
        vector_set, is_new = get_brought(project, name, length)
        locked = lock_set(vector_set.pk)
        found = looked_up(locked, [judged(row, locked.dimensions) for row in rows])
        if found.problems:
            raise _refusal(found.problems[0])
        before = locked.vector_count
        add_block(locked, found.ids, found.rows)
        publish(locked)
        after = {"vectors": locked.vector_count, "sent": len(found.ids)}
        if is_new:
            record_made(locked, by=by, **after)
        else:
            record(by, "vectors.added", locked, before={"vectors": before}, after=after)
    return locked


def _refusal(problem: Problem) -> DomainError:
    return DomainError(translated(problem), code=problem.code, field=problem.field, row=problem.row)
