"""Taking items out of the work, in every batch, and putting them back."""

from collections.abc import Mapping
from typing import Any

from datasets.models import BulkEdit, BulkEditRow
from datasets.services.edit_acts.kinds import Act, each, each_back, look_again
from datasets.services.edit_facts import Facts, LeftAlone, Why
from labelops.accounts.models import User
from tasks.models import Project, Task
from tasks.services import leases, results, reversals

State = Task.State
REOPENED = {
    State.IN_REVIEW: results.open_review,
    State.IN_ADJUDICATION: results.open_adjudication,
}


def check(_project: Project, _wishes: Mapping[str, str]) -> dict[str, Any]:
    return {}


def why_left(_edit: BulkEdit, facts: Facts, _objects: list[str]) -> str:
    if not facts.tasks:
        return Why.NO_BATCH
    if facts.is_gold:
        return Why.GOLD
    if facts.is_being_reviewed:
        return Why.BEING_REVIEWED
    return "" if _included(facts) else Why.SAME


def _included(facts: Facts) -> list[Task]:
    return [task for task in facts.tasks if task.state != State.EXCLUDED]


def _exclude(edit: BulkEdit, row: BulkEditRow, facts: Facts) -> dict[str, Any]:
    by = edit.job.created_by
    ids = [task.pk for task in _included(facts)]
    # Slots before their tasks, as everywhere.
    leases.revoke_tasks(ids, by=by, reason=edit.reason)
    tasks = [results.lock_task(task_id) for task_id in ids]
    look_again(edit, row, why_left)
    before = []
    for task in tasks:
        if task.state == State.EXCLUDED:
            continue
        picture = reversals.picture_of(task)
        if task.state == State.ON_HOLD:
            picture["state"] = task.held_state
        results.exclude(task, by=by, reason=edit.reason)
        before.append({"task": task.pk, "picture": picture, "revision": task.result_revision})
    return {"tasks": before}


def _take_back(_edit: BulkEdit, row: BulkEditRow, by: User) -> None:
    """Labels stand again, reviews wait again; what was being labeled begins a new round."""
    excluded = [(results.lock_task(entry["task"]), entry) for entry in row.before["tasks"]]
    for task, entry in excluded:
        is_out = task.state == State.EXCLUDED and task.set_aside is None
        if not is_out or task.result_revision != entry["revision"]:
            raise LeftAlone(Why.TOUCHED)
    for task, entry in excluded:
        _restore(task, entry["picture"], by=by, reason="a bulk edit was taken back")


def _restore(task: Task, picture: dict[str, Any], *, by: User, reason: str) -> None:
    state = State(picture["state"])
    if state in REOPENED:
        reversals.restore(task, picture, by=by, reason=reason)
        REOPENED[state](task, by=by, reason=reason)
    elif state == State.ACCEPTED:
        reversals.restore(task, picture, by=by, reason=reason)
    else:
        results.restore(task, by=by, reason=reason)


EXCLUDE = Act(check, why_left, each(why_left, _exclude), each_back(_take_back))
