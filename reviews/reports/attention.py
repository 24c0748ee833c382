"""How attentively reviewers look through pages: the share of known-wrong tiles that they mark."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from labelops.accounts.models import User
from reviews.models import AttentionCheck
from reviews.reports.shares import Share
from tasks.models import Project

DAYS = 90
MISSED_SHOWN = 50


@dataclass(frozen=True)
class ReviewerAttention:
    """Which of the known-wrong tiles one reviewer marked."""

    reviewer: User
    caught: Share
    newest: datetime


def attention_by_reviewer(project: Project) -> list[ReviewerAttention]:
    """Everybody's, the least attentive first."""
    counted = _answered(project).order_by().values("reviewer").annotate(**_FIGURES)
    people = User.objects.in_bulk([row["reviewer"] for row in counted])
    rows = [
        ReviewerAttention(people[row["reviewer"]], Share(row["caught"], row["n"]), row["newest"])
        for row in counted
    ]
    return sorted(rows, key=lambda row: (row.caught.percent, row.reviewer.pk))


def missed(project: Project) -> list[AttentionCheck]:
    """The newest tiles that were confirmed as what they are not."""
    rows = _answered(project).filter(is_caught=False)
    shown = rows.select_related("task__item", "reviewer").order_by("-answered_at")
    return list(shown[:MISSED_SHOWN])


_FIGURES = {
    "n": Count("pk"),
    "caught": Count("pk", filter=Q(is_caught=True)),
    "newest": Max("answered_at"),
}


def _answered(project: Project) -> QuerySet[AttentionCheck]:
    since = timezone.now() - timedelta(days=DAYS)
    return AttentionCheck.objects.filter(project=project, answered_at__gt=since)
