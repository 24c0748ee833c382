"""Holds forecasts against made-up batches whose end is known.

`python -m bench.forecast --histories 1000 --seed 20261128` prints JSON: how often the intervals
hold the true end, how wide they are, and the same of a naive forecast: the rest over the mean of
two weeks, ± 25 %, and with the margin that makes it as sure as ours.
"""

import argparse
import json
import time
from typing import Any

import numpy as np

from bench.made_histories import SEED, Case, make_case
from reviews.quality.forecast import RUNS, WINDOW, forecast
from reviews.quality.forecast_runs import HORIZON
from reviews.quality.working_days import working_days

HISTORIES = 1_000
NAIVE_MARGIN = 0.25


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=HISTORIES)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args()
    print(json.dumps(measure(chosen.histories, chosen.seed, chosen.runs), indent=2))


def measure(histories: int, seed: int, runs: int = RUNS) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    cases = [make_case(rng) for _number in range(histories)]
    started = time.process_time()
    ends = np.array([_ends(case, number, runs) for number, case in enumerate(cases)])
    seconds = time.process_time() - started
    truth = np.array([(case.finished - case.today).days for case in cases])
    naive = np.array([_naive(case) for case in cases])
    worked = np.array([len(working_days(case.history)) for case in cases])
    held = (ends[:, 1] <= truth) & (truth <= ends[:, 3])
    margin = float(np.quantile(np.abs((truth + 1) / naive - 1), held.mean()))
    return {
        "histories": histories,
        "seed": seed,
        "days_to_the_end": _quartiles(truth),
        "forecast": _judged(ends[:, 1], ends[:, 2], ends[:, 3], truth)
        | {"held_95": _share((ends[:, 0] <= truth) & (truth <= ends[:, 4]))},
        "naive": _judged(*_around(naive, NAIVE_MARGIN), truth),
        "naive_as_sure": _judged(*_around(naive, margin), truth) | {"margin": round(margin, 3)},
        "held_80_by_days_of_history": {
            "below 10": _share(held[worked < WINDOW]),
            "10 to 20": _share(held[(worked >= WINDOW) & (worked <= 2 * WINDOW)]),
            "above 20": _share(held[worked > 2 * WINDOW]),
        },
        "milliseconds_each": round(1000 * seconds / histories, 1),
    }


def _ends(case: Case, seed: int, runs: int) -> list[int]:
    found = forecast(case.history, case.stock, case.flow, today=case.today, runs=runs, seed=seed)
    return [HORIZON if day is None else (day - case.today).days for day in found.finish]


def _naive(case: Case) -> float:
    """Days to go: the rest over the mean of the last 14 days."""
    mean = sum(day.accepted for day in case.history[-14:]) / min(14, len(case.history))
    return (case.stock.total - case.stock.accepted) / max(mean, 1e-9)


def _around(days: Any, margin: float) -> list[Any]:
    """So much earlier, the middle, and so much later, as the last day of work."""
    return [np.ceil(np.minimum(HORIZON, days * (1 + share))) - 1 for share in (-margin, 0, margin)]


def _judged(low: Any, middle: Any, high: Any, truth: Any) -> dict[str, Any]:
    return {
        "held_80": _share((low <= truth) & (truth <= high)),
        "ended_earlier": _share(truth < low),
        "ended_later": _share(truth > high),
        "width_days": _quartiles(high - low + 1),
        "width_share": round(float(np.median((high - low + 1) / (truth + 1))), 3),
        "middle_off_by_share": round(float(np.median(np.abs(middle - truth) / (truth + 1))), 3),
        "middle_bias_share": round(float(np.median((middle - truth) / (truth + 1))), 3),
    }


def _share(found: Any) -> float | None:
    return round(float(found.mean()), 3) if len(found) else None


def _quartiles(values: Any) -> list[float]:
    return [float(value) for value in np.quantile(values, (0.25, 0.5, 0.75))]


if __name__ == "__main__":
    main()
