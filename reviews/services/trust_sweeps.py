"""Finds whose standing may have changed. It may run at any time, and twice at once."""

from datetime import datetime, timedelta

from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone

from labelops.accounts.models import User
from reviews.models import Measurement, TrustStanding
from reviews.quality.trust import PROPOSED_FROM
from reviews.services import trust
from tasks.models import Qualification

RECENT = timedelta(hours=1)
A_NIGHT = timedelta(days=2)
# A measurement is stored some time after the moment it names.
SETTLED = timedelta(minutes=1)
CHUNK = 500
Pair = tuple[int, int]


def take_looks(*, now: datetime | None = None, within: timedelta = RECENT) -> int:
    """Whoever was measured or given a level lately, or waits for a promotion. Returns how many."""
    now = now or timezone.now()
    due = sorted(_measured(now, within) | _changed(now, within))
    return sum(
        trust.assess(project_id, person_id, now=now) is not None for project_id, person_id in due
    )


def take_all_looks(*, now: datetime | None = None) -> int:
    """Everybody who has a standing: old measurements may have been made void."""
    now = now or timezone.now()
    count, after = take_looks(now=now, within=A_NIGHT), 0
    while True:
        rows = TrustStanding.objects.filter(pk__gt=after, person__is_active=True).order_by("pk")
        chunk = list(rows.values_list("pk", "project", "person")[:CHUNK])
        for _pk, project_id, person_id in chunk:
            count += trust.assess(project_id, person_id, now=now) is not None
        if len(chunk) < CHUNK:
            return count
        after = chunk[-1][0]


def _measured(now: datetime, within: timedelta) -> set[Pair]:
    """People with a measurement that their standing may not know yet."""
    lately = (
        Measurement.objects.filter(
            measured_at__gte=now - within, person__is_active=True, person__kind=User.Kind.PERSON
        )
        .order_by()
        .values_list("project", "person")
        .annotate(newest=Max("measured_at"))
    )
    known = {
        (project_id, person_id): assessed_at
        for project_id, person_id, assessed_at in TrustStanding.objects.filter(
            assessed_at__gte=now - within
        ).values_list("project", "person", "assessed_at")
    }
    return {
        (project_id, person_id)
        for project_id, person_id, newest in lately
        if (project_id, person_id) not in known or known[project_id, person_id] <= newest + SETTLED
    }


def _changed(now: datetime, within: timedelta) -> set[Pair]:
    """People whose level was set lately, or whose promotion waits for its day."""
    given = Qualification.objects.filter(
        project=OuterRef("project"), person=OuterRef("person"), set_at__gte=now - within
    )
    rows = TrustStanding.objects.filter(
        Q(earned_level__lt=PROPOSED_FROM) | Exists(given), person__is_active=True
    )
    return set(rows.values_list("project", "person"))
