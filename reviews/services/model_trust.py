"""Keeps the standing of every model version in every class: looks, levels, certificates, alarm.

All of it is computed from checks, in the order in which they were made; so a door may run late,
twice, or at once. A standing is worked on under its row lock.
"""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.errors import DomainError
from reviews.models import ModelCheck, ModelLook, ModelStanding
from reviews.quality import model_trust as ladder
from reviews.quality.model_trust import INHERITED_MOST, LOOKS, SOLOIST
from reviews.services import model_certificates
from reviews.services.model_certificates import (
    Row,
    audits_of,
    begin,
    counting,
    end_all,
    level_of,
    newest_check,
    rows_of,
    set_level,
)
from tasks.models import InstructionVersion, ModelGrant, ModelVersion
from tasks.services.checks import REASON_LENGTH, check_words
from tasks.services.instructions import current_version
from tasks.services.label_classes import touched_classes
from tasks.services.model_grants import set_grant

Outcome = ModelLook.Outcome
State = InstructionVersion.State


def assess(
    model_version: ModelVersion, label: str, *, now: datetime | None = None
) -> ModelStanding | None:
    """Bring a standing up to date. None when another run is at it, or the version is stopped."""
    now = now or timezone.now()
    ModelStanding.objects.get_or_create(model_version=model_version, label=label)
    with transaction.atomic():
        can_skip = connection.features.has_select_for_update_skip_locked
        standing = _locked(model_version.pk, label, skip_locked=can_skip)
        if standing is None or standing.model_version.stopped_at:
            return None
        _begin_where_others_set_the_level(standing, now)
        _begin_where_the_rule_changed(standing, now)
        _inherit(standing)
        model_certificates.end_unproved(standing, now)
        while _look(standing, now):
            pass
        model_certificates.watch(standing, now)
        _refresh(standing)
        standing.is_due, standing.assessed_at = False, now
        standing.save()
    return standing


def _locked(version_id: int, label: str, *, skip_locked: bool) -> ModelStanding | None:
    rows = ModelStanding.objects.select_for_update(of=("self",), skip_locked=skip_locked)
    rows = rows.select_related("model_version__project", "model_version__parent")
    return rows.filter(model_version=version_id, label=label).first()


def lower(
    model_version: ModelVersion, label: str, *, level: int, by: User, reason: str, redo: bool
) -> ModelStanding:
    """Take levels of a class from a model; it may earn them back by new checks.

    `redo`: what it answered there since it has this level is done anew. Raises DomainError.
    """
    reason = check_words(reason, REASON_LENGTH, field="reason")
    now = timezone.now()
    ModelStanding.objects.get_or_create(model_version=model_version, label=label)
    with transaction.atomic():
        standing = _locked(model_version.pk, label, skip_locked=False)
        grant = ModelGrant.objects.filter(model_version=model_version, label=label).first()
        if standing is None or grant is None or not 0 <= level < grant.level:
            raise DomainError(_("A level can only be lowered here."), field="level")
        made = set_grant(
            model_version,
            label,
            level=level,
            by=by,
            reason=reason,
            redo_since=grant.since if redo else None,
            now=now,
        )
        standing.level_set_at = made.since
        end_all(standing, f"a manager lowered the level: {reason}"[:REASON_LENGTH], now)
        begin(standing, newest_check(standing))
        _refresh(standing)
        standing.save()
    return standing


def _begin_where_others_set_the_level(standing: ModelStanding, now: datetime) -> None:
    """A manager's word, or a stop, begins anew: what was before has had its effect."""
    grant = ModelGrant.objects.filter(
        model_version=standing.model_version_id, label=standing.label
    ).first()
    if grant is None or grant.since == standing.level_set_at:
        return
    begin(standing, newest_check(standing, until=grant.since))
    standing.level_set_at = grant.since
    if grant.level < SOLOIST:
        end_all(standing, f"the level was set: {grant.reason}"[:REASON_LENGTH], now)


def _begin_where_the_rule_changed(standing: ModelStanding, now: datetime) -> None:
    """Under another rule nothing is proved yet: answering alone ends, and the series."""
    version = current_version(standing.model_version.project)
    number = version.breaking_number if version else 0
    known, standing.rule_number = standing.rule_number, number
    is_new = standing.assessed_at is None
    if is_new or number <= known or not _is_touched(standing, known, number):
        return
    reason = f"version {number} of the instructions changed the rule"
    end_all(standing, reason, now)
    begin(standing, newest_check(standing))
    if level_of(standing) > INHERITED_MOST:
        set_level(standing, INHERITED_MOST, reason)


