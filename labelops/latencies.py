"""Latencies as percentiles by nearest rank: never a mean alone."""

import math
from collections.abc import Sequence

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the ordered values do not exceed.

    >>> percentile([1, 2, 3, 4], 0.5), percentile([1, 2, 3, 4], 0.95)
    (2, 4)
    """
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def summary(seconds: Sequence[float]) -> dict[str, float]:
    """n, and p50, p95, p99 and max in milliseconds; of nothing only n.

    >>> summary([0.001, 0.003])
    {'n': 2, 'p50': 1.0, 'p95': 3.0, 'p99': 3.0, 'max': 3.0}
    """
    ordered = sorted(seconds)
    if not ordered:
        return {"n": 0}
    found = {name: round(1000 * percentile(ordered, share), 1) for name, share in SHARES.items()}
    return {"n": len(ordered), **found}
