"""What the pages of lots show: the list, and one lot with what its sample came to.

Which items are in a sample stays unknown until the lot has ended: those who look at it must not
know what their word decides. Only managers, who never label, see names.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labelops.accounts.models import Team, User
from labelops.intervals import Interval
from labelops.lists import Page, keyset_page
from reviews.models import Lot, LotItem
from reviews.quality.acceptance import least_wrong, most_wrong
from reviews.quality.error_rate import finite_interval
from reviews.quality.switching import Inspection, Severity
from reviews.reports.lot_plans import (
    PlanPage,
    percent,
    plan_page,
    severity_sentence,
    thousands,
)
from reviews.services import lot_samples
from reviews.services.lot_series import inspections
from tasks.blocks.classes import schema_classes
from tasks.models import Project
from tasks.services.instructions import current_version

WRONG_SHOWN = 50
STRATA_SHOWN = 50
State = Lot.State


@dataclass(frozen=True)
class LotRow:
    lot: Lot
    finding: str


@dataclass(frozen=True)
class Series:
    """The lots of one team, or of whole batches, and how severely the next is inspected."""

    name: str
    severity: str
    sentence: str
    is_severe: bool


@dataclass(frozen=True)
class LotsPage:
    page: Page
    series: list[Series]


@dataclass(frozen=True)
class StratumRow:
    """A class or a person: how many of its labels were looked at, and how many were wrong."""

    title: str
    size: int
    seen: int
    wrong: int
    low: str
    high: str


@dataclass(frozen=True)
class WrongRow:
    item: LotItem
    classes: str
    people: str


@dataclass(frozen=True)
class LotPage:
    finding: str
    plan: PlanPage
    percent_seen: int
    drawn_count: int
    # Only of a lot that has ended.
    wrong: list[WrongRow] = field(default_factory=list)
    classes: list[StratumRow] = field(default_factory=list)
    people: list[StratumRow] = field(default_factory=list)
    has_intervals: bool = False


def lots_page(project: Project, cursor: str) -> LotsPage:
    rows = Lot.objects.filter(batch__project=project).select_related("batch", "team")
    page = keyset_page(rows.defer("packed_members"), cursor, newest_first=True)
    shown = [LotRow(lot, finding(lot)) for lot in page.rows]
    version = current_version(project)
    found = inspections(project, version) if version else {}
    names = dict(Team.objects.filter(pk__in=[pk for pk in found if pk]).values_list("pk", "name"))
    return LotsPage(
        page=Page(shown, page.next_cursor, page.is_first),
        series=[
            _series(names[team] if team else _("whole batches"), inspection)
            for team, inspection in sorted(found.items(), key=lambda pair: pair[0] or 0)
        ],
    )


def _series(name: str, found: Inspection) -> Series:
    return Series(
        name=name,
        severity=str(Lot.Severity(found.severity.value).label)
        if found.severity != Severity.STOPPED
        else _("stopped"),
        sentence=severity_sentence(found),
        is_severe=found.severity in {Severity.TIGHTENED, Severity.STOPPED},
    )


def finding(lot: Lot) -> str:
    """What the sample says of the whole lot, with the exact bound."""
    seen, unseen = lot.seen_count, lot.unseen_count
    facts: dict[str, Any] = {
        "wrong": lot.wrong_count,
        "seen": thousands(seen),
        "unseen": unseen,
        "size": thousands(lot.size),
    }
    if lot.state == State.SAMPLING:
        return _("%(wrong)d wrong of %(seen)s looked at so far.") % facts
    if lot.state == State.CANCELLED:
        return _("Given up: it says nothing.")
    drawn = seen + unseen
    if lot.state == State.REJECTED and unseen:
        bound = least_wrong(lot.size, drawn, lot.wrong_count)
        return _(
            "%(wrong)d wrong of %(seen)s looked at: at least %(bound)s %% of the %(size)s (95 %%)."
        ) % {**facts, "bound": _down(bound, lot.size)}
    # What was not looked at is counted as wrong, so that the bound holds whatever it is.
    bound = most_wrong(lot.size, drawn, lot.wrong_count + unseen)
    facts["bound"] = _up(bound, lot.size)
    if not unseen:
        return (
            _("%(wrong)d of %(seen)s wrong: at most %(bound)s %% of the %(size)s (95 %%).") % facts
        )
    return (
        ngettext(
            "%(wrong)d of %(seen)s wrong: at most %(bound)s %% of the %(size)s (95 %%), "
            "even if the %(unseen)d that was not looked at is wrong.",
            "%(wrong)d of %(seen)s wrong: at most %(bound)s %% of the %(size)s (95 %%), "
            "even if the %(unseen)d that were not looked at are wrong.",
            unseen,
        )
        % facts
    )


def _up(count: int, size: int) -> str:
    return percent(-(-1_000 * count // size) / 1_000)


def _down(count: int, size: int) -> str:
    return percent(1_000 * count // size / 1_000)


def lot_page(lot: Lot, *, show_names: bool) -> LotPage:
    drawn = lot.sample_count - lot.gone_count
    page: dict[str, Any] = {
        "finding": finding(lot),
        "plan": plan_page(lot, lot.plan, None),
        "percent_seen": round(100 * lot.seen_count / drawn) if drawn else 100,
        "drawn_count": drawn,
    }
    if lot.state == State.SAMPLING:
        return LotPage(**page)
    titles = Titles(lot, show_names=show_names)
    margins = lot_samples.margins(lot)
    # A rejected lot ends with a wrong label, mostly before all is seen: shares of it lie too high.
    has_intervals = lot.unseen_count == 0 or lot.state == State.ACCEPTED
    wrong = lot.items.filter(outcome=LotItem.Outcome.WRONG).select_related("task__item")
    return LotPage(
        **page,
        wrong=[
            WrongRow(
                item,
                ", ".join(titles.of_class(*named) for named in item.stratum["classes"]),
                ", ".join(titles.of_person(user) for user in item.stratum["people"]),
            )
            for item in wrong[:WRONG_SHOWN]
        ],
        classes=_strata(lot.strata["classes"], margins["classes"], titles.of_class, has_intervals),
        people=_strata(lot.strata["people"], margins["people"], titles.of_person, has_intervals),
        has_intervals=has_intervals,
    )


class Titles:
    """The names of the classes and people of a lot; people by pseudonym for those who review."""

    def __init__(self, lot: Lot, *, show_names: bool) -> None:
        self.classes = schema_classes(lot.version.label_schema)
        people = User.objects.filter(pk__in=[user for user, _count in lot.strata["people"]])
        self.people = {user.pk: str(user) if show_names else user.pseudonym for user in people}

    def of_class(self, control: str, value: str) -> str:
        return self.classes.get((control, value), value)

    def of_person(self, user: int) -> str:
        return self.people.get(user, "–")


def _strata(
    sizes: Sequence[Sequence[Any]],
    seen: Sequence[Sequence[Any]],
    title: Any,
    has_intervals: bool,
) -> list[StratumRow]:
    """The worst first; those of which nothing was looked at come last, and are shown as such."""
    found = {tuple(key): (count, wrong) for *key, count, wrong in seen}
    rows = []
    for *key, size in sizes:
        count, wrong = found.get(tuple(key), (0, 0))
        interval = finite_interval(wrong, count, size) if count and has_intervals else None
        rows.append(StratumRow(title(*key), size, count, wrong, *_ends(interval)))
    rows.sort(key=lambda row: (-row.wrong, row.seen == 0, row.seen))
    return rows[:STRATA_SHOWN]


def _ends(interval: Interval | None) -> tuple[str, str]:
    return (percent(interval.low), percent(interval.high)) if interval else ("", "")
