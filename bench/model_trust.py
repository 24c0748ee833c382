"""Simulates models whose accuracy is known: what they are wrongly trusted with, and for how long.

`python -m bench.model_trust --models 2000 --seed 20261128` prints JSON: the simulated figures, and
beside them the ones that are computed exactly.
"""

import argparse
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviews.quality import model_audit, model_cut
from reviews.quality.model_trust import BARS, LOOKS, false_promotion

SEED = 20261128
MODELS = 2_000
# Before the fall: long enough for the sum to forget where it began.
AUDITS_BEFORE = 500
AUDITS_AFTER = 2_000
# A false alarm comes once in thousands of audits: so many in all are looked at.
GOOD_AUDITS = 1_000_000
BAR = 0.95


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=MODELS)
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args()
    print(json.dumps(measure(chosen.models, chosen.seed), indent=2))


def measure(models: int, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {
        "models": models,
        "seed": seed,
        "certified_exactly_at_the_bar": {
            f"{bar / 100:.2f}": {
                "simulated": certified_at_bar(models, bar / 100, rng),
                "of_the_whole_class_computed": round(false_promotion(bar / 100), 4),
            }
            for bar in BARS
        },
        "certified_0.985_at_0.95_at_look": first_looks(models // 4, 0.985, BAR, rng),
        "fall_0.98_to_0.94": fall(models, rng),
        "good_0.98": false_alarms(rng),
    }


def certified_at_bar(models: int, bar: float, rng: np.random.Generator) -> float:
    """The share with a certificate after a whole series, though no score says anything."""
    return float(np.mean([_first_look(bar, bar, rng) is not None for _model in range(models)]))


def first_looks(models: int, accuracy: float, bar: float, rng: np.random.Generator) -> float:
    """At which look half of such models have their certificate."""
    looks = [_first_look(accuracy, bar, rng) or np.inf for _model in range(models)]
    return float(np.median(looks))


def _first_look(accuracy: float, bar: float, rng: np.random.Generator) -> int | None:
    """The first look at which any cut is proved; None when the series ends without one."""
    scores, rights = rng.random(LOOKS[-1]), rng.random(LOOKS[-1]) < accuracy
    checks = list(zip(scores.tolist(), rights.tolist(), strict=True))
    return next((n for n in LOOKS if model_cut.lowest_cut(checks[:n], bar)), None)


def fall(models: int, rng: np.random.Generator) -> dict[str, float]:
    """After how many audits it is noticed, in models that nothing was said against before."""
    good, bad = model_audit.good_and_bad(BAR)
    lengths = []
    while len(lengths) < models:
        before = rng.random(AUDITS_BEFORE) < good
        after = rng.random(AUDITS_AFTER) < bad
        alarm = model_audit.watch(np.concatenate([before, after]).tolist(), BAR).alarm
        if alarm > AUDITS_BEFORE or not alarm:
            lengths.append(alarm - AUDITS_BEFORE if alarm else np.inf)
    return {
        "median": float(np.median(lengths)),
        "90_percent_within": float(np.quantile(lengths, 0.9)),
        "median_from_a_sum_of_0_computed": model_audit.median_until_alarm(BAR, bad),
    }


def false_alarms(rng: np.random.Generator) -> dict[str, float]:
    """How many audits a false alarm takes on average."""
    good, _bad = model_audit.good_and_bad(BAR)
    return {
        "audits": GOOD_AUDITS,
        "audits_per_alarm": round(GOOD_AUDITS / alarms(rng.random(GOOD_AUDITS) < good)),
        "audits_per_alarm_computed": round(model_audit.run_length(BAR, good)),
    }


def alarms(audits: NDArray[np.bool_]) -> int:
    """How many alarms a long series raises, each of which begins the sum anew."""
    rest, found = audits.tolist(), 0
    while place := model_audit.watch(rest[: len(audits) // 20], BAR).alarm:
        rest, found = rest[place:], found + 1
    return found


if __name__ == "__main__":
    main()
