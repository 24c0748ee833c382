"""What differs between two dataset versions of a project, found by the database.

Both sides have an index on (version, item): it matches them, and nothing is sorted here.
"""

from typing import Any

from django.db.models import Count, F, FilteredRelation, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from datasets.models import DatasetEntry, DatasetVersion
from labelops.errors import DomainError

PAIRS_SHOWN = 200
ADDED, REMOVED, RELABELLED = "added", "removed", "relabelled"
MOVED, REINSTRUCTED = "moved", "reinstructed"
KINDS = (ADDED, REMOVED, RELABELLED, MOVED, REINSTRUCTED)
IN_BOTH = Q(beside_id__isnull=False)
DIFFERS = {
    RELABELLED: IN_BOTH & ~Q(beside_answer=F("answer_sha256")),
    MOVED: IN_BOTH & ~Q(beside_split=F("split")),
    REINSTRUCTED: IN_BOTH & ~Q(beside_instruction=F("own_instruction")),
}


def beside(version: DatasetVersion, other: DatasetVersion) -> QuerySet[DatasetEntry]:
    """The entries of a version, each with that of the same item in another one as `beside`."""
    same_version = Q(item__dataset_entries__version=other.pk)
    return version.entries.annotate(
        beside=FilteredRelation("item__dataset_entries", condition=same_version),
        beside_id=F("beside__pk"),
        beside_answer=F("beside__answer_sha256"),
        beside_label=F("beside__label"),
        beside_split=F("beside__split"),
        beside_instruction=Coalesce(F("beside__instruction_number"), 0),
        own_instruction=Coalesce(F("instruction_number"), 0),
    )


def checked_kind(kind: str) -> str:
    """A kind as it was asked for; empty is left open. Raises DomainError."""
    if kind and kind not in KINDS:
        raise DomainError(
            _("There is no such kind of difference."),
            code="unknown_kind",
            field="kind",
            hint=_("Kinds: %(names)s.") % {"names": ", ".join(KINDS)},
        )
    return kind


def differing(before: DatasetVersion, after: DatasetVersion, kind: str) -> QuerySet[DatasetEntry]:
    """The entries that differ in one way: of `before` when they were removed, else of `after`."""
    if kind == REMOVED:
        return beside(before, after).filter(beside_id__isnull=True)
    if kind == ADDED:
        return beside(after, before).filter(beside_id__isnull=True)
    return beside(after, before).filter(DIFFERS[kind])


def count_differences(before: DatasetVersion, after: DatasetVersion) -> dict[str, Any]:
    """How many of each kind, and from what to what. Three statements over all entries."""
    rows = beside(after, before).order_by()
    counts = rows.aggregate(
        added=Count("pk", filter=Q(beside_id__isnull=True)),
        **{kind: Count("pk", filter=differs) for kind, differs in DIFFERS.items()},
    )
    counts[REMOVED] = before.entry_count - (after.entry_count - counts[ADDED])
    # An answer of another kind than one class has no name on either side.
    named = DIFFERS[RELABELLED] & ~Q(beside_label=F("label"))
    return {
        "parent": before.number,
        "counts": {kind: counts[kind] for kind in KINDS},
        "relabelled_pairs": _pairs(rows.filter(named), "beside_label", "label"),
        "moved_pairs": _pairs(rows.filter(DIFFERS[MOVED]), "beside_split", "split"),
    }


def _pairs(rows: QuerySet[DatasetEntry], before: str, after: str) -> list[list[Any]]:
    """[from, to, count], the most frequent first."""
    counted = rows.values_list(before, after).annotate(count=Count("pk"))
    return [list(row) for row in counted.order_by("-count", before, after)[:PAIRS_SHOWN]]
