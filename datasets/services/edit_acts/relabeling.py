"""Having labels made anew, by the people of their batches."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from datasets.models import BulkEdit, BulkEditRow
from datasets.services.edit_acts.kinds import Act, each, each_back, look_again
from datasets.services.edit_facts import Facts, LeftAlone, Why
from labelops.accounts.models import User
from tasks.models import Annotation, Assignment, Project, Task
from tasks.services import results, reversals, slots, stale

State = Task.State


def check(_project: Project, _wishes: Mapping[str, str]) -> dict[str, Any]:
    return {}


def why_left(_edit: BulkEdit, facts: Facts, _objects: list[str]) -> str:
    if facts.task is None:
        return Why.NO_LABEL
    if facts.is_gold:
        return Why.GOLD
    if facts.is_being_reviewed:
        return Why.BEING_REVIEWED
    return Why.BY_EXPERT if facts.is_by_expert else ""


def _relabel(edit: BulkEdit, row: BulkEditRow, facts: Facts) -> dict[str, Any]:
    task = results.lock_task(facts.task.pk)
    if look_again(edit, row, why_left).task.pk != task.pk:
        raise LeftAlone(Why.TOUCHED)
    if not stale.can_be_worked_on(task.batch, by=edit.job.created_by):
        raise LeftAlone(Why.NO_TEAM)
    before = {"task": task.pk, "picture": reversals.picture_of(task)}
    answers = Annotation.objects.filter(task=task, assignment__round=task.round)
    authors = [answer.author for answer in answers.select_related("author")]
    results.open_relabel(
        task,
        [author for author in authors if author.is_active],
        by=edit.job.created_by,
        reason=edit.reason,
        note={"reason": _("Please label this anew"), "comment": edit.reason},
    )
    return before | {"round": task.round}


def _take_back(_edit: BulkEdit, row: BulkEditRow, by: User) -> None:
    """While nobody has begun: then it is as if it had never been sent."""
    task = results.lock_task(row.before["task"])
    begun = slots.labeling_slots(task).exclude(
        state__in=[Assignment.State.OPEN, Assignment.State.PARKED]
    )
    is_waiting = task.state == State.PENDING and task.set_aside is None
    if not is_waiting or task.round != row.before["round"] or begun.exists():
        raise LeftAlone(Why.TOUCHED)
    reversals.restore(task, row.before["picture"], by=by, reason="a bulk edit was taken back")


RELABEL = Act(check, why_left, each(why_left, _relabel), each_back(_take_back))
