"""Holds answers against what is known to be right. Callers are in the deciding transaction."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from reviews.models import Measurement
from reviews.signals import measured
from tasks.kinds import answer as answers
from tasks.kinds.schema import single_choice
from tasks.models import Annotation, InstructionVersion


def measure(
    annotation: Annotation,
    *,
    right: list[dict[str, Any]],
    version: InstructionVersion,
    source: Measurement.Source,
    tolerance: float = 0.0,
    now: datetime | None = None,
) -> Measurement:
    """Store how an answer compares with the right ones; measured again, the row is replaced.

    `right` is the truth, known under `version`, then what else is right. An answer counts as right
    when it agrees with one of them for all purposes, or is at most `tolerance` away. Whoever
    answered before a breaking change that the truth already knows is not blamed.
    """
    schema = version.label_schema
    given = annotation.answer
    distance = min(answers.distance(schema, given, truth) for truth in right)
    choice = single_choice(schema)
    made, _is_new = Measurement.objects.update_or_create(
        annotation=annotation,
        defaults={
            "project_id": version.project_id,
            "person_id": annotation.author_id,
            "source": source,
            "is_right": is_right(schema, given, right, tolerance),
            "score": 1 - distance,
            "expected": _class(choice, right[0]),
            "given": _class(choice, given),
            "suggestion_is_right": _suggestion_is_right(annotation, schema, right, tolerance),
            "is_void": annotation.instruction_version.number < version.breaking_number,
            "measured_at": now or timezone.now(),
        },
    )
    transaction.on_commit(lambda: measured.send_robust(sender=Measurement, measurement=made))
    return made


def _suggestion_is_right(
    annotation: Annotation, schema: dict[str, Any], right: list[dict[str, Any]], tolerance: float
) -> bool | None:
    """None without a suggestion; nor is it known of one that was replaced since the lease began."""
    found = annotation.suggestion
    if found is None:
        return None
    leased_at = annotation.assignment.leased_at
    if leased_at is None or found.created_at > leased_at:
        return None
    return is_right(schema, found.answer, right, tolerance)


def is_right(
    schema: dict[str, Any], given: dict[str, Any], right: list[dict[str, Any]], tolerance: float
) -> bool:
    """Whether an answer agrees for all purposes with one of the right ones, or is near enough."""
    return any(
        answers.agree(schema, given, truth) or answers.distance(schema, given, truth) <= tolerance
        for truth in right
    )


def _class(choice: dict[str, Any] | None, answer: dict[str, Any]) -> str:
    if choice is None:
        return ""
    value = answers.value_of(choice, answer)
    return "" if value is None else str(value)
