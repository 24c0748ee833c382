"""Fixing labels: each is decided as on the review desk, by an expert who may decide it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from datasets.models import BulkEdit, BulkEditRow
from datasets.services.edit_acts.kinds import Act, each, each_back
from datasets.services.edit_facts import Facts, LeftAlone, Why
from labelops.accounts.models import User
from labelops.errors import Conflict, DomainError
from reviews.models import Review
from reviews.services import chosen_reviews, queue, undo
from tasks.blocks.classes import schema_classes
from tasks.kinds.labels import flatten
from tasks.kinds.rules import OBJECTS
from tasks.kinds.schema import control_named
from tasks.models import Assignment, Project, Task
from tasks.services import assignments, slots
from tasks.services.instructions import current_schema

Answer = dict[str, Any]


def choices(project: Project, *, of_objects: bool) -> list[tuple[str, str]]:
    """The classes that a label can be fixed to, as ("control:value", title)."""
    schema = current_schema(project)
    fixable = {c["name"]: c for c in schema["controls"] if _is_fixable(c, of_objects=of_objects)}
    found = [
        (f"{control}:{value}", title, fixable[control]["title"])
        for (control, value), title in schema_classes(schema).items()
        if control in fixable
    ]
    is_one = len(fixable) == 1
    return [(key, title if is_one else f"{name}: {title}") for key, title, name in found]


def _is_fixable(control: dict[str, Any], *, of_objects: bool) -> bool:
    if of_objects:
        return control["type"] in OBJECTS
    return control["type"] == "choice" and not control.get("multiple", False)


def check(project: Project, wishes: Mapping[str, str]) -> dict[str, Any]:
    """`label` is "control:value"."""
    control, _colon, value = wishes.get("label", "").partition(":")
    schema = current_schema(project)
    asked = control_named(schema, control)
    ways = [way for way in (False, True) if asked and _is_fixable(asked, of_objects=way)]
    title = schema_classes(schema).get((control, value))
    if not ways or title is None:
        raise DomainError(_("Choose the right label."), field="label")
    return {"control": control, "label": value, "title": title, "is_object": ways == [True]}


def why_left(edit: BulkEdit, facts: Facts, objects: list[str]) -> str:
    task = facts.task
    if task is None:
        return Why.NO_LABEL
    if facts.is_gold:
        return Why.GOLD
    if facts.is_own_work:
        return Why.OWN_WORK
    if facts.is_being_reviewed:
        return Why.BEING_REVIEWED
    if "control" not in edit.parameters:
        # A preview before a label was chosen.
        return ""
    if not edit.parameters["is_object"]:
        given = (task.result_answer or {}).get(edit.parameters["control"])
        return Why.SAME if given == edit.parameters["label"] else ""
    meant = [entry for entry in _objects(edit, task) if entry["id"] in objects]
    if not meant:
        return Why.NO_OBJECT
    is_so = all(entry["label"] == edit.parameters["label"] for entry in meant)
    return Why.SAME if is_so else ""


def _objects(edit: BulkEdit, task: Task) -> list[dict[str, Any]]:
    value = (task.result_answer or {}).get(edit.parameters["control"])
    is_list = isinstance(value, list)
    return [entry for entry in value if isinstance(entry, dict)] if is_list else []


def _changes(edit: BulkEdit, task: Task, objects: list[str]) -> Answer:
    """The control of the answer as it is to be. Raises LeftAlone."""
    control, label = edit.parameters["control"], edit.parameters["label"]
    schema = queue.decided_version(task).label_schema
    asked = control_named(schema, control)
    if asked is None:
        raise LeftAlone(Why.REFUSED)
    if asked["type"] not in OBJECTS:
        return {control: label}
    present = _objects(edit, task)
    if not any(entry["id"] in objects for entry in present):
        raise LeftAlone(Why.NO_OBJECT)
    known = _attributes(asked, label)
    return {
        control: [
            _relabelled(entry, label, known) if entry["id"] in objects else entry
            for entry in present
        ]
    }


def _relabelled(entry: dict[str, Any], label: str, known: set[str]) -> dict[str, Any]:
    """Attributes that the new label does not have fall away."""
    changed = {**entry, "label": label}
    if "attributes" in entry:
        kept = {name: value for name, value in entry["attributes"].items() if name in known}
        changed["attributes"] = kept
    return changed


def _attributes(control: dict[str, Any], label: str) -> set[str]:
    for entry in flatten(control["labels"]):
        if entry["value"] == label:
            return {spec["name"] for spec in entry.get("attributes", [])}
    return set()


def _fix(edit: BulkEdit, row: BulkEditRow, facts: Facts) -> dict[str, Any]:
    task = Task.objects.select_related("consensus", "batch", "item").get(pk=facts.task.pk)
    changes = _changes(edit, task, row.objects_meant)
    former = {control: (task.result_answer or {}).get(control) for control in changes}
    review, was_waiting = _decide(task, changes, by=edit.job.created_by, comment=edit.reason)
    task.refresh_from_db(fields=["result_revision"])
    return {
        "task": task.pk,
        "review": review.pk,
        "former": former,
        "was_waiting": was_waiting,
        "revision": task.result_revision,
    }


def _decide(task: Task, changes: Answer, *, by: User, comment: str) -> tuple[Review, bool]:
    """The review, and whether its slot had been waiting for somebody. Raises LeftAlone."""
    was_waiting = chosen_reviews.waiting_slot(task) is not None
    slot = chosen_reviews.slot_of(task)
    if slot is None:
        raise LeftAlone(Why.BEING_REVIEWED)
    if not chosen_reviews.is_open_to(slot, by):
        raise LeftAlone(Why.NOT_YOURS)
    return chosen_reviews.decide_as(slot, task, changes, by=by, comment=comment), was_waiting


def _take_back(edit: BulkEdit, row: BulkEditRow, by: User) -> None:
    """By the rules of the desk while they let it; after that by a decision for the former label."""
    before = row.before
    review = Review.objects.select_related("assignment").get(pk=before["review"])
    task = Task.objects.select_related("consensus", "batch", "item").get(pk=before["task"])
    is_untouched = task.state == Task.State.ACCEPTED and review.withdrawn_at is None
    if not is_untouched or task.result_revision != before["revision"]:
        raise LeftAlone(Why.TOUCHED)
    try:
        held = undo.take_back(review.assignment.public_id, by=by)
    except (Conflict, Assignment.DoesNotExist):
        _decide(task, before["former"], by=by, comment=_("The change was taken back."))
        return
    _give_up(held, by=by, was_waiting=before["was_waiting"])


def _give_up(held: Assignment, *, by: User, was_waiting: bool) -> None:
    """Nobody asked for the lease that taking back leaves; a slot that had waited waits again."""
    assignments.release(held, by=by)
    if not was_waiting:
        slots.withdraw(held)


FIX = Act(check, why_left, each(why_left, _fix), each_back(_take_back))
