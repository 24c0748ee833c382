"""Putting a tag on items, and taking it off."""

from collections.abc import Callable, Mapping
from typing import Any

from datasets.models import BulkEdit
from datasets.services.edit_acts.kinds import Act, Rows, State
from datasets.services.edit_facts import Facts, Why
from labelops.accounts.models import User
from tasks.models import Item, Project
from tasks.services import item_tags
from tasks.services.item_tags import check_tag

CHUNK = 500
Change = Callable[..., set[int]]


def check(_project: Project, wishes: Mapping[str, str]) -> dict[str, Any]:
    return {"tag": check_tag(wishes.get("tag", ""))}


def why_left(_edit: BulkEdit, _facts: Facts, _objects: list[str]) -> str:
    return ""


def _act(change: Change, change_back: Change) -> Act:
    """Both return the ids of the items that they changed; the others were so already."""

    def do(edit: BulkEdit, rows: Rows, facts: dict[int, Facts]) -> None:
        items = [found.item for found in facts.values()]
        changed = change(items, edit.parameters["tag"], by=edit.job.created_by)
        for row in rows:
            if row.item_id in changed:
                row.state = State.DONE
            else:
                row.state = State.LEFT
                row.note = Why.SAME if row.item_id in facts else Why.GONE

    def take_back(edit: BulkEdit, rows: Rows, by: User) -> None:
        items = list(Item.objects.filter(pk__in=[row.item_id for row in rows]))
        changed = change_back(items, edit.parameters["tag"], by=by)
        for row in rows:
            is_back = row.item_id in changed
            row.state = State.UNDONE if is_back else State.KEPT
            row.note = "" if is_back else Why.TOUCHED

    return Act(check, why_left, do, take_back, chunk=CHUNK)


TAG = _act(item_tags.put_on, item_tags.take_off)
UNTAG = _act(item_tags.take_off, item_tags.put_on)
