"""What work on data has changed in a model: against slices that the work did not touch.

Between two versions of a model much changes that no new label explains: another training, other
labels elsewhere, and chance. Items that were picked because the model failed on them get better by
chance alone. So the change on the target is compared with the change on a control of the same
baseline: as many items of the same classes on which the model before was right and wrong alike.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import scipy

from datasets.analysis.gains import standard_error
from labelops.distributions import binomial_masses, normal_quantile
from labelops.intervals import LEVEL, Interval

POWER = 0.8
# Of 400 items some 12 go wrong, and 12 others right, from one training to the next on like data.
CHURN = 0.03
# Fewer items, or less of the target that finds its like, are no control.
CONTROL_LEAST = 30
MATCHED_LEAST = 0.5
# A whole slice is like another with up to so many times its size, and a baseline so near.
SIZES, BASELINES_APART = 3, 0.1
NEGLIGIBLE = 1e-12


@dataclass(frozen=True)
class Effect:
    """A change of a share, -1 to 1, with its standard error."""

    value: float
    error: float

    @property
    def interval(self) -> Interval:
        """value ± 1.96 × error, 95 %, within -1 and 1."""
        reach = normal_quantile((1 + LEVEL) / 2) * self.error
        return Interval(max(-1.0, self.value - reach), min(1.0, self.value + reach))


@dataclass(frozen=True)
class CostPerPoint:
    """What one point of gain has cost; `high` is None when the gain may as well be none."""

    value: float
    low: float
    high: float | None


@dataclass(frozen=True)
class Change:
    """What became of items from one model to the next."""

    fixed: int
    broken: int
    right_before: int
    n: int

    @property
    def effect(self) -> Effect:
        """(fixed - broken) / n, with the error of `gains.standard_error`."""
        error = standard_error(self.fixed, self.broken, self.n)
        return Effect((self.fixed - self.broken) / self.n, error)


def change(before: Mapping[int, bool], after: Mapping[int, bool]) -> Change | None:
    """Of the items that both know, whether right; None when there are none.

    >>> change({1: True, 2: False, 3: False}, {1: True, 2: True, 4: True})
    Change(fixed=1, broken=0, right_before=1, n=2)
    """
    pairs = [(was, after[item]) for item, was in before.items() if item in after]
    if not pairs:
        return None
    return Change(
        fixed=sum(is_right and not was for was, is_right in pairs),
        broken=sum(was and not is_right for was, is_right in pairs),
        right_before=sum(was for was, _is_right in pairs),
        n=len(pairs),
    )


def is_like(control: Change, target: Change) -> bool:
    """Whether a whole other slice serves as a control: of like size, and right as often before.

    >>> target = Change(5, 1, 60, 100)
    >>> is_like(Change(2, 2, 90, 150), target), is_like(Change(2, 2, 140, 150), target)
    (True, False)
    """
    gap = abs(control.right_before / control.n - target.right_before / target.n)
    is_of_size = target.n / SIZES <= control.n <= target.n * SIZES
    return control.n >= CONTROL_LEAST and is_of_size and gap <= BASELINES_APART


def attributed(target: Effect, control: Effect) -> Effect:
    """Difference in differences: what the target gained beyond the control, which is other items.

    >>> effect = attributed(Effect(0.045, 0.016), Effect(0.010, 0.012))
    >>> round(effect.value, 3), round(effect.error, 3)
    (0.035, 0.02)
    """
    return Effect(target.value - control.value, sqrt(target.error**2 + control.error**2))


def cost_per_point(cost: float, gain: Effect) -> CostPerPoint | None:
    """The cost by each point (1 %) of gain; None where nothing was gained.

    >>> cost_per_point(90, Effect(0.045, 0.016))  # doctest: +ELLIPSIS
    CostPerPoint(value=20.0, low=11.786..., high=65.979...)
    >>> cost_per_point(90, Effect(0.02, 0.016)).high is None
    True
    """
    if gain.value <= 0:
        return None
    low, high = gain.interval.low, gain.interval.high
    return CostPerPoint(
        value=cost / (100 * gain.value),
        low=cost / (100 * high),
        high=cost / (100 * low) if low > 0 else None,
    )


def control_of(
    target: Sequence[Hashable], rest: Mapping[int, Hashable], *, seed: int = 0
) -> list[int] | None:
    """As many of the rest as the target has, with the same strata; None when too few are alike.

    A stratum is what must be alike: the class, and whether the model before was right. Drawn by a
    hash of the item, so that the same items are drawn again. A stratum that the rest has too few
    of gives what it has.

    >>> rest = {item: item % 2 for item in range(200)}
    >>> drawn = control_of([0] * 40 + [1] * 20, rest)
    >>> len(drawn), sum(item % 2 for item in drawn)
    (60, 20)
    >>> control_of([2] * 60, rest) is None
    True
    """
    by_stratum: dict[Hashable, list[int]] = defaultdict(list)
    for item, stratum in rest.items():
        by_stratum[stratum].append(item)
    drawn: list[int] = []
    for stratum, count in Counter(target).items():
        members = sorted(by_stratum[stratum], key=lambda item: _drawn_place(item, seed))
        drawn += members[:count]
    is_enough = len(drawn) >= max(CONTROL_LEAST, MATCHED_LEAST * len(target))
    return sorted(drawn) if is_enough else None


def control_like(
    target: Sequence[tuple[str, bool]], rest: Mapping[int, tuple[str, bool]], *, seed: int = 0
) -> tuple[list[int], bool] | None:
    """By class and whether the model before was right; where a class has too few, by the latter.

    Says whether the classes are alike, too.

    >>> rest = {item: ("wren", item % 2 == 0) for item in range(200)}
    >>> control_like([("wren", True)] * 40, rest)[1], control_like([("owl", True)] * 40, rest)[1]
    (True, False)
    """
    alike = control_of(target, rest, seed=seed)
    if alike is not None:
        return alike, True
    outcomes = {item: is_right for item, (_label, is_right) in rest.items()}
    drawn = control_of([is_right for _label, is_right in target], outcomes, seed=seed)
    return None if drawn is None else (drawn, False)


def _drawn_place(item: int, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}:{item}".encode()).digest()


def smallest_gain(n: int, *, churn: float = CHURN, error: float = 1 - LEVEL) -> float | None:
    """The smallest gain that n items prove four times of five; None when no gain does.

    By the exact McNemar test; `churn` is the share of items that one training to the next breaks
    for no reason, and the share that it mends for none.

    >>> round(smallest_gain(400), 3), round(smallest_gain(100), 3), smallest_gain(5)
    (0.047, 0.122, None)
    """
    low, high = 0.0, 1 - 2 * churn
    if n == 0 or power(n, high, churn=churn, error=error) < POWER:
        return None
    while high - low > 0.0005:
        middle = (low + high) / 2
        if power(n, middle, churn=churn, error=error) < POWER:
            low = middle
        else:
            high = middle
    return high


def power(n: int, gain: float, *, churn: float = CHURN, error: float = 1 - LEVEL) -> float:
    """The chance that the exact McNemar test of n items proves a gain as one for the better.

    >>> round(power(400, 0.045), 2), round(power(400, 0.0), 3)
    (0.77, 0.015)
    """
    changing = gain + 2 * churn
    masses = binomial_masses(n, changing)
    changed = np.flatnonzero(masses > NEGLIGIBLE)
    # At most so many broken of so many changed are too few for chance; -1 where none are.
    broken_most = np.floor(scipy.special.bdtrik(error / 2, changed, 0.5))
    broken_most = np.where(0.5**changed <= error / 2, broken_most, -1)
    share_broken = churn / changing if changing else 0.5
    proving = np.where(
        broken_most >= 0, scipy.special.bdtr(np.maximum(broken_most, 0), changed, share_broken), 0.0
    )
    return float(masses[changed] @ proving)
