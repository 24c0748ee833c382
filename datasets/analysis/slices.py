"""The slice finder: in which nameable parts of the data a model fails more than elsewhere.

All conditions and all pairs of them are looked at (after SliceFinder: Chung and others 2019).
Evidence is how much likelier the failures are if they are more frequent there. Of thousands of
candidates some look bad by chance: how bad the worst of all looks is seen by dealing the same
failures out anew, again and again. What is worse than that is a slice (Westfall, Young 1993). The
best is taken, then the best among the items that it leaves, as long as they are above the bar.

All items suggest and confirm at once. So what is told of a slice is told given that it was picked
(`picked_rates.py`): held-out items would need no such care, but lose half of what can be seen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from datasets.analysis.conditions import Condition
from datasets.analysis.picked_rates import PickedRate, picked_rate
from datasets.analysis.predicates import SUPPORT, Mask, Predicate
from datasets.analysis.slice_candidates import Candidates, Counts, Floats
from labelops.intervals import Interval, wilson

# How often something may be told where failures fall by chance alone.
FALSE_SHARE = 0.08
SHUFFLES = 200
OVERLAP_MOST = 0.8
# How sure it must be that a pair fails more than the rest of either part.
PART_LEVEL = 0.01
FOUND_MOST = 20
SCORE_LEVEL = 0.99
# So many times more than elsewhere is looked for: a little more in large parts, much in small ones.
TIMES = (1.1, 1.25, 1.5, 2.0, 3.0, 5.0)


@dataclass(frozen=True, eq=False)
class Slice:
    """`twins` hold for exactly the same items as one of the conditions.

    The counts are those of all items inside, and of those elsewhere that surer slices leave; `rate`
    is what to expect of further items inside.
    """

    conditions: tuple[Condition, ...]
    twins: tuple[Condition, ...]
    mask: Mask
    n: int
    failed: int
    n_elsewhere: int
    failed_elsewhere: int
    rate: PickedRate
    # Effect x support x severity, at least.
    score: float


@dataclass(frozen=True)
class Findings:
    """The slices, what costs most first, and how many combinations were tried for them."""

    slices: list[Slice]
    tried_count: int


def find_slices(
    predicates: Sequence[Predicate],
    failed: Mask,
    *,
    severity: Floats | None = None,
    most: int = FOUND_MOST,
    beat: Callable[[], None] = lambda: None,
) -> Findings:
    """The slices that chance does not explain; `beat` is called again and again meanwhile.

    `severity` says of each item how bad its failure is; all are alike without.

    >>> from datasets.analysis.predicates import predicates_of
    >>> skies = predicates_of("data.sky", ["fog"] * 60 + ["clear"] * 540)
    >>> [fog] = find_slices(skies, np.arange(600) % 60 < np.repeat([30, 6], [60, 540])).slices
    >>> fog.conditions[0].values, fog.failed, fog.n, fog.failed_elsewhere, fog.n_elsewhere
    (('fog',), 30, 60, 54, 540)
    """
    # Where all are alike, no part is worse.
    if not predicates or len(np.unique(failed)) < 2:
        return Findings([], 0)
    candidates = Candidates(predicates)
    if not len(candidates):
        return Findings([], 0)
    bar = _bar_of_chance(candidates, int(failed.sum()), beat)
    heavy = np.ones(len(failed)) if severity is None else severity
    found: list[Slice] = []
    left = np.ones(len(failed), dtype=bool)
    while len(found) < most:
        beat()
        if (place := _best(candidates, failed, left, bar)) is None:
            break
        found.append(_measured(candidates, place, failed, left, bar, heavy))
        left &= ~found[-1].mask
    return Findings(sorted(found, key=lambda each: -each.score), len(candidates))


def _bar_of_chance(candidates: Candidates, failed_count: int, beat: Callable[[], None]) -> float:
    """What the best of all candidates exceeds in `FALSE_SHARE` of the cases by chance alone.

    Never below none at all: what does not fail more is no slice, however few candidates there are.
    """
    chance = np.random.default_rng(0)
    rate = failed_count / candidates.size
    # Whichever are fewer are counted.
    is_rare = rate <= 0.5
    dealt = failed_count if is_rare else candidates.size - failed_count
    best = []
    for _shuffle in range(SHUFFLES):
        beat()
        held = candidates.among(chance.choice(candidates.size, dealt, replace=False))
        wrong = held if is_rare else candidates.n - held
        best.append(float(_evidence(wrong, candidates.n, rate).max()))
    # As if the true case was one of them: never too low on average.
    return max(0.0, sorted(best)[int(np.ceil((1 - FALSE_SHARE) * (SHUFFLES + 1))) - 1])


def _evidence(failed: Counts, n: Counts, rate: float) -> Floats:
    """How much likelier it is that so many of n fail if they do so many `TIMES` more, as logarithm.

    The mean of the likelihood ratios is the best steer there is (Neyman, Pearson), and knows that a
    few items can say little.
    """
    raised = [min(times * rate, (1 + rate) / 2) for times in TIMES]
    logarithms = np.stack(
        [
            failed * np.log(each / rate) + (n - failed) * np.log((1 - each) / (1 - rate))
            for each in raised
        ]
    )
    # Without the largest, which may be beyond all numbers.
    largest = logarithms.max(axis=0)
    return np.asarray(largest + np.log(np.exp(logarithms - largest).mean(axis=0)))


def _best(candidates: Candidates, failed: Mask, left: Mask, bar: float) -> int | None:
    """The candidate with the most evidence among the items that are left, if it is enough.

    A pair must fail more than either of its parts, so that no bystander is named with a culprit;
    and a candidate must have enough items of its own, so that nothing is told twice.
    """
    wrong = failed & left
    if not wrong.any() or not (left & ~failed).any():
        return None
    n = candidates.among(left)
    evidence = _evidence(candidates.among(wrong), n, wrong.sum() / left.sum())
    is_new = (n >= SUPPORT) & (n >= (1 - OVERLAP_MOST) * candidates.n)
    able = np.flatnonzero(is_new & (evidence > bar))
    for place in able[np.argsort(-evidence[able], kind="stable")].tolist():
        if candidates.p_over_parts(place, failed, left) <= PART_LEVEL:
            return int(place)
    return None


def _measured(
    candidates: Candidates, place: int, failed: Mask, left: Mask, bar: float, severity: Floats
) -> Slice:
    mask = candidates.mask(place)
    outside = left & ~mask
    n, wrong = int(mask.sum()), int((mask & failed).sum())
    n_elsewhere, wrong_elsewhere = int(outside.sum()), int((outside & failed).sum())
    # Those of surer slices did not count when it was found.
    shared = int((mask & failed & ~left).sum())
    needed = shared + _needed(int((mask & left).sum()), (failed & left).sum() / left.sum(), bar)
    lowest = wilson(wrong_elsewhere, n_elsewhere) or Interval(0, 1)
    # What it costs at least that more fail here: in a large slice a little may be chance.
    at_least = wilson(wrong, n, level=SCORE_LEVEL) or Interval(0, 1)
    return Slice(
        candidates.conditions(place),
        candidates.twins(place),
        mask,
        n=n,
        failed=wrong,
        n_elsewhere=n_elsewhere,
        failed_elsewhere=wrong_elsewhere,
        rate=picked_rate(wrong, n, needed=needed, least=lowest.low),
        score=(at_least.low - wrong_elsewhere / n_elsewhere)
        * n
        * float(severity[mask & failed].mean()),
    )


def _needed(n: int, rate: float, bar: float) -> int:
    """The fewest failing ones of n whose evidence is above the bar."""
    every = np.arange(n + 1)
    return int(np.searchsorted(_evidence(every, np.full(n + 1, n), rate), bar, side="right"))
