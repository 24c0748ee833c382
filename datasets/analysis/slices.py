"""The slice finder: in which nameable parts of the data a model fails more than elsewhere.

All conditions and all pairs of them are looked at (after SliceFinder: Chung and others 2019). The
items are cut into two halves by a hash. The first half only *suggests*: it gives each candidate a
weight. The second half *confirms*, by exact tests whose bars are moved by the weights (weighted
Benjamini-Hochberg: Genovese, Roeder, Wasserman 2006), and all figures come from it: the figures of
a slice are no part of why it was looked at.

A bar within the first half would lose what is true there but weak, and one equal bar for all in
the second would pay for thousands of tests. With weights the two halves together find nearly as
much as one test of all the data would.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.analysis.conditions import Condition
from datasets.analysis.predicates import Mask, Predicate
from datasets.analysis.slice_candidates import Candidates, Floats, Half, upper_tails
from labelops.intervals import wilson

FALSE_SHARE = 0.1
OVERLAP_MOST = 0.8
# How sure it must be that a pair fails more than the rest of either part, and that a slice does
# among the items that better ones leave.
PART_LEVEL = 0.01
LEFT_LEVEL = 0.001
FOUND_MOST = 20
SCORE_LEVEL = 0.99
# So many times more than elsewhere is looked for.
TIMES = (1.5, 2.0, 3.0)
HIGHEST_RATE = 0.99
EVIDENCE_MOST = 10_000.0
LOGARITHM_MOST = 100.0


@dataclass(frozen=True, eq=False)
class Slice:
    """A slice with its figures of the second half; `mask` is of all items."""

    conditions: tuple[Condition, ...]
    mask: Mask
    n: int
    failed: int
    n_elsewhere: int
    failed_elsewhere: int
    p_value: float
    # Effect x support x severity, at least.
    score: float

    @property
    def rate(self) -> float:
        return self.failed / self.n


@dataclass(frozen=True)
class Findings:
    """The slices, what costs most first, and how many combinations were tried for them."""

    slices: list[Slice]
    tried_count: int


def first_half(keys: NDArray[np.integer]) -> Mask:
    """Which items suggest: by a hash of their numbers, so always the same ones.

    The mixing of splitmix64 (Steele, Lea, Flood 2014).

    >>> halves = first_half(np.arange(10_000))
    >>> int(halves.sum()), halves[:6].tolist()
    (4995, [False, False, True, False, True, True])
    """
    mixed = np.asarray(keys).astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return np.asarray((mixed ^ (mixed >> np.uint64(31))) & np.uint64(1) == 0)


def find_slices(
    predicates: Sequence[Predicate],
    failed: Mask,
    suggests: Mask,
    *,
    severity: Floats | None = None,
    most: int = FOUND_MOST,
) -> Findings:
    """The slices that the second half confirms.

    `severity` says of each item how bad its failure is; all are alike without.
    """
    # Where all are alike, no part is worse.
    if not predicates or any(len(np.unique(failed[half])) < 2 for half in (suggests, ~suggests)):
        return Findings([], 0)
    candidates = Candidates(predicates, failed, suggests)
    if not len(candidates):
        return Findings([], 0)
    p_confirming = candidates.p_values(candidates.confirming)
    weights = _weights(candidates, candidates.suggesting)
    confirmed = np.flatnonzero(_accepted(p_confirming, weights))
    heavy = np.ones(len(failed)) if severity is None else severity
    found = [
        _measured(candidates, place, p_confirming[place], failed, ~suggests, heavy)
        for place in _distinct(candidates, confirmed, failed)[:most]
    ]
    return Findings(sorted(found, key=lambda each: -each.score), len(candidates))


def _weights(candidates: Candidates, half: Half) -> Floats:
    """How much likelier a half is if a candidate fails so many `TIMES` more, with a mean of one.

    The likelihood ratio is the best steer there is (Neyman, Pearson), and knows that a few items
    can say little. It is cut off where a candidate needs no more, or the surest would leave
    nothing to the others.
    """
    n, failed = half.counts(candidates)
    rate = half.all_failed / half.size
    evidence = np.zeros(len(n))
    for times in TIMES:
        raised = min(times * rate, HIGHEST_RATE)
        logarithm = failed * np.log(raised / rate)
        logarithm += (n - failed) * np.log((1 - raised) / (1 - rate))
        evidence += np.exp(np.minimum(logarithm, LOGARITHM_MOST))
    evidence = np.minimum(evidence / len(TIMES), EVIDENCE_MOST)
    return np.asarray(evidence / evidence.mean())


def _accepted(p_values: Floats, weights: Floats) -> Mask:
    """Benjamini and Hochberg's step-up of p / weight at `FALSE_SHARE`.

    >>> _accepted(np.array([0.04, 0.04]), np.array([0.1, 1.9])).tolist()
    [False, True]
    """
    never = np.full(len(p_values), np.inf)
    scaled = np.divide(p_values, weights, out=never, where=weights > 0)
    ordered = np.sort(scaled)
    bars = FALSE_SHARE * np.arange(1, len(ordered) + 1) / max(1, len(ordered))
    passing = np.flatnonzero(ordered <= bars)
    return np.asarray(scaled <= (ordered[passing[-1]] if len(passing) else -1.0))


def _distinct(candidates: Candidates, confirmed: NDArray[np.int64], failed: Mask) -> list[int]:
    """Those that say something new, the surest first.

    A pair must fail more than either of its parts, so that no bystander is named with a culprit;
    and each slice more than elsewhere still among the items that better ones leave, so that what
    fails for their sake is not told again.
    """
    p_whole = candidates.p_values(candidates.whole)[confirmed]
    chosen: list[int] = []
    left = np.ones(len(failed), dtype=bool)
    for place in confirmed[np.argsort(p_whole, kind="stable")].tolist():
        mask = candidates.mask(place)
        new = mask & left
        if new.sum() < (1 - OVERLAP_MOST) * mask.sum():
            continue
        if candidates.p_over_parts(place) > PART_LEVEL or _p_of(new, left, failed) > LEFT_LEVEL:
            continue
        chosen.append(place)
        left &= ~mask
    return chosen


def _p_of(mask: Mask, among: Mask, failed: Mask) -> float:
    k, n = np.array([(mask & failed).sum()]), np.array([mask.sum()])
    return float(upper_tails(k, n, int((among & failed).sum()), int(among.sum()))[0])


def _measured(
    candidates: Candidates,
    place: int,
    p_value: float,
    failed: Mask,
    confirms: Mask,
    severity: Floats,
) -> Slice:
    mask = candidates.mask(place)
    inside, outside = mask & confirms, ~mask & confirms
    return Slice(
        candidates.conditions(place),
        mask,
        n=int(inside.sum()),
        failed=int((inside & failed).sum()),
        n_elsewhere=int(outside.sum()),
        failed_elsewhere=int((outside & failed).sum()),
        p_value=float(p_value),
        score=_cost(mask, failed, severity),
    )


def _cost(mask: Mask, failed: Mask, severity: Floats) -> float:
    """What it costs at least that more fail here than elsewhere; both halves rank.

    With the rate at the lower end of its interval, as in a large slice a little may be chance.
    """
    wrong = mask & failed
    interval = wilson(int(wrong.sum()), int(mask.sum()), level=SCORE_LEVEL)
    lowest = interval.low if interval else 0.0
    elsewhere = float((failed & ~mask).sum() / (~mask).sum())
    return float((lowest - elsewhere) * mask.sum() * severity[wrong].mean())
