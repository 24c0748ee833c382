"""Keeps everybody's standing on the ladder: the looks that are due, the alarm, what follows.

All of it is computed from measurements, in the order in which they were made; so a door may run
late, twice, or at once. A person's standing is worked on under its row lock.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from labelops.accounts.services.system import system_user
from labelops.audit.services import record
from reviews.models import Measurement, TrustLook, TrustStanding
from reviews.quality import alarm, trust
from reviews.quality.trust import LEVELS, LOOKS, Outcome
from reviews.services import audits
from tasks.models import Qualification, Suspension
from tasks.services import suspensions
from tasks.services.qualifications import set_level, set_notch

SUSPENSION_DAYS = 7
NEWEST = max(trust.CRITICAL_WINDOWS)
TREND_OF = min(trust.CRITICAL_WINDOWS)
FALLING = -0.10
FALLING_FOR = timedelta(days=14)
Row = tuple[int, bool]


def assess(project_id: int, person_id: int, *, now: datetime | None = None) -> TrustStanding | None:
    """Bring a person's standing up to date. None when another run is at it at this moment."""
    now = now or timezone.now()
    TrustStanding.objects.get_or_create(project_id=project_id, person_id=person_id)
    with transaction.atomic():
        standing = _locked(project_id, person_id)
        if standing is None:
            return None
        _begin_where_others_set_the_level(standing)
        _restore(standing, now)
        while _step(standing, now):
            pass
        if _may_rise(standing, now):
            _rise(standing, after=_newest(standing))
        _suspend_if_critical(standing, now)
        _refresh(standing, now)
        standing.assessed_at = now
        standing.save()
    return standing


def _locked(project_id: int, person_id: int) -> TrustStanding | None:
    return (
        TrustStanding.objects.select_for_update(
            of=("self",), skip_locked=connection.features.has_select_for_update_skip_locked
        )
        .select_related("project", "person")
        .filter(project=project_id, person=person_id)
        .first()
    )


def _qualification(standing: TrustStanding) -> Qualification | None:
    return Qualification.objects.filter(
        project=standing.project_id, person=standing.person_id
    ).first()


def _level(standing: TrustStanding) -> int:
    found = _qualification(standing)
    return found.level if found else 0


def _checks(standing: TrustStanding, *, after: int) -> QuerySet[Measurement]:
    """What counts, in the order in which it was measured first."""
    return Measurement.objects.filter(
        project=standing.project_id, person=standing.person_id, is_void=False, pk__gt=after
    ).order_by("pk")


def _series(standing: TrustStanding) -> list[Row]:
    rows = _checks(standing, after=standing.series_after).values_list("pk", "is_right")
    return list(rows[: LOOKS[-1]])


def _begin(standing: TrustStanding, after: int) -> None:
    """A new series of looks: the measurements behind this one."""
    standing.series_after = standing.alarm_after = after
    standing.looked_at = 0


def _begin_where_others_set_the_level(standing: TrustStanding) -> None:
    """An exam or a manager's word begins anew: what was before has had its effect."""
    found = _qualification(standing)
    if found is None or found.set_at == standing.level_set_at:
        return
    before = _checks(standing, after=0).filter(measured_at__lte=found.set_at)
    _begin(standing, before.aggregate(last=Max("pk"))["last"] or 0)
    standing.clean_after = standing.series_after
    standing.level_set_at = found.set_at
    standing.earned_level = standing.earned_at = None


def _restore(standing: TrustStanding, now: datetime) -> None:
    """Give a level back whose loss rested on answers that do not count any more."""
    last = standing.looks.first()
    is_present = (
        last is not None
        and last.outcome == Outcome.DEMOTE
        and last.reversed_at is None
        and last.upto == standing.series_after
    )
    if last is None or not is_present or _level(standing) != last.level - 1:
        return
    seen = _checks(standing, after=last.series_after).filter(pk__lte=last.upto)
    rights = list(seen.values_list("is_right", flat=True))
    if trust.look(last.level, sum(rights), len(rights)) == Outcome.DEMOTE:
        return
    last.reversed_at = now
    last.save(update_fields=["reversed_at"])
    reason = f"the evidence of the step down changed: {sum(rights)} of {len(rights)} right"
    _set_level(standing, last.level, reason)
    _begin(standing, last.series_after)
    standing.alarm_after, standing.looked_at = last.upto, last.n


def _step(standing: TrustStanding, now: datetime) -> bool:
    """Do what is due next in the series: an alarm, or a look. False when nothing is."""
    rows = _series(standing)
    fresh = [is_right for pk, is_right in rows if pk > standing.alarm_after]
    place, standing.alarm_score = alarm.first_alarm(fresh)
    alarm_at = None if place is None else len(rows) - len(fresh) + place
    look_at = next((n for n in LOOKS if standing.looked_at < n <= len(rows)), None)
    if alarm_at is not None and (look_at is None or alarm_at < look_at):
        _raise_alarm(standing, rows[:alarm_at], place or 0, now)
    elif look_at is not None:
        _look(standing, rows[:look_at], now)
    return alarm_at is not None or look_at is not None


