"""Lets the review queue follow what detectors found: the risk of a label, and the reason why."""

from collections import defaultdict
from typing import Any

from django.db.models import Max, Q

from reviews.detectors.trust import shrunk, suspicion
from reviews.models import Consensus, DetectorStanding, LabelIssue
from reviews.models.consensus import LABEL_ISSUE
from reviews.services import queue_marks
from tasks.models import Project
from tasks.services.instructions import current_schema

CHUNK = 500
CHANGED = ("suspicion", "p_wrong", "risk", "reasons")
# Smaller changes are not worth a write.
NOTICEABLE = 0.005
Reason = dict[str, Any]


def feed(project: Project) -> int:
    """Make the suspicion of every undecided label what its open issues come to.

    Callers are in a transaction. Returns how many labels changed.
    """
    wanted = _wanted(project)
    rows = Consensus.objects.filter(project=project, standing=Consensus.Standing.UNDECIDED)
    touched = rows.filter(Q(suspicion__gt=0) | Q(task__in=list(wanted))).order_by("pk")
    changed = []
    for consensus in touched.select_for_update(of=("self",)):
        amount, reason = wanted.get(consensus.task_id, (0.0, None))
        if abs(amount - consensus.suspicion) > NOTICEABLE or reason != _told(consensus):
            consensus.suspect(amount, reason)
            changed.append(consensus)
    schema = current_schema(project)
    for start in range(0, len(changed), CHUNK):
        chunk = changed[start : start + CHUNK]
        Consensus.objects.bulk_update(chunk, CHANGED)
        queue_marks.mark(schema, chunk)
    return len(changed)


def _told(consensus: Consensus) -> Reason | None:
    return next((found for found in consensus.reasons if found["code"] == LABEL_ISSUE), None)


def _wanted(project: Project) -> dict[int, tuple[float, Reason]]:
    """By task the strongest suspicion; muted detectors have none."""
    precisions = precisions_of(project)
    waiting = LabelIssue.objects.waiting().filter(project=project)
    lengths = dict(waiting.order_by().values_list("detector").annotate(last=Max("rank")))
    wanted: dict[int, tuple[float, Reason]] = {}
    for issue in waiting.by_class().order_by("pk").iterator(chunk_size=CHUNK):
        precision = precisions.get((issue.detector, issue.concerns), 0.0)
        amount = round(suspicion(precision, issue.rank, lengths[issue.detector]), 4)
        if amount > wanted.get(issue.task_id, (0.0, {}))[0]:
            wanted[issue.task_id] = (amount, _reason(issue))
    return wanted


def precisions_of(project: Project) -> dict[tuple[str, str], float]:
    """By detector and class how often it is expected to be right; muted ones are left out."""
    standings = list(DetectorStanding.objects.filter(project=project))
    totals: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in standings:
        totals[row.detector][0] += row.confirmed
        totals[row.detector][1] += row.decided
    overall = {detector: shrunk(*counts) for detector, counts in totals.items()}
    return {
        (row.detector, row.label): shrunk(row.confirmed, row.decided, overall[row.detector])
        for row in standings
        if row.muted_at is None
    }


def _reason(issue: LabelIssue) -> Reason:
    params = {
        "detector": issue.detector,
        "label": issue.label,
        "suggested": issue.suggested,
        "score": round(issue.score, 2),
    }
    return {"code": LABEL_ISSUE, "params": params}
