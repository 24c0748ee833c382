"""How long a piece of work takes when it is done several times."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any


def timed(work: Callable[[], Any], times: int) -> dict[str, float]:
    """Milliseconds: the median and the worst."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(1_000 * (time.perf_counter() - start))
    return {"median_ms": round(median(taken), 2), "worst_ms": round(max(taken), 2)}
