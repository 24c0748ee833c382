"""Putting a tag on items, and taking it off."""

from collections.abc import Mapping
from typing import Any

from datasets.models import BulkEdit
from datasets.services.edit_acts.kinds import Act, Rows, State
from datasets.services.edit_facts import Facts, Why
from labelops.accounts.models import User
from tasks.models import Item, Project
from tasks.services import item_tags
from tasks.services.item_tags import check_tag

CHUNK = 500


def check(_project: Project, wishes: Mapping[str, str]) -> dict[str, Any]:
    return {"tag": check_tag(wishes.get("tag", ""))}


def why_left(_edit: BulkEdit, _facts: Facts, _objects: list[str]) -> str:
    return ""


def _tag(edit: BulkEdit, rows: Rows, facts: dict[int, Facts]) -> None:
    items = [found.item for found in facts.values()]
    changed = item_tags.put_on(items, edit.parameters["tag"], by=edit.job.created_by)
    _store(rows, facts, changed)


def _untag(edit: BulkEdit, rows: Rows, facts: dict[int, Facts]) -> None:
    items = [found.item for found in facts.values()]
    changed = item_tags.take_off(items, edit.parameters["tag"], by=edit.job.created_by)
    _store(rows, facts, changed)


def _store(rows: Rows, facts: dict[int, Facts], changed: set[int]) -> None:
    for row in rows:
        if row.item_id in changed:
            row.state = State.DONE
        else:
            row.state = State.LEFT
            row.note = Why.SAME if row.item_id in facts else Why.GONE


def _tag_back(edit: BulkEdit, rows: Rows, by: User) -> None:
    _store_back(rows, item_tags.take_off(_items(rows), edit.parameters["tag"], by=by))


def _untag_back(edit: BulkEdit, rows: Rows, by: User) -> None:
    _store_back(rows, item_tags.put_on(_items(rows), edit.parameters["tag"], by=by))


def _items(rows: Rows) -> list[Item]:
    return list(Item.objects.filter(pk__in=[row.item_id for row in rows]))


def _store_back(rows: Rows, changed: set[int]) -> None:
    for row in rows:
        is_back = row.item_id in changed
        row.state = State.UNDONE if is_back else State.KEPT
        row.note = "" if is_back else Why.TOUCHED


TAG = Act(check, why_left, _tag, _tag_back, chunk=CHUNK)
UNTAG = Act(check, why_left, _untag, _untag_back, chunk=CHUNK)
