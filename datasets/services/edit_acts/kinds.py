"""What every act of a bulk edit offers, and how most of them go through their rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from datasets.models import BulkEdit, BulkEditRow
from datasets.services.edit_facts import Facts, LeftAlone, Why, facts_of
from labelops.accounts.models import User
from labelops.errors import DomainError
from tasks.models import Project

State = BulkEditRow.State
Rows = Sequence[BulkEditRow]
# How the codes of services are told here.
CODES = {"being_reviewed": Why.BEING_REVIEWED, "own_work": Why.OWN_WORK}


@dataclass(frozen=True)
class Act:
    """`check` returns what is kept of the wishes, or raises DomainError with the field.

    `why_left` says why an item is left alone, empty when it is not; `do` and `take_back` go through
    rows of one transaction and store in each what became of it. `chunk` is how many at once.
    """

    check: Callable[[Project, Mapping[str, str]], dict[str, Any]]
    why_left: Callable[[BulkEdit, Facts, list[str]], str]
    do: Callable[[BulkEdit, Rows, dict[int, Facts]], None]
    take_back: Callable[[BulkEdit, Rows, User], None]
    chunk: int = 20


def each(
    why_left: Callable[[BulkEdit, Facts, list[str]], str],
    do_one: Callable[[BulkEdit, BulkEditRow, Facts], dict[str, Any]],
) -> Callable[[BulkEdit, Rows, dict[int, Facts]], None]:
    """`do_one` returns what taking back needs, or raises LeftAlone or a DomainError."""

    def do(edit: BulkEdit, rows: Rows, facts: dict[int, Facts]) -> None:
        for row in rows:
            found = facts.get(row.item_id)
            why = why_left(edit, found, row.objects_meant) if found else Why.GONE
            if why:
                row.state, row.note = State.LEFT, why
                continue
            try:
                with transaction.atomic():
                    row.before = do_one(edit, row, found)
                row.state = State.DONE
            except LeftAlone as left:
                row.state, row.note = State.LEFT, left.why
            except DomainError as error:
                row.state, row.note = State.LEFT, CODES.get(error.code, Why.REFUSED)

    return do


def each_back(
    take_back_one: Callable[[BulkEdit, BulkEditRow, User], None],
) -> Callable[[BulkEdit, Rows, User], None]:
    """`take_back_one` raises LeftAlone or a DomainError for a row that has to stay as it is."""

    def take_back(edit: BulkEdit, rows: Rows, by: User) -> None:
        for row in rows:
            try:
                with transaction.atomic():
                    take_back_one(edit, row, by)
                row.state = State.UNDONE
            except LeftAlone as left:
                row.state, row.note = State.KEPT, left.why
            except DomainError:
                row.state, row.note = State.KEPT, Why.TOUCHED

    return take_back


def look_again(
    edit: BulkEdit,
    row: BulkEditRow,
    why_left: Callable[[BulkEdit, Facts, list[str]], str],
) -> Facts:
    """The facts once more, under the locks of the tasks. Raises LeftAlone."""
    found = facts_of(edit.project, [row.item_id], by=edit.job.created_by).get(row.item_id)
    if found is None:
        raise LeftAlone(Why.GONE)
    if why := why_left(edit, found, row.objects_meant):
        raise LeftAlone(Why(why))
    return found
