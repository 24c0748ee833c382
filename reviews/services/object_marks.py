"""Objects that reviewers of crops marked as wrong, for the review that they asked for."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef

from reviews.models import ObjectCheck, RejectReason, Review
from reviews.services.crop_objects import objects_of
from tasks.models import Task

Answer = dict[str, Any]


@dataclass(frozen=True)
class MarkedObject:
    """An object as the stored label has it, and what was said of it."""

    check: ObjectCheck
    entry: dict[str, Any]


def marked_objects(task: Task) -> list[MarkedObject]:
    """Those that nobody has decided since, in the order in which they were marked."""
    decided = Review.objects.standing().filter(
        task=OuterRef("task"), decided_at__gt=OuterRef("checked_at")
    )
    wrong = task.object_checks.standing().filter(verdict=ObjectCheck.Verdict.WRONG)
    checks = list(wrong.exclude(Exists(decided)).order_by("pk"))
    drawn = {control: objects_of(task, control) for control in {row.control for row in checks}}
    return [
        MarkedObject(check, drawn[check.control][check.fingerprint])
        for check in checks
        if check.fingerprint in drawn[check.control]
    ]


def corrected(schema: dict[str, Any], task: Task, marked: list[MarkedObject]) -> Answer | None:
    """The stored label with the classes that were named, and without what is no object.

    None where that is the label as it is: new boundaries have to be drawn by hand.
    """
    answer = dict(task.result_answer or {})
    for control in schema["controls"]:
        own = {
            found.check.object_id: found.check
            for found in marked
            if found.check.control == control["name"]
        }
        if own and control["type"] == "shapes":
            answer[control["name"]] = _corrected(control, answer[control["name"]], own)
    return None if answer == task.result_answer else answer


def _corrected(
    control: dict[str, Any], entries: list[dict[str, Any]], checks: dict[str, ObjectCheck]
) -> list[dict[str, Any]]:
    labels = {label["value"]: label for label in control["labels"]}
    made = []
    for entry in entries:
        check = checks.get(entry["id"])
        if check and check.reason == RejectReason.EXTRA_OBJECT:
            continue
        # The version that decides may be older than the class.
        is_named = check is not None and check.should_be in labels
        made.append(_renamed(entry, labels, check.should_be) if check and is_named else entry)
    return made


def _renamed(
    entry: dict[str, Any], labels: dict[str, dict[str, Any]], value: str
) -> dict[str, Any]:
    """With those attributes that both classes ask for alike."""
    former, new = (labels.get(label, {}).get("attributes", []) for label in (entry["label"], value))
    shared = {spec["name"] for spec in new if spec in former}
    given = entry.get("attributes", {})
    kept = {name: said for name, said in given.items() if name in shared}
    return entry | {"label": value, "attributes": kept}
