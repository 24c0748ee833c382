"""The verdicts on failures: how they are kept, overruled by people, and handed over."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from datasets.analysis.failure_clusters import verdict_of
from datasets.models import Evaluation, FailureCause, FailureCluster, Tracing
from datasets.models.causes import Cause
from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from tasks.services.archiving import require_live
from tasks.services.checks import check_words

REASON_LENGTH = FailureCause._meta.get_field("overruled_reason").max_length or 0
# The evidence that every failure has.
SHARES = (
    *("distance", "coverage", "taught_truth", "taught_predicted"),
    *("tested_truth", "tested_predicted", "mistaught", "doubted", "questioned"),
    *("truth_coverage", "predicted_coverage", "is_disputed"),
)
# What only those have around which enough was labeled twice.
IF_TWICE = ("agreement", "quarrelled")
# Of what the sentence about a cluster tells.
MEANS = (*SHARES, *IF_TWICE)


@dataclass(frozen=True)
class Verdict:
    """What the data say of a failing item, the number of its cluster and its place therein."""

    item_id: int
    cluster: int
    place: int
    cause: str
    evidence: dict[str, Any]


def keep(tracing: Tracing, verdicts: Sequence[Verdict]) -> None:
    """Store them, clusters in order of their numbers; callers are in a transaction.

    What people said of the same items before still counts.
    """
    overruled = _overruled(tracing.evaluation)
    clusters, causes = [], []
    for number, group in groupby(verdicts, key=attrgetter("cluster")):
        members = list(group)
        rows = [_row(tracing, verdict, overruled.get(verdict.item_id)) for verdict in members]
        cause = verdict_of([row.cause for row in rows])[0]
        speaking = [row.evidence for row in rows if row.cause == cause]
        cluster = FailureCluster(
            tracing=tracing,
            number=number,
            cause=cause,
            size=len(rows),
            evidence=_means(speaking) | _mix_up([row.evidence for row in rows]),
        )
        for row in rows:
            row.cluster = cluster
        clusters.append(cluster)
        causes += rows
    FailureCluster.objects.bulk_create(clusters)
    for row in causes:
        row.cluster_id = row.cluster.pk
    FailureCause.objects.bulk_create(causes, batch_size=500)
    tracing.traced_count = len(causes)


def _overruled(evaluation: Evaluation) -> dict[int, FailureCause]:
    """What people said when the causes were traced before."""
    rows = FailureCause.objects.filter(tracing__evaluation=evaluation, overruled_by__isnull=False)
    return {row.item_id: row for row in rows.order_by("pk")}


def _row(tracing: Tracing, verdict: Verdict, before: FailureCause | None) -> FailureCause:
    row = FailureCause(
        tracing=tracing,
        item_id=verdict.item_id,
        place=verdict.place,
        cause=verdict.cause,
        traced_as=verdict.cause,
        evidence=verdict.evidence,
    )
    if before is not None and before.cause != verdict.cause:
        row.cause, row.overruled_reason = before.cause, before.overruled_reason
        row.overruled_by_id, row.overruled_at = before.overruled_by_id, before.overruled_at
    return row


def _means(evidence: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The means of the numbers, and the reading that is farthest out of its range."""
    sums: dict[str, list[float]] = defaultdict(list)
    for facts in evidence:
        for name in MEANS:
            if facts[name] is not None:
                sums[name].append(facts[name])
    means: dict[str, Any] = {
        name: round(sum(sums[name]) / len(sums[name]), 3) if sums[name] else None for name in MEANS
    }
    farthest = max(evidence, key=lambda facts: abs(facts["beyond"]))
    return means | {
        "neighbour_count": len(evidence[0]["neighbours"]),
        "reading": farthest["reading"],
        "beyond": farthest["beyond"],
    }


def _mix_up(evidence: Sequence[dict[str, Any]]) -> dict[str, int]:
    """The mix-up of most, and of how many."""
    pairs = Counter((facts["truth"], facts["predicted"]) for facts in evidence)
    (truth, predicted), count = pairs.most_common(1)[0]
    return {"truth": truth, "predicted": predicted, "pair_count": count}


def overrule(failure: FailureCause, cause: str, reason: str, *, by: User) -> FailureCause:
    """Say that an item fails for another cause than the data told. Raises DomainError.

    Naming the cause that the data told takes an earlier word back.
    """
    require_live(failure.tracing.evaluation.project)
    if cause not in Cause.values:
        raise DomainError(_("There is no such cause."), code="unknown_value", field="cause")
    with transaction.atomic():
        cluster = FailureCluster.objects.select_for_update(of=("self",)).get(pk=failure.cluster_id)
        locked = FailureCause.objects.select_for_update(of=("self",)).get(pk=failure.pk)
        if cause == locked.cause:
            raise Conflict(_("This is its cause already."), code="nothing_changed")
        before = locked.cause
        is_told = cause == locked.traced_as
        locked.cause = cause
        locked.overruled_reason = (
            "" if is_told else check_words(reason, REASON_LENGTH, field="reason")
        )
        locked.overruled_by, locked.overruled_at = (None, None) if is_told else (by, timezone.now())
        locked.save()
        counted = FailureCause.objects.filter(cluster=cluster).order_by("place")
        cluster.cause = verdict_of(list(counted.values_list("cause", flat=True)))[0]
        cluster.save(update_fields=["cause"])
        record(
            by,
            "failure.overruled",
            locked,
            before={"cause": before},
            after={"cause": cause},
            reason=locked.overruled_reason,
        )
    return locked


def hand_over(cluster: FailureCluster, *, by: User) -> None:
    """Note that somebody works on the model because of it. Raises Conflict when one does."""
    require_live(cluster.tracing.evaluation.project)
    rows = FailureCluster.objects.filter(pk=cluster.pk, handed_over_at__isnull=True)
    with transaction.atomic():
        if not rows.update(handed_over_at=timezone.now(), handed_over_by=by):
            raise Conflict(_("This has been handed over already."), code="already_handed_over")
        record(by, "failures.handed_over", cluster, after={"cause": cluster.cause})


def changed_count(tracing: Tracing) -> int:
    """How many verdicts people have changed."""
    rows = FailureCause.objects.filter(tracing=tracing)
    return rows.exclude(cause=F("traced_as")).count()
