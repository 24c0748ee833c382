"""What a plan of acceptance means, in words, as a curve and as a table."""

from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from reviews.models import Lot
from reviews.quality.acceptance import Plan, Terms, acceptance
from reviews.quality.switching import (
    ACCEPTED_FOR_NORMAL,
    REJECTED_FOR_STOP,
    REJECTED_IN_WINDOW,
    WINDOW,
    Inspection,
    Severity,
)

WIDTH, HEIGHT = 400, 160
POINTS = 80
STEPS = 4

WORDS = {
    Severity.NORMAL: gettext_lazy("Normal inspection."),
    Severity.TIGHTENED: gettext_lazy(
        "Tightened inspection, for half the acceptable rate: %(trigger)d of %(window)d lots were "
        "rejected. It ends with %(enough)d lots accepted in a row (so far %(accepted)d); after "
        "%(stop)d rejected ones (so far %(rejected)d) inspection stops."
    ),
    Severity.REDUCED: gettext_lazy(
        "Reduced inspection, two fifths of the sample: the last %(accepted)d lots were accepted "
        "under these rules. It ends with the first that is rejected. A bad lot is accepted more "
        "often than the risk below says."
    ),
    Severity.STOPPED: gettext_lazy(
        "Inspection is stopped: %(rejected)d lots were rejected though it was tightened. A manager "
        "who opens another says why; it is inspected as tightened."
    ),
}


@dataclass(frozen=True)
class CurveRow:
    """Of lots with this share wrong so many are accepted."""

    wrong: str
    accepted: str
    note: str


@dataclass(frozen=True)
class Mark:
    """A rate that was agreed on, as a line in the curve."""

    x: str
    y: str
    title: str


@dataclass(frozen=True)
class PlanPage:
    """A plan and what it promises; `points` is the curve within `width` by `height`."""

    sentence: str
    promise: str
    severity: str
    is_severe: bool
    points: str
    marks: list[Mark]
    rows: list[CurveRow]
    last_percent: str
    width: int = WIDTH
    height: int = HEIGHT


def plan_page(lot: Lot, plan: Plan, found: Inspection | None) -> PlanPage:
    """Of a lot that is stored, or of one that is only being thought of."""
    terms = lot.terms
    most = min(terms.size, 2 * terms.least_bad)
    marks = [
        (terms.most_good, _("acceptable")),
        (terms.least_bad, _("not acceptable")),
    ]
    return PlanPage(
        sentence=plan_sentence(terms.size, plan),
        promise=_(
            "A lot with %(good)s %% wrong is accepted in %(good_accepted)s %% of cases, one with "
            "%(bad)s %% wrong in %(bad_accepted)s %%."
        )
        % {
            "good": percent(terms.most_good / terms.size),
            "good_accepted": percent(acceptance(terms.size, terms.most_good, plan)),
            "bad": percent(terms.least_bad / terms.size),
            "bad_accepted": percent(acceptance(terms.size, terms.least_bad, plan)),
        },
        severity=severity_sentence(found) if found else "",
        is_severe=bool(found and found.severity in {Severity.TIGHTENED, Severity.STOPPED}),
        points=_points(terms, plan, most),
        marks=[
            Mark(
                *_place(terms, plan, wrong, most),
                title,
            )
            for wrong, title in marks
        ],
        rows=_rows(terms, plan, most, dict(marks)),
        last_percent=percent(most / terms.size),
    )


def plan_sentence(size: int, plan: Plan) -> str:
    looked_at = ngettext(
        "Experts look at %(n)s of %(size)s label.",
        "Experts look at %(n)s of %(size)s labels.",
        size,
    )
    if plan.c == 0:
        accepted = _("The lot is accepted when none of them is wrong.")
    else:
        accepted = ngettext(
            "The lot is accepted when at most %(c)d of them is wrong.",
            "The lot is accepted when at most %(c)d of them are wrong.",
            plan.c,
        )
    facts = {"n": thousands(plan.n), "size": thousands(size), "c": plan.c}
    return f"{looked_at % facts} {accepted % facts}"


def severity_sentence(found: Inspection) -> str:
    if found.severity == Severity.NORMAL and found.rejected:
        return _("Normal inspection; %(rejected)d of the last %(window)d lots were rejected.") % {
            "rejected": found.rejected,
            "window": WINDOW,
        }
    return str(WORDS[found.severity]) % {
        "trigger": REJECTED_IN_WINDOW,
        "window": WINDOW,
        "enough": ACCEPTED_FOR_NORMAL,
        "stop": REJECTED_FOR_STOP,
        "accepted": found.accepted,
        "rejected": found.rejected,
    }


def _points(terms: Terms, plan: Plan, most: int) -> str:
    """The curve as an SVG polyline."""
    wrongs = sorted({round(most * step / POINTS) for step in range(POINTS + 1)})
    return " ".join(",".join(_place(terms, plan, wrong, most)) for wrong in wrongs)


def _place(terms: Terms, plan: Plan, wrong: int, most: int) -> tuple[str, str]:
    """A point of the curve: the number wrong to the right, the chance upward."""
    chance = acceptance(terms.size, wrong, plan)
    return f"{WIDTH * wrong / most:.1f}", f"{HEIGHT * (1 - chance):.1f}"


def _rows(terms: Terms, plan: Plan, most: int, notes: dict[int, str]) -> list[CurveRow]:
    even = {round(most * step / STEPS) for step in range(STEPS + 1)}
    return [
        CurveRow(
            percent(wrong / terms.size),
            percent(acceptance(terms.size, wrong, plan)),
            notes.get(wrong, ""),
        )
        for wrong in sorted(even | set(notes))
    ]


def percent(share: float) -> str:
    """A share in percent, to a tenth where it is not whole, as the reader's language writes it."""
    value = round(100 * share, 1)
    return number_format(int(value) if value == int(value) else value)


def thousands(count: int) -> str:
    return number_format(count, use_l10n=True, force_grouping=True)