def _is_touched(standing: ModelStanding, after: int, upto: int) -> bool:
    """Whether a breaking change between two versions is about the class."""
    versions = InstructionVersion.objects.filter(
        project=standing.model_version.project_id,
        number__gt=after,
        number__lte=upto,
        state__in=[State.PUBLISHED, State.SUPERSEDED],
    )
    for version in versions.select_related("project"):
        if InstructionVersion.Change.BREAKING in version.changes.values():
            touched = touched_classes(version)
            named = {value for _control, value in touched or ()}
            if touched is None or not standing.label or standing.label in named:
                return True
    return False


def _inherit(standing: ModelStanding) -> None:
    """A new version may begin one level below its parent: see `ladder.inherited`."""
    version, label = standing.model_version, standing.label
    if (
        version.parent is None
        or ModelGrant.objects.filter(model_version=version, label=label).exists()
    ):
        return
    held = ModelGrant.objects.filter(model_version=version.parent, label=label).first()
    if held is None or not held.level:
        return
    proof = ModelLook.objects.filter(
        standing__model_version=version.parent, standing__label=label, bar_percent=None
    ).first()
    replayed = ModelCheck.objects.filter(
        model_version=version, label=label, kind=ModelCheck.Kind.REPLAY, is_void=False
    ).aggregate(
        n=Count("pk", filter=Q(is_right__isnull=False)),
        right=Count("pk", filter=Q(is_right=True)),
    )
    right, n = replayed["right"], replayed["n"]
    level = ladder.inherited(held.level, proof.lower if proof else 0.0, right, n)
    if level:
        reason = f"{right} of {n} right that were decided before: one level below {version.parent}"
        set_level(standing, level, reason)


def _series(standing: ModelStanding) -> list[Row]:
    return rows_of(counting(standing, after=standing.series_after), most=LOOKS[-1])


def _look(standing: ModelStanding, now: datetime) -> bool:
    """Take the look that is due next. False when none is, or one of its checks still waits."""
    at, rows = ladder.next_look(standing.looked_at), _series(standing)
    if at is None or len(rows) < at or any(row.is_right is None for row in rows[:at]):
        return False
    seen = rows[:at]
    rights = [bool(row.is_right) for row in seen]
    looks = [(sum(rights[:n]), n) for n in LOOKS if n <= at]
    level = level_of(standing)
    after = ladder.level_after(level, looks)
    right, upto = sum(rights), seen[-1].pk
    ModelLook.objects.create(
        standing=standing,
        level=level,
        series_after=standing.series_after,
        upto=upto,
        seen=at,
        n=at,
        wrong=at - right,
        lower=ladder.lower_bound(right, at),
        outcome=_outcome(level, after),
        taken_at=now,
    )
    standing.looked_at = at
    if after != level:
        set_level(standing, after, _figures(right, at))
    if after < level:
        begin(standing, upto)
        return True
    model_certificates.certify(standing, seen, now)
    if at == LOOKS[-1]:
        begin_series(standing, upto)
    return True


def begin_series(standing: ModelStanding, after: int) -> None:
    """The next looks; the audits of what it answers alone go on."""
    standing.series_after, standing.looked_at = after, 0


def _outcome(before: int, after: int) -> ModelLook.Outcome:
    if after == before:
        return Outcome.HOLD
    return Outcome.PROMOTE if after > before else Outcome.DEMOTE


def _figures(right: int, n: int) -> str:
    low, high = ladder.lower_bound(right, n), ladder.upper_bound(right, n)
    return f"{right} of {n} checks right: between {low:.1%} and {high:.1%}"


def _refresh(standing: ModelStanding) -> None:
    """What pages show."""
    rows = _series(standing)
    flags = [row.is_right for row in rows if row.is_right is not None]
    standing.n, standing.right = len(flags), sum(flags)
    standing.waiting = len(rows) - len(flags)
    standing.thin = counting(standing, after=standing.series_after, is_enough=False).count()
    standing.lower = ladder.lower_bound(standing.right, standing.n)
    standing.upper = ladder.upper_bound(standing.right, standing.n)
    audits = audits_of(standing).aggregate(
        n=Count("pk"), wrong=Count("pk", filter=Q(is_right=False))
    )
    standing.audited, standing.audited_wrong = audits["n"], audits["wrong"]
    standing.audit_upper = ladder.wrong_at_most(standing.audited_wrong, standing.audited)
