"""The slice finder on made worlds: does it name what is planted, and nothing where nothing is?

`python -m bench.slices --worlds 100 --seed 20261128` prints JSON. In each world of 20,000 items
with a dozen columns two conditions are drawn that 200 items meet together, and these fail twice
as often; the same columns are looked at without it. "First" is the same slice: the two conditions,
or others that hold for the same items (their overlap is above 80 %, as width and camera have).
"""

import argparse
import json
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bench.slice_worlds import Planted, all_predicates, make_columns, make_failures, plant
from datasets.analysis.slices import OVERLAP_MOST, Slice, find_slices, first_half
from labelops.intervals import wilson

WORLDS = 100
SEED = 20261128
ITEMS = 20_000
PLANTED = 200
RATES = (0.10, 0.15, 0.20)
TIMES = (1.5, 2.0, 3.0)


@dataclass
class Tally:
    """What became of the worlds of one rate."""

    worlds: int = 0
    first: int = 0
    first_by_name: int = 0
    listed: int = 0
    none: int = 0
    found: int = 0
    held: int = 0
    errors: list[float] = field(default_factory=list)

    def note(self, found: list[Slice], planted: Planted, rate: float) -> None:
        wanted = {part.condition for part in planted.parts}
        is_same = [_is_same(each, planted, wanted) for each in found]
        self.worlds += 1
        self.found += len(found)
        self.none += not found
        self.listed += any(is_same)
        self.first += bool(found) and is_same[0]
        self.first_by_name += bool(found) and set(found[0].conditions) == wanted
        for each in found:
            if set(each.conditions) == wanted:
                interval = wilson(each.failed, each.n)
                self.held += interval is not None and interval.low <= rate <= interval.high
                self.errors.append(each.rate - rate)

    def shares(self) -> dict[str, Any]:
        named = len(self.errors)
        return {
            "first": self.first / self.worlds,
            "first_by_name": self.first_by_name / self.worlds,
            "listed": self.listed / self.worlds,
            "none": self.none / self.worlds,
            "found_each": self.found / self.worlds,
            "mean_error_of_its_rate": round(float(np.mean(self.errors)), 4) if named else None,
            "its_interval_holds": round(self.held / named, 3) if named else None,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=WORLDS)
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args()
    print(json.dumps(measure(chosen.worlds, chosen.seed), indent=2))


def measure(worlds: int, seed: int) -> dict[str, Any]:
    suggests = first_half(np.arange(ITEMS))
    cases = [(rate, 2.0) for rate in RATES] + [(0.15, times) for times in TIMES if times != 2]
    planted_tallies = {case: Tally() for case in cases}
    nothing = {rate: Tally() for rate in RATES}
    seconds: list[float] = []
    for world in range(worlds):
        chance = np.random.default_rng([seed, world])
        predicates = all_predicates(make_columns(ITEMS, chance))
        planted = plant(predicates, PLANTED, chance)
        for (rate, times), tally in planted_tallies.items():
            failed = make_failures(ITEMS, rate, chance, planted=planted.mask, times=times)
            started = time.process_time()
            found = find_slices(predicates, failed, suggests).slices
            seconds.append(time.process_time() - started)
            tally.note(found, planted, rate * times)
        for rate, tally in nothing.items():
            failed = make_failures(ITEMS, rate, chance, planted=planted.mask, times=1)
            tally.note(find_slices(predicates, failed, suggests).slices, planted, rate)
    return {
        "worlds": worlds,
        "seed": seed,
        "planted": {
            f"{rate:.0%} elsewhere, times {times:g}": tally.shares()
            for (rate, times), tally in planted_tallies.items()
        },
        "nothing_planted": {
            f"{rate:.0%} everywhere": {"none": tally.none / tally.worlds}
            for rate, tally in nothing.items()
        },
        "conditions": len(predicates),
        "seconds_each": round(float(np.mean(seconds)), 3),
    }


def _is_same(found: Slice, planted: Planted, wanted: set[Any]) -> bool:
    shared = (found.mask & planted.mask).sum() / (found.mask | planted.mask).sum()
    return set(found.conditions) == wanted or bool(shared > OVERLAP_MOST)


if __name__ == "__main__":
    main()
