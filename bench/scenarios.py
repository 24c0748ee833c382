"""Whether verdicts of scenario tests and gains of impact cards come true, and what they take.

`python -m bench.scenarios --seed 20261128` prints JSON. Verdicts: simulated models below a bar.
Impact: handwritten digits that scikit-learn brings along (1,797 of 8 x 8); a target is the half of
the items of a digit that the model before is likeliest to have wrong, and the work is either more
labels of that digit, or of all others, which does nothing for it.
Speed: a test of 10,000 items on a PostgreSQL of its own.
"""

import argparse
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from bench.inside import measured
from datasets.analysis.impact import attributed, change, control_like
from datasets.analysis.scenario_bars import PASS, UNKNOWN, judge
from labelops.intervals import wilson

Array = NDArray[Any]
TRIALS = 20_000
BARS = (0.8, 0.9, 0.95, 0.99)
SIZES = (60, 300)
DRAWS = 100
BEFORE, MORE = 300, 150


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20261128)
    parser.add_argument("--draws", type=int, default=DRAWS)
    options = parser.parse_args()
    print(json.dumps({"passed though below the bar": _wrong_passes(options.seed)}))
    print(json.dumps({"decided after so many more": _kept_promises(options.seed)}))
    for work in ("of the digit", "of the others"):
        draws = [_impact(work, options.seed + draw) for draw in range(options.draws)]
        print(json.dumps({"labels": work} | _figures(draws)))
    print(json.dumps(measured("scenario_speed", "speed()", is_running=False)))


def _wrong_passes(seed: int) -> dict[str, dict[str, float]]:
    """The share of tests that models a hair below the bar pass; by Wilson's bound, too."""
    dice = np.random.default_rng(seed)
    found = {}
    for bar in BARS:
        for n in SIZES:
            right = dice.binomial(n, bar - 1e-6, TRIALS).tolist()
            exact = {k: judge(k, n, bar).verdict == PASS for k in set(right)}
            short = {k: wilson(k, n, level=0.9).low >= bar for k in set(right)}
            found[f"{bar:.0%} of {n}"] = {
                "exact": float(np.mean([exact[k] for k in right])),
                "wilson": float(np.mean([short[k] for k in right])),
            }
    return found


def _kept_promises(seed: int) -> dict[str, float]:
    """Of undecided tests: how often the promised number of further items does decide."""
    dice = np.random.default_rng(seed)
    found = {}
    for true_share in (0.93, 0.96, 0.85):
        kept = []
        for right in dice.binomial(100, true_share, 2_000).tolist():
            verdict = judge(right, 100, 0.9)
            if verdict.verdict != UNKNOWN or verdict.more is None:
                continue
            # The models that look like this one.
            more = dice.binomial(verdict.more, right / 100)
            kept.append(judge(right + int(more), 100 + verdict.more, 0.9).verdict != UNKNOWN)
        found[f"{true_share:.0%} right, bar 90 %"] = round(float(np.mean(kept)), 3)
    return found


def _impact(work: str, seed: int) -> dict[str, float]:
    """The gain as it looks, and beyond a control; of one digit at a time."""
    pictures, digits = load_digits(return_X_y=True)
    images = pictures / 16
    dice = np.random.default_rng(seed)
    digit = int(dice.integers(10))
    order = dice.permutation(len(digits))
    learned, pool, tests = np.split(order, [BEFORE, 900])
    # The digit is rare before the work.
    is_digit = digits[learned] == digit
    learned = np.concatenate([learned[~is_digit], learned[is_digit][:5]])
    fits = pool[(digits[pool] == digit) == (work == "of the digit")][:MORE]
    before = _model(images, digits, learned)
    after = _model(images, digits, np.concatenate([learned, fits]))
    was, now = (model.predict(images[tests]) == digits[tests] for model in (before, after))
    places = np.flatnonzero(digits[tests] == digit)
    doubtful = before.predict_proba(images[tests[places]])[:, list(before.classes_).index(digit)]
    target = places[np.argsort(doubtful)[: len(places) // 2]].tolist()
    before_of, after_of = dict(enumerate(was.tolist())), dict(enumerate(now.tolist()))
    named = digits[tests].astype(str).tolist()
    rest = {place: (named[place], before_of[place]) for place in {*before_of} - {*target}}
    like = control_like([(named[place], before_of[place]) for place in target], rest, seed=seed)
    gained = change({place: before_of[place] for place in target}, after_of)
    other = like and change({place: before_of[place] for place in like[0]}, after_of)
    found = attributed(gained.effect, other.effect) if other else gained.effect
    return {
        "gain as it looks": gained.effect.value,
        "gain beyond the control": found.value,
        "proved as it looks": gained.effect.interval.low > 0,
        "proved beyond the control": found.interval.low > 0,
        "has a control": other is not None,
        "target items": gained.n,
    }


def _model(images: Array, digits: Array, places: Array) -> LogisticRegression:
    return LogisticRegression(max_iter=500).fit(images[places], digits[places])


def _figures(draws: list[dict[str, float]]) -> dict[str, float]:
    return {name: round(float(np.mean([draw[name] for draw in draws])), 3) for name in draws[0]}


if __name__ == "__main__":
    main()
