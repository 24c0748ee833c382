"""What proves that a model may answer alone in a class, what ends that, and who watches it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import F, Max, QuerySet

from labelops.audit.services import record
from labelops.notices.kinds import Kind
from labelops.notices.services.notices import notify
from reviews.models import ModelCheck, ModelLook, ModelStanding
from reviews.models.costs import MistakeCost
from reviews.quality import model_audit, model_cut
from reviews.quality.model_audit import Watch
from reviews.quality.model_trust import (
    BARS,
    CRITICAL_COST,
    SOLOIST,
    excludes_critical,
    lower_bound,
)
from tasks.access import managers_of
from tasks.models import ModelGrant, ModelVersion
from tasks.services.model_grants import set_grant

AUDITS_READ = 5_000
OCCASION_LENGTH = 60
Outcome = ModelLook.Outcome


class Row(NamedTuple):
    """A check as it is read. `routed_at`: when the model could have answered it alone."""

    pk: int
    score: float | None
    is_right: bool | None
    expected: str
    made_at: datetime
    routed_at: datetime | None

    @property
    def moment(self) -> datetime:
        return self.routed_at or self.made_at


def certificates(model_version: ModelVersion) -> QuerySet[ModelLook]:
    """Those in force, of all its classes and bars; none of a version that was stopped."""
    rows = ModelLook.objects.filter(
        standing__model_version=model_version, outcome=Outcome.CERTIFY, ended_at=None
    )
    return rows.select_related("standing") if model_version.stopped_at is None else rows.none()


def rows_of(checks: QuerySet[ModelCheck], *, most: int | None = None) -> list[Row]:
    columns = ("pk", "score", "is_right", "expected", "made_at")
    ordered = checks.order_by("pk").annotate(routed_at=F("task__route__routed_at"))
    return [Row(*row) for row in ordered.values_list(*columns, "routed_at")[:most]]


def counting(
    standing: ModelStanding, *, after: int, is_enough: bool = True
) -> QuerySet[ModelCheck]:
    """The checks that count in a class: not those of older labels, which it may have learned.

    Or, without enough people behind them, those that would.
    """
    return ModelCheck.objects.filter(
        model_version=standing.model_version_id,
        label=standing.label,
        is_void=False,
        is_enough=is_enough,
        pk__gt=after,
    ).exclude(kind=ModelCheck.Kind.REPLAY)


def in_force(standing: ModelStanding) -> list[ModelLook]:
    """The certificates of the class, the highest bar first."""
    rows = standing.looks.filter(outcome=Outcome.CERTIFY, ended_at=None)
    return list(rows.order_by("-bar_percent", "cut"))


def audits_of(standing: ModelStanding) -> QuerySet[ModelCheck]:
    """Decided audits of what the certificates in force let it answer."""
    known = in_force(standing)
    if not known:
        return ModelCheck.objects.none()
    return counting(standing, after=min(look.upto for look in known)).filter(
        kind=ModelCheck.Kind.AUDIT,
        score__gte=min(look.cut or 0.0 for look in known),
        is_right__isnull=False,
    )


def level_of(standing: ModelStanding) -> int:
    found = ModelGrant.objects.filter(
        model_version=standing.model_version_id, label=standing.label
    ).first()
    return found.level if found else 0


def set_level(
    standing: ModelStanding,
    level: int,
    reason: str,
    *,
    certificate: ModelLook | None = None,
    redo_since: datetime | None = None,
) -> None:
    grant = set_grant(
        standing.model_version,
        standing.label,
        level=level,
        cut=certificate.cut if certificate else None,
        bar_percent=certificate.bar_percent if certificate else None,
        by=None,
        reason=reason,
        redo_since=redo_since,
    )
    standing.level_set_at = grant.since


def certify(standing: ModelStanding, seen: Sequence[Row], now: datetime) -> None:
    """At a look: a certificate for every bar that stands, with the lowest cut proved so far."""
    known = {look.bar_percent: look for look in in_force(standing)}
    costly, made = _costly(standing), False
    checks = [(row.score, bool(row.is_right)) for row in seen]
    for bar in BARS:
        cut = model_cut.lowest_cut(checks, bar / 100)
        if cut is None:
            break
        former = known.get(bar)
        is_lower = former is None or former.cut is None or cut.score < former.cut
        if not is_lower or not _spares_costly(seen, cut.score, costly):
            continue
        if former:
            _end([former], "a later look proved a lower score", now)
        ModelLook.objects.create(
            standing=standing,
            level=level_of(standing),
            bar_percent=bar,
            cut=cut.score,
            series_after=standing.series_after,
            upto=seen[-1].pk,
            seen=len(seen),
            n=cut.n,
            wrong=cut.wrong,
            lower=cut.lower,
            outcome=Outcome.CERTIFY,
            taken_at=now,
        )
        made = True
    if made:
        _follow(standing)


def _follow(standing: ModelStanding) -> None:
    """The level says the highest bar that is proved."""
    best, *_others = in_force(standing)
    reason = f"{best.wrong} of {best.n} wrong from score {best.cut:.3f} on: {best.bar_percent}%"
    set_level(standing, SOLOIST, reason, certificate=best)


def _costly(standing: ModelStanding) -> set[str]:
    """The classes that must not be missed."""
    costs = MistakeCost.objects.filter(
        project=standing.model_version.project_id, cost__gte=CRITICAL_COST
    )
    return set(costs.values_list("value", flat=True))


def _spares_costly(seen: Sequence[Row], cut: float, costly: set[str]) -> bool:
    """Whether from this score on costly classes are surely missed seldom enough."""
    if not costly:
        return True
    above = [row for row in seen if row.score is not None and row.score >= cut]
    # Where more than a class is asked, nobody knows which mistake it was.
    missed = sum(
        row.is_right is False and (row.expected in costly or not row.expected) for row in above
    )
    return excludes_critical(missed, len(above))


def end_all(standing: ModelStanding, reason: str, now: datetime) -> None:
    _end(in_force(standing), reason, now)


def _end(looks: list[ModelLook], reason: str, now: datetime) -> None:
    for look in looks:
        look.ended_at, look.end_reason = now, reason
        look.save(update_fields=["ended_at", "end_reason"])


def end_unproved(standing: ModelStanding, now: datetime) -> None:
    """End the certificates whose own checks say something else by now.

    An expert may have ruled otherwise since, or the checks do not count any more.
    """
    known = in_force(standing)
    costly = _costly(standing) if known else set()
    rows = {
        span: rows_of(counting(standing, after=span[0]).filter(pk__lte=span[1]))
        for span in {(look.series_after, look.upto) for look in known}
    }
    ended = [look for look in known if not _stands(look, rows, costly)]
    _end(ended, "its checks say something else by now", now)
    if not ended:
        return
    if len(ended) < len(known):
        _follow(standing)
    elif level_of(standing) == SOLOIST:
        set_level(standing, SOLOIST - 1, "the checks of its certificate say something else by now")


def _stands(look: ModelLook, rows: dict[tuple[int, int], list[Row]], costly: set[str]) -> bool:
    cut = look.cut or 0.0
    decided = [
        row for row in rows[look.series_after, look.upto][: look.seen] if row.is_right is not None
    ]
    above = [bool(row.is_right) for row in decided if row.score is not None and row.score >= cut]
    is_proved = lower_bound(sum(above), len(above)) >= (look.bar_percent or 0) / 100
    return len(above) >= model_cut.LEAST and is_proved and _spares_costly(decided, cut, costly)


def watch(standing: ModelStanding, now: datetime) -> None:
    """Hold the audits against each certificate; the first alarm ends them all."""
    standing.alarm_score = 0.0
    known = in_force(standing)
    if not known or level_of(standing) != SOLOIST:
        return
    audits = counting(standing, after=standing.alarm_after).filter(kind=ModelCheck.Kind.AUDIT)
    rows = rows_of(audits, most=AUDITS_READ)
    done = []
    for look in known:
        mine = [row for row in rows if _is_watched(row, look)]
        bar = (look.bar_percent or 0) / 100
        found = model_audit.watch([bool(row.is_right) for row in mine], bar)
        if found.alarm:
            _raise_alarm(standing, look, mine, found, now)
            return
        standing.alarm_score = max(standing.alarm_score, found.score / model_audit.bound(bar))
        clean = mine[found.clean - 1].pk if found.clean else standing.alarm_after
        done.append(max(look.upto, clean))
    if len(rows) == AUDITS_READ:
        # Nothing before it speaks against any of them: it need not be read again.
        standing.alarm_after = min(done)


def _is_watched(row: Row, look: ModelLook) -> bool:
    """Whether an audit is of what the certificate lets the model answer."""
    is_decided = row.pk > look.upto and row.is_right is not None
    return is_decided and row.score is not None and row.score >= (look.cut or 0.0)


def _raise_alarm(
    standing: ModelStanding, look: ModelLook, audits: list[Row], found: Watch, now: datetime
) -> None:
    """One level down; what it answered since nothing was known against it is done anew."""
    newest = audits[found.clean : found.alarm]
    wrong = sum(not row.is_right for row in newest)
    reason = f"alarm: {wrong} of the newest {len(newest)} audits were wrong"
    since = min(row.moment for row in audits[max(0, found.clean - 1) : found.alarm])
    if not found.clean:
        since = min(since, look.taken_at)
    end_all(standing, reason, now)
    set_level(standing, SOLOIST - 1, reason, redo_since=since)
    begin(standing, newest_check(standing))
    standing.alarm_score, standing.alarmed_at = 1.0, now
    facts = {"label": standing.label, "wrong": wrong, "n": len(newest), "bar": look.bar_percent}
    record(None, "model_version.alarm", standing.model_version, after=facts, reason=reason)
    _tell_managers(standing, facts, now)


def begin(standing: ModelStanding, after: int) -> None:
    """A new series of looks, and of audits: the checks behind this one."""
    standing.series_after = standing.alarm_after = after
    standing.looked_at = 0


def newest_check(standing: ModelStanding, *, until: datetime | None = None) -> int:
    """The last check of the class, made until then."""
    rows = ModelCheck.objects.filter(
        model_version=standing.model_version_id, label=standing.label, is_void=False
    )
    if until:
        rows = rows.filter(made_at__lte=until)
    # A look is never taken twice, even where its checks do not count any more.
    seen = standing.looks.aggregate(last=Max("upto"))["last"] or 0
    return max(standing.series_after, seen, rows.aggregate(last=Max("pk"))["last"] or 0)


def _tell_managers(standing: ModelStanding, facts: dict[str, object], now: datetime) -> None:
    version = standing.model_version
    parameters = {
        "project": version.project.name,
        "slug": version.project.slug,
        "model": str(version),
        "model_id": version.pk,
        "wrong": facts["wrong"],
        "n": facts["n"],
    }
    notify(
        managers_of(version.project),
        Kind.MODEL_ALARM,
        about=version,
        occasion=standing.label[:OCCASION_LENGTH],
        parameters=parameters,
        now=now,
    )
