"""How severely the next lot is inspected, from how the lots before it ended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import takewhile

from reviews.quality.acceptance import Plan, Terms, find_plan, reduced_plan

WINDOW = 5
REJECTED_IN_WINDOW = 2
ACCEPTED_FOR_NORMAL = 5
ACCEPTED_FOR_REDUCED = 10
REJECTED_FOR_STOP = 5


class Severity(StrEnum):
    NORMAL = "normal"
    TIGHTENED = "tightened"
    REDUCED = "reduced"
    STOPPED = "stopped"


@dataclass(frozen=True)
class PastLot:
    """A lot that has ended; `rules` is the instruction version it was labeled under."""

    is_accepted: bool
    rules: int


@dataclass(frozen=True)
class Inspection:
    """The severity, and what it rests on: lots accepted in a row, lots rejected."""

    severity: Severity
    accepted: int = 0
    rejected: int = 0


def plan_under(terms: Terms, severity: Severity | str) -> Plan:
    """The plan of a lot: tightened for half the acceptable rate, reduced to two fifths of the
    sample. Where no wrong one is allowed anyway (an AQL of 0) nothing is made smaller.

    >>> terms = Terms(1000, 0.01, 0.05)
    >>> plan_under(terms, "normal"), plan_under(terms, "tightened"), plan_under(terms, "reduced")
    (Plan(n=128, c=3), Plan(n=75, c=1), Plan(n=52, c=2))
    """
    if severity == Severity.REDUCED and terms.aql > 0:
        return reduced_plan(terms)
    if severity in (Severity.TIGHTENED, Severity.STOPPED):
        return find_plan(replace(terms, aql=terms.aql / 2))
    return find_plan(terms)


def inspection(lots: Sequence[PastLot], rules: int) -> Inspection:
    """The severity of the next lot, labeled under `rules`, after the lots of one series in order.

    Normal: tightened after 2 rejected of 5 lots, reduced after 10 accepted in a row under one
    version of the rules. Tightened: normal after 5 accepted in a row, stopped after 5 rejected.
    Reduced: normal after one rejected, or once the rules are others. A lot that is inspected
    though the series is stopped goes on as tightened (switching rules of ISO 2859-1).

    >>> good, bad = PastLot(True, 1), PastLot(False, 1)
    >>> inspection([good, bad, good, bad], 1).severity.value
    'tightened'
    >>> inspection([bad, bad] + [good] * 5, 1).severity.value
    'normal'
    >>> inspection([good] * 10, 1).severity.value, inspection([good] * 10, 2).severity.value
    ('reduced', 'normal')
    >>> inspection([bad] * 7, 1).severity.value
    'stopped'
    """
    severity, since = Severity.NORMAL, list[PastLot]()
    for lot in lots:
        if severity == Severity.STOPPED:
            severity, since = Severity.TIGHTENED, []
        severity, since = _under(lot.rules, severity, since)
        severity, since = _after(severity, [*since, lot])
    severity, since = _under(rules, severity, since)
    recent = since[-WINDOW:] if severity == Severity.NORMAL else since
    return Inspection(severity, len(_in_a_row(since)), sum(not lot.is_accepted for lot in recent))


def _under(rules: int, severity: Severity, since: list[PastLot]) -> tuple[Severity, list[PastLot]]:
    """A small sample rests on lots that were labeled under the same rules."""
    if severity == Severity.REDUCED and since[-1].rules != rules:
        return Severity.NORMAL, []
    return severity, since


def _after(severity: Severity, since: list[PastLot]) -> tuple[Severity, list[PastLot]]:
    """The severity after the last of the lots since it was last changed, and what counts on."""
    row, last = _in_a_row(since), since[-1]
    if severity == Severity.REDUCED and not last.is_accepted:
        return Severity.NORMAL, [last]
    if severity == Severity.NORMAL:
        if sum(not lot.is_accepted for lot in since[-WINDOW:]) >= REJECTED_IN_WINDOW:
            return Severity.TIGHTENED, []
        if sum(lot.rules == last.rules for lot in row) >= ACCEPTED_FOR_REDUCED:
            return Severity.REDUCED, since
    if severity == Severity.TIGHTENED:
        if len(row) >= ACCEPTED_FOR_NORMAL:
            return Severity.NORMAL, []
        if sum(not lot.is_accepted for lot in since) >= REJECTED_FOR_STOP:
            return Severity.STOPPED, since
    return severity, since


def _in_a_row(lots: Sequence[PastLot]) -> list[PastLot]:
    """The accepted lots at the end of a series, the newest first."""
    return list(takewhile(lambda lot: lot.is_accepted, reversed(lots)))
