"""Simulates people whose accuracy is known, and says how soon and how justly trust follows it.

`python -m bench.trust --people 20000 --seed 20261127` prints JSON: the simulated figures, and
beside them the ones that are computed exactly.
"""

import argparse
import json
from functools import lru_cache
from typing import Any

import numpy as np

from reviews.quality import alarm
from reviews.quality.trust import LEVELS, LOOKS, Outcome, chance, look, next_level

SEED = 20261127
PEOPLE = 20_000
# Long enough for all but one of a million people at 75 %.
ANSWERS_MOST = 400


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args()
    print(json.dumps(measure(chosen.people, chosen.seed), indent=2))


def measure(people: int, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {
        "people": people,
        "seed": seed,
        "caught_at_75": caught(people, 0.75, rng),
        "caught_at_85": caught(people, 0.85, rng),
        "flagged_at_95_within_200": flagged(people, alarm.GOOD, rng),
        "flagged_at_95_exactly": round(alarm.chance_within(alarm.WITHIN, alarm.GOOD), 4),
        "run_length_in_control": round(alarm.run_length(alarm.GOOD)),
        "series": [series(level, people, rng) for level in range(1, len(LEVELS))],
    }


def caught(people: int, accuracy: float, rng: np.random.Generator) -> dict[str, float]:
    """After how many checked answers the alarm is raised."""
    answers = rng.random((people, ANSWERS_MOST)) < accuracy
    found = [alarm.first_alarm(row.tolist())[0] for row in answers]
    lengths = np.array([place or np.inf for place in found])
    return {
        "median": float(np.median(lengths)),
        "within_20": round(float((lengths <= 20).mean()), 4),
        "99_percent_within": float(np.quantile(lengths, 0.99, method="higher")),
        "mean": round(float(lengths[np.isfinite(lengths)].mean()), 1),
    }


def flagged(people: int, accuracy: float, rng: np.random.Generator) -> float:
    """The share of people with an alarm among their first answers."""
    answers = rng.random((people, alarm.WITHIN)) < accuracy
    return sum(alarm.first_alarm(row.tolist())[0] is not None for row in answers) / people


def series(level: int, people: int, rng: np.random.Generator) -> dict[str, Any]:
    """False promotion of people exactly at the bar above, false demotion exactly at their own."""
    above = next_level(level)
    bar = LEVELS[above].enter if above is not None else None
    leave = LEVELS[level].leave
    found: dict[str, Any] = {"level": level}
    if bar is not None:
        found["promoted_at_bar"] = _ended(Outcome.PROMOTE, level, bar.lower, people, rng)
        found["promoted_at_bar_exactly"] = round(chance(Outcome.PROMOTE, level, bar.lower), 4)
    if leave is not None:
        found["demoted_at_bar"] = _ended(Outcome.DEMOTE, level, leave, people, rng)
        found["demoted_at_bar_exactly"] = round(chance(Outcome.DEMOTE, level, leave), 4)
    return found


def _ended(
    outcome: Outcome, level: int, accuracy: float, people: int, rng: np.random.Generator
) -> float:
    answers = rng.random((people, LOOKS[-1])) < accuracy
    right = np.cumsum(answers, axis=1)[:, [n - 1 for n in LOOKS]]
    return sum(_end(level, tuple(row)) == outcome for row in right.tolist()) / people


def _end(level: int, right: tuple[int, ...]) -> Outcome | None:
    """What the first look said that changed the level."""
    said = (_look(level, count, n) for count, n in zip(right, LOOKS, strict=True))
    return next((what for what in said if what in {Outcome.PROMOTE, Outcome.DEMOTE}), None)


_look = lru_cache(maxsize=None)(look)


if __name__ == "__main__":
    main()
