"""How far a model has come in each class, by what, and what is missing: one line a class."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from reviews.models import ModelLook, ModelStanding
from reviews.quality import model_trust as ladder
from reviews.reports.dashboard_filters import class_titles
from reviews.reports.trust import Evidence
from reviews.services.model_certificates import certificates
from tasks.models import ModelGrant, ModelVersion
from tasks.services.grid import grid_control
from tasks.services.instructions import current_schema

CLASSES_MOST = 500
CLASSES_SHOWN = 50
LOOKS_SHOWN = 30
Level = ModelGrant.Level
ALLOWS = {
    Level.SHADOW: gettext_lazy("Nobody sees what it says; it is only checked."),
    Level.SUGGESTER: gettext_lazy("People see what it says after their own answer."),
    Level.FIRST_READER: gettext_lazy("People see what it says first."),
    Level.SECOND_READER: gettext_lazy("It answers beside a person, as the second reader."),
    Level.SOLOIST: gettext_lazy("It answers alone where it is sure; a random share is audited."),
}


@dataclass(frozen=True)
class Linked:
    """A number, and the query of the list of its items."""

    count: int
    query: str


@dataclass(frozen=True)
class ClassRow:
    """A line of the ladder."""

    label: str
    title: str
    level: int
    level_title: str
    allows: str
    # Who set it, and why; empty where evidence did.
    set_by: str
    reason: str
    evidence: Evidence
    decided: Linked
    waiting: Linked
    # Checks that count for nothing, as one person below level 3 cannot settle them.
    thin: Linked
    next_look: str
    certificate: str
    other_certificates: list[str]
    audits: Linked
    audits_wrong: Linked
    audit_upper: float
    alarm_percent: int
    alarmed_at: datetime | None


@dataclass(frozen=True)
class LookRow:
    """A look or a certificate, with the checks that it saw."""

    look: ModelLook
    title: str
    lower: float
    # The level that came of it.
    after: int
    n: Linked
    wrong: Linked


@dataclass(frozen=True)
class Ladder:
    rows: list[ClassRow]
    hidden_count: int
    looks: list[LookRow]
    thin_count: int
    # Its predictions carry no score: then no cut can be proved.
    lacks_scores: bool


def ladder_of(model: ModelVersion, *, show_names: bool) -> Ladder:
    """All of it in the same few statements, however many classes there are."""
    titles = titles_of(model)
    rows = rows_of(model, titles, show_names=show_names)
    looks = ModelLook.objects.filter(standing__model_version=model).select_related("standing")
    a_score = list(model.predictions.order_by().values_list("score", flat=True)[:1])
    return Ladder(
        rows=rows[:CLASSES_SHOWN],
        hidden_count=max(0, len(rows) - CLASSES_SHOWN),
        looks=[_look_row(look, titles) for look in looks[:LOOKS_SHOWN]],
        thin_count=sum(row.thin.count for row in rows),
        lacks_scores=a_score == [None],
    )


def titles_of(model: ModelVersion) -> dict[str, str]:
    return class_titles(grid_control(current_schema(model.project)))


def title_of(label: str, titles: Mapping[str, str]) -> str:
    return titles.get(label, label) if label else _("all answers")


def rows_of(model: ModelVersion, titles: Mapping[str, str], *, show_names: bool) -> list[ClassRow]:
    """The highest levels first, then who has most checks."""
    standings = {
        found.label: found for found in model.standings.order_by("-n", "pk")[:CLASSES_MOST]
    }
    grants = {
        grant.label: grant
        for grant in model.grants.select_related("set_by").order_by("-level")[:CLASSES_MOST]
    }
    proved = defaultdict(list)
    for look in certificates(model).order_by("-bar_percent", "cut"):
        proved[look.standing.label].append(look)
    rows = [
        _row(
            label,
            title_of(label, titles),
            standings.get(label) or ModelStanding(model_version=model, label=label),
            grants.get(label),
            proved[label],
            show_names,
        )
        for label in {**grants, **standings}
    ]
    return sorted(rows, key=lambda row: (-row.level, -row.evidence.n, row.title))


def _row(
    label: str,
    title: str,
    standing: ModelStanding,
    grant: ModelGrant | None,
    proved: list[ModelLook],
    show_names: bool,
) -> ClassRow:
    level = Level(grant.level if grant else Level.SHADOW)
    setter = grant.set_by if grant else None
    return ClassRow(
        label=label,
        title=title,
        level=level,
        level_title=str(level.label),
        allows=str(ALLOWS[level]),
        set_by=(str(setter) if show_names else setter.pseudonym) if setter else "",
        reason=grant.reason if grant and setter else "",
        evidence=Evidence(standing.right, standing.n, 100 * standing.lower, 100 * standing.upper),
        decided=_linked(standing.n, label, "decided"),
        waiting=_linked(standing.waiting, label, "waiting"),
        thin=_linked(standing.thin, label, "thin"),
        next_look=next_look_in_words(standing),
        certificate=certificate_in_words(proved[0]) if proved else "",
        other_certificates=_others_in_short(proved),
        audits=_linked(standing.audited, label, "audits"),
        audits_wrong=_linked(standing.audited_wrong, label, "audits_wrong"),
        audit_upper=100 * standing.audit_upper,
        alarm_percent=min(100, round(100 * standing.alarm_score)),
        alarmed_at=standing.alarmed_at,
    )


def _linked(count: int, label: str, state: str) -> Linked:
    return Linked(count, urlencode({"label": label, "state": state}))


def next_look_in_words(standing: ModelStanding) -> str:
    """What is missing to the next look."""
    at = ladder.next_look(standing.looked_at)
    if at is None:
        return ""
    missing = at - standing.n - standing.waiting
    if missing <= 0:
        return _("as soon as experts have ruled")
    return ngettext("%(missing)d more check", "%(missing)d more checks", missing) % {
        "missing": missing
    }


def certificate_in_words(look: ModelLook) -> str:
    """As a manager reads it."""
    return _(
        "Right in at least %(bar)d %% of the cases it is sure of: %(wrong)d wrong of %(n)d "
        "checked, %(day)s; so it answers alone from score %(cut)s on."
    ) % {
        "bar": look.bar_percent,
        "wrong": look.wrong,
        "n": look.n,
        "day": date_format(localtime(look.taken_at), "SHORT_DATE_FORMAT"),
        "cut": _score(look.cut),
    }


def _others_in_short(proved: list[ModelLook]) -> list[str]:
    """Lower bars, as far as they let it answer more."""
    found, cut = [], None
    for look in proved:
        if cut is not None and look.cut is not None and look.cut < cut:
            found.append(_in_short(look))
        cut = look.cut
    return found


def _in_short(look: ModelLook) -> str:
    return _("%(bar)d %% from %(cut)s on") % {"bar": look.bar_percent, "cut": _score(look.cut)}


def _score(cut: float | None) -> str:
    """Rounded up: what is shown is proved, too."""
    return number_format(-(-(cut or 0.0) * 1_000 // 1) / 1_000, decimal_pos=3)


def _look_row(look: ModelLook, titles: Mapping[str, str]) -> LookRow:
    query = urlencode({"look": look.pk})
    return LookRow(
        look=look,
        title=title_of(look.standing.label, titles),
        lower=100 * look.lower,
        after=_level_after(look),
        n=Linked(look.n, query),
        wrong=Linked(look.wrong, f"{query}&state=wrong"),
    )


def _level_after(look: ModelLook) -> int:
    if look.outcome == ModelLook.Outcome.PROMOTE:
        return ladder.earned(look.n - look.wrong, look.n)
    return look.level - (look.outcome == ModelLook.Outcome.DEMOTE)


def columns() -> list[str]:
    return [
        _("class"),
        _("level"),
        _("right"),
        _("checked"),
        _("right at least, %"),
        _("right at most, %"),
        _("waiting for an expert"),
        _("not counted"),
        _("bar proved, %"),
        _("alone from score"),
        _("audits"),
        _("audits wrong"),
        _("wrong at most, %"),
        _("last alarm"),
    ]


def lines(model: ModelVersion) -> list[list[Any]]:
    """The table of all classes as numbers."""
    grants = {grant.label: grant for grant in model.grants.all()[:CLASSES_MOST]}
    rows = rows_of(model, titles_of(model), show_names=False)
    return [_line(row, grants.get(row.label)) for row in rows]


def _line(row: ClassRow, grant: ModelGrant | None) -> list[Any]:
    return [
        row.title,
        row.level,
        row.evidence.right,
        row.evidence.n,
        round(row.evidence.lower, 1),
        round(row.evidence.upper, 1),
        row.waiting.count,
        row.thin.count,
        grant.bar_percent if grant else None,
        grant.cut if grant else None,
        row.audits.count,
        row.audits_wrong.count,
        round(row.audit_upper, 1) if row.audits.count else None,
        row.alarmed_at.isoformat() if row.alarmed_at else None,
    ]
