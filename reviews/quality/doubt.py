"""Doubt: how much an item deserves an expert's look, and why, in words a page can translate."""

from dataclasses import dataclass
from typing import Any

from reviews.quality.consensus import Vote

# Krippendorff's lower convention: below it not even tentative conclusions.
LOW_AGREEMENT = 0.667
PSEUDO_LABELS = 1


@dataclass(frozen=True)
class Reason:
    """A stable code and what the sentence for it needs."""

    code: str
    params: dict[str, Any]


@dataclass(frozen=True)
class Doubt:
    """`score` in [0, 1], higher is looked at first; the reasons explain it, strongest first."""

    score: float
    reasons: tuple[Reason, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(reason.code for reason in self.reasons)


def doubt(outcome: Vote, agreement: float | None) -> Doubt:
    """1 - the mean of the vote's confidence and the agreement, each shrunk toward one half.

    The shrinkage, (n x + 0.5) / (n + 1), is one more label that is right half of the time: so two
    who agree stay more doubtful than ten who agree. An item of one label has no agreement: 0.5.

    Codes: tie, minority_vote, low_agreement, undecidable, single_label.

    >>> one = Vote({"bird": "crow"}, 1.0, False, False, 1, 0, {})
    >>> doubt(one, None)
    Doubt(score=0.375, reasons=(Reason(code='single_label', params={}),))
    """
    trust = _shrunk(outcome.confidence, outcome.n)
    alike = 0.5 if agreement is None else _shrunk(agreement, outcome.n)
    return Doubt(1 - (trust + alike) / 2, tuple(_reasons(outcome, agreement)))


def _shrunk(share: float, n: int) -> float:
    return (n * share + PSEUDO_LABELS / 2) / (n + PSEUDO_LABELS)


def _reasons(outcome: Vote, agreement: float | None) -> list[Reason]:
    reasons = [
        Reason("tie", {"control": name, "votes": made.votes})
        for name, made in outcome.controls.items()
        if made.is_tie
    ]
    if outcome.is_tie and not reasons:
        reasons.append(Reason("tie", {"control": "", "votes": {}}))
    reasons += [
        Reason("minority_vote", {"control": name, "share": made.confidence})
        for name, made in outcome.controls.items()
        if not made.is_tie and made.confidence < 0.5
    ]
    if agreement is not None and agreement < LOW_AGREEMENT:
        reasons.append(Reason("low_agreement", {"agreement": agreement}))
    if outcome.undecidable:
        reasons.append(Reason("undecidable", {"count": outcome.undecidable, "n": outcome.n}))
    if outcome.n == 1:
        reasons.append(Reason("single_label", {}))
    return reasons
