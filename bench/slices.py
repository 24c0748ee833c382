"""The slice finder on made worlds: does it name what is planted, and nothing where nothing is?

`python -m bench.slices --worlds 100 --seed 20261128` prints JSON. In each world of 20,000 items
with a dozen columns two conditions are drawn that so many items meet together, and these fail so
many times as often; the same columns are looked at without it. "First" is the same slice: the two
conditions, or others that hold for the same items (their overlap is above 80 %). "Ideal" guesses
best, always guesses, and knows both rates: no finder that looks at one slice at a time does better.
"""

import argparse
import json
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bench.slice_worlds import Planted, all_predicates, make_columns, make_failures, plant
from datasets.analysis.predicates import Mask
from datasets.analysis.slice_candidates import Candidates
from datasets.analysis.slices import OVERLAP_MOST, Slice, find_slices
from labelops.intervals import wilson

WORLDS = 100
SEED = 20261128
ITEMS = 20_000
# How often elsewhere, so many times as often inside, items inside.
CASES = (
    (0.05, 2.0, 200),
    (0.10, 2.0, 200),
    (0.15, 2.0, 200),
    (0.20, 2.0, 200),
    (0.15, 1.5, 200),
    (0.15, 3.0, 200),
    (0.15, 1.25, 2_000),
)
RATES = (0.05, 0.10, 0.15, 0.20)


@dataclass
class Tally:
    """What became of the worlds of one case."""

    worlds: int = 0
    first: int = 0
    first_by_name: int = 0
    first_by_twin: int = 0
    ideal: int = 0
    listed: int = 0
    none: int = 0
    found: int = 0
    held: int = 0
    held_unpicked: int = 0
    errors: list[float] = field(default_factory=list)
    errors_unpicked: list[float] = field(default_factory=list)

    def note(self, found: list[Slice], planted: Planted, rate: float, times: float) -> None:
        wanted = {part.condition for part in planted.parts}
        self.worlds += 1
        self.found += len(found)
        self.none += not found
        is_same = [
            set(each.conditions) == wanted or is_alike(each.mask, planted.mask) for each in found
        ]
        self.listed += any(is_same)
        if found:
            self.first += is_same[0]
            self.first_by_name += set(found[0].conditions) == wanted
            self.first_by_twin += wanted <= {*found[0].conditions, *found[0].twins}
        for each in found:
            inside = (each.mask & planted.mask).sum() / each.n
            self._hold(each, rate * (1 + (times - 1) * inside))

    def _hold(self, found: Slice, truth: float) -> None:
        interval, unpicked = found.rate.interval, wilson(found.failed, found.n)
        self.held += interval.low <= truth <= interval.high
        self.held_unpicked += unpicked is not None and unpicked.low <= truth <= unpicked.high
        self.errors.append(found.rate.value - truth)
        self.errors_unpicked.append(found.failed / found.n - truth)

    def shares(self) -> dict[str, Any]:
        counts = ("first", "first_by_name", "first_by_twin", "ideal", "listed", "none", "found")
        return {name: getattr(self, name) / self.worlds for name in counts} | self.figures()

    def figures(self) -> dict[str, Any]:
        """Of the rates of all that was found, and of what the counts alone would say."""
        if not self.found:
            return {"none": self.none / self.worlds}
        return {
            "none": self.none / self.worlds,
            "slices": self.found,
            "interval_holds": round(self.held / self.found, 3),
            "mean_error": round(float(np.mean(self.errors)), 4),
            "interval_of_counts_holds": round(self.held_unpicked / self.found, 3),
            "mean_error_of_counts": round(float(np.mean(self.errors_unpicked)), 4),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=WORLDS)
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args()
    print(json.dumps(measure(chosen.worlds, chosen.seed), indent=2))


def measure(worlds: int, seed: int) -> dict[str, Any]:
    planted_tallies = {case: Tally() for case in CASES}
    nothing = {rate: Tally() for rate in RATES}
    seconds: list[float] = []
    for world in range(worlds):
        chance = np.random.default_rng([seed, world])
        predicates = all_predicates(make_columns(ITEMS, chance))
        candidates = Candidates(predicates)
        sizes = sorted({size for _rate, _times, size in CASES})
        planted = {size: plant(predicates, size, chance) for size in sizes}
        for (rate, times, size), tally in planted_tallies.items():
            inside = planted[size].mask
            failed = make_failures(ITEMS, rate, chance, planted=inside, times=times)
            started = time.process_time()
            found = find_slices(predicates, failed).slices
            seconds.append(time.process_time() - started)
            tally.note(found, planted[size], rate, times)
            guessed = ideal_guess(candidates, failed, rate, times)
            tally.ideal += is_alike(guessed, inside)
        for rate, tally in nothing.items():
            failed = make_failures(ITEMS, rate, chance, planted=planted[sizes[0]].mask, times=1)
            tally.note(find_slices(predicates, failed).slices, planted[sizes[0]], rate, 1)
    return {
        "worlds": worlds,
        "seed": seed,
        "planted": {
            f"{size} items, {rate:.0%} elsewhere, times {times:g}": tally.shares()
            for (rate, times, size), tally in planted_tallies.items()
        },
        "nothing_planted": {
            f"{rate:.0%} everywhere": tally.figures() for rate, tally in nothing.items()
        },
        "conditions": len(predicates),
        "combinations": len(candidates),
        "seconds_each": round(float(np.mean(seconds)), 3),
    }


def ideal_guess(candidates: Candidates, failed: Mask, rate: float, times: float) -> Mask:
    """The likeliest candidate by its likelihood ratio at the true rates."""
    wrong = candidates.among(failed)
    right = candidates.n - wrong
    evidence = wrong * np.log(times) + right * np.log((1 - times * rate) / (1 - rate))
    return candidates.mask(int(np.argmax(evidence)))


def is_alike(found: Mask, planted: Mask) -> bool:
    return bool((found & planted).sum() > OVERLAP_MOST * (found | planted).sum())


if __name__ == "__main__":
    main()