def _raise_alarm(standing: TrustStanding, rows: list[Row], length: int, now: datetime) -> None:
    """More of the work is checked, and the recent work anew; the level waits for a look."""
    wrong = sum(not is_right for _pk, is_right in rows[-length:])
    reason = f"{wrong} of the newest {length} checked answers were wrong"
    standing.alarm_after, standing.alarmed_at = rows[-1][0], now
    standing.earned_level = standing.earned_at = None
    record(None, "trust.alarm", standing, after={"wrong": wrong, "n": length}, reason=reason)
    found = _qualification(standing)
    if found is None:
        # Without a level only the rates of the batch would hold.
        _set_level(standing, 0, reason)
    else:
        _set_notch(standing, found.gold_notch + 1, reason)
    audits.look_again(standing.project, standing.person, most=audits.AFTER_ALARM, now=now)


def _look(standing: TrustStanding, rows: list[Row], now: datetime) -> None:
    level, n, right = _level(standing), len(rows), sum(is_right for _pk, is_right in rows)
    outcome = trust.look(level, right, n)
    upto = rows[-1][0]
    TrustLook.objects.create(
        standing=standing,
        level=level,
        series_after=standing.series_after,
        upto=upto,
        n=n,
        right=right,
        lower=trust.lower_bound(right, n),
        upper=trust.upper_bound(right, n),
        outcome=outcome,
        taken_at=now,
    )
    standing.looked_at = n
    reason = _figures(right, n)
    if outcome == Outcome.DEMOTE:
        standing.earned_level = standing.earned_at = None
        _set_level(standing, level - 1, reason)
        _begin(standing, upto)
        return
    _set_notch(standing, 1 if outcome == Outcome.UNCERTAIN else 0, reason)
    if outcome == Outcome.PROMOTE:
        standing.earned_level, standing.earned_at = trust.next_level(level), now
        if _may_rise(standing, now):
            _rise(standing, after=upto)
            return
    if n == LOOKS[-1]:
        _begin(standing, upto)


def _figures(right: int, n: int) -> str:
    lower, upper = trust.lower_bound(right, n), trust.upper_bound(right, n)
    return f"{right} of {n} checked answers right: between {lower:.1%} and {upper:.1%}"


def _may_rise(standing: TrustStanding, now: datetime) -> bool:
    """Whether nothing else is asked for: no time on the level before, and no expert's word."""
    level, found = standing.earned_level, _qualification(standing)
    if level is None or level >= trust.PROPOSED_FROM:
        return False
    days = timedelta(days=LEVELS[level].days_before)
    return not days or (found is not None and found.set_at + days <= now)


def _rise(standing: TrustStanding, *, after: int) -> None:
    earned = standing.looks.filter(outcome=Outcome.PROMOTE).first()
    level = standing.earned_level
    if earned is None or level is None:
        return
    standing.earned_level = standing.earned_at = None
    _set_level(standing, level, _figures(earned.right, earned.n))
    _begin(standing, after)


def _newest(standing: TrustStanding) -> int:
    found = _checks(standing, after=standing.series_after).aggregate(last=Max("pk"))["last"]
    return found or standing.series_after


def _set_level(standing: TrustStanding, level: int, reason: str) -> None:
    made = set_level(
        standing.project, standing.person, level=level, by=system_user(), reason=reason
    )
    standing.level_set_at = made.set_at


def _set_notch(standing: TrustStanding, notch: int, reason: str) -> None:
    set_notch(standing.project, standing.person, notch=notch, by=None, reason=reason)


def _suspend_if_critical(standing: TrustStanding, now: datetime) -> None:
    """Whoever is surely right in less than 70 % of cases pauses; the newest answers decide."""
    newest = list(
        _checks(standing, after=standing.clean_after)
        .order_by("-pk")
        .values_list("pk", "is_right")[:NEWEST]
    )
    window = trust.critical_window([is_right for _pk, is_right in newest])
    if window is None:
        return
    standing.clean_after = newest[0][0]
    _begin(standing, newest[0][0])
    standing.earned_level = standing.earned_at = None
    right = sum(is_right for _pk, is_right in newest[:window])
    own = Suspension.objects.active().filter(project=standing.project, person=standing.person)
    if own.exists():
        return
    suspensions.suspend(
        standing.project,
        standing.person,
        reason=f"{right} of the newest {window} checked answers were right.",
        days=SUSPENSION_DAYS,
        by=None,
        evidence={"right": right, "n": window, "upper": trust.upper_bound(right, window)},
        now=now,
    )
    _set_notch(standing, _level(standing), "suspended")
    audits.look_again(standing.project, standing.person, most=audits.AFTER_SUSPENSION, now=now)


def _refresh(standing: TrustStanding, now: datetime) -> None:
    """What pages show of the series, and what the matrix is sorted by."""
    found = _qualification(standing)
    flags = [is_right for _pk, is_right in _series(standing)]
    standing.n, standing.right = len(flags), sum(flags)
    standing.lower = trust.lower_bound(standing.right, standing.n)
    standing.upper = trust.upper_bound(standing.right, standing.n)
    missing = trust.gap(found.level if found else 0, standing.right, standing.n)
    standing.gap = missing.right if missing else None
    standing.trend = _trend(standing)
    standing.is_falling = (
        bool(found and found.gold_notch)
        or (standing.alarmed_at is not None and standing.alarmed_at > now - FALLING_FOR)
        or (standing.trend is not None and standing.trend <= FALLING)
    )


def _trend(standing: TrustStanding) -> float | None:
    newest = _checks(standing, after=standing.clean_after).order_by("-pk")
    flags = list(newest.values_list("is_right", flat=True)[:NEWEST])
    late, early = flags[:TREND_OF], flags[TREND_OF:]
    if len(early) < TREND_OF:
        return None
    return sum(late) / len(late) - sum(early) / len(early)
