"""How many stored labels are wrong, from the part of the reviews that chance picked."""

from collections.abc import Sequence
from dataclasses import dataclass

from labelops.distributions import hypergeometric_at_most, hypergeometric_mass
from labelops.intervals import LEVEL, Interval
from reviews.quality.bisection import largest, smallest


@dataclass(frozen=True)
class Stratum:
    """`wrong` of `n` randomly picked labels, out of `size` labels."""

    wrong: int
    n: int
    size: int


@dataclass(frozen=True)
class ErrorRate:
    """`value` is the share of wrong labels among `size`; `n` is what it rests on."""

    value: float
    n: int
    size: int
    interval: Interval


def error_rate(strata: Sequence[Stratum]) -> ErrorRate | None:
    """The error rate over strata that were sampled unequally, each by its size; None without n.

    Strata of which nothing was picked are left out, and not part of `size`. The interval of
    several strata is that of one sample with the same variance (Kish 1965, effective size).

    >>> found = error_rate([Stratum(3, 100, 1000)])
    >>> found.value, round(found.interval.low, 3), round(found.interval.high, 3)
    (0.03, 0.009, 0.076)
    """
    seen = [stratum for stratum in strata if stratum.n]
    if not seen:
        return None
    size, n = sum(stratum.size for stratum in seen), sum(stratum.n for stratum in seen)
    value = sum(stratum.wrong / stratum.n * stratum.size for stratum in seen) / size
    effective = min(n, _effective_size(seen, size))
    return ErrorRate(value, n, size, finite_interval(value * effective, effective, size))


def finite_interval(wrong: float, n: float, size: int, *, level: float = LEVEL) -> Interval:
    """The mid-P interval of a share of `size` things, `wrong` of `n` picked without replacement.

    Exact intervals cover more than they say, the more so the fewer were picked; half the
    probability of what was seen (Lancaster 1961) brings them to their level on average. Ends are
    counts of wrong things over `size`.

    >>> finite_interval(0, 50, 50)
    Interval(low=0.0, high=0.0)
    """
    n, k = round(n), round(wrong)
    tail = (1 - level) / 2
    least, most = k, size - (n - k)

    def at_most(total: int) -> float:
        seen = hypergeometric_mass(k, size, total, n)
        return hypergeometric_at_most(k, size, total, n) - seen / 2

    high = largest(lambda total: at_most(total) >= tail, least, most)
    low = smallest(lambda total: 1 - at_most(total) >= tail, least, most)
    return Interval(min(low, high) / size, max(low, high) / size)


def _effective_size(strata: Sequence[Stratum], size: int) -> float:
    """The size of one sample from all that would be as uncertain as these together."""
    shares = [(stratum.wrong + 0.5) / (stratum.n + 1) for stratum in strata]
    weights = [stratum.size / size for stratum in strata]
    share = sum(p * weight for p, weight in zip(shares, weights, strict=True))
    variance = sum(
        weight**2 * p * (1 - p) / stratum.n * _rest(stratum.n, stratum.size)
        for p, weight, stratum in zip(shares, weights, strata, strict=True)
    )
    if variance <= 0:
        return float(sum(stratum.n for stratum in strata))
    # n such that share (1 - share) / n * (1 - n / size) is this variance.
    spread = share * (1 - share)
    return spread / (variance + spread / size)


def _rest(n: int, size: int) -> float:
    return max(0.0, 1 - n / size)
