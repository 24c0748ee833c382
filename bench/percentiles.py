"""Latencies as percentiles by nearest rank: never a mean alone."""

import math


def percentile(sorted_values: list[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed."""
    return sorted_values[max(0, math.ceil(share * len(sorted_values)) - 1)]


def summary(seconds: list[float]) -> dict[str, float | int]:
    """n, p50, p95, p99 and max in milliseconds."""
    values = sorted(seconds)
    if not values:
        return {"n": 0}
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    found = {name: round(1000 * percentile(values, share), 1) for name, share in shares.items()}
    return {"n": len(values), **found}
