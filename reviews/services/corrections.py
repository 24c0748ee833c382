"""What a correction tells its author when the reviewer gave no reason: what it changed."""

from typing import Any

from reviews.models import RejectReason
from reviews.quality.differences import Difference, differences
from tasks.kinds.schema import control_named

Answer = dict[str, Any]


def reason_of(schema: dict[str, Any], base: Answer, answer: Answer) -> RejectReason:
    """The reason that fits the most important change."""
    found = differences(schema, base, answer)
    kinds = {entry.kind for entry in found}
    is_class = any(_is_class(schema, entry) for entry in found)
    if "renamed" in kinds or is_class:
        return RejectReason.WRONG_CLASS
    named = (
        ("added", RejectReason.MISSED_OBJECT),
        ("removed", RejectReason.EXTRA_OBJECT),
        ("moved", RejectReason.POOR_GEOMETRY),
    )
    return next((reason for kind, reason in named if kind in kinds), RejectReason.RULE_NOT_FOLLOWED)


def _is_class(schema: dict[str, Any], found: Difference) -> bool:
    control = control_named(schema, found.control)
    return found.kind == "changed" and control is not None and control["type"] == "choice"
