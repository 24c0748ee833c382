"""The quality engine in one process: how long it takes, and whether its probabilities come true.

`python -m bench.inference` prints JSON. Timings are the best of five, on made-up labels.
"""

import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.made_crowds import SEED, SHAPES, Array, Shape, make_crowd
from reviews.quality.class_model import Fitted, fit
from reviews.quality.control_figures import figures
from reviews.quality.error_rate import finite_interval

REPEATS = 5
SAMPLES = 1_000
CHECKED = 100
BINS = 10
RATES, SIZES = (0.05, 0.1, 0.2, 0.3), ((1_000, 200), (5_000, 200), (20_000, 400))


def main() -> None:
    large = make_crowd(Shape("100,000 labels", 20_000, 4, 5, 200, 0.7))
    small = make_crowd(Shape("10,000 labels", 2_000, 4, 5, 60, 0.7))
    item = next(iter(small.truth))
    found: dict[str, Any] = {
        "seed": SEED,
        "fit_100000_labels_seconds": best(lambda: fit(large.labels)),
        "refit_10000_labels_seconds": best(
            lambda: fit(small.labels, known={item: small.truth[item]})
        ),
        "figures_of_1000000_labels_seconds": best(_million_labels(), repeats=1),
        "interval_coverage": coverage(),
        "calibration": calibration(),
    }
    print(json.dumps(found, indent=2))


def best(work: Callable[[], Any], repeats: int = REPEATS) -> float:
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return round(min(seconds), 4)


def _million_labels() -> Callable[[], Any]:
    """All figures of a single choice with ten options on 333,334 items."""
    rng = np.random.default_rng(SEED)
    options = [f"c{number}" for number in range(10)]
    truth = rng.integers(0, 10, (333_334, 1))
    chosen = np.where(rng.random((333_334, 3)) < 0.7, truth, rng.integers(0, 10, (333_334, 3)))
    first = rng.integers(0, 200, 333_334)
    people = np.stack([first, first + 200, first + 400], axis=1)
    given = {
        item: [(who, {"label": options[label]}) for who, label in zip(row, said, strict=True)]
        for item, (row, said) in enumerate(zip(people.tolist(), chosen.tolist(), strict=True))
    }
    control = {"name": "label", "type": "choice", "options": [{"value": name} for name in options]}
    return lambda: figures(control, given)


def coverage() -> dict[str, float]:
    """How often the 95 % interval of the error rate holds the truth, by design and on average."""
    rng = np.random.default_rng(SEED)
    found = {}
    for rate in RATES:
        for size, n in SIZES:
            wrong = round(rate * size)
            drawn = rng.hypergeometric(wrong, size - wrong, n, SAMPLES).tolist()
            intervals = {count: finite_interval(count, n, size) for count in set(drawn)}
            covered = sum(intervals[k].low <= rate <= intervals[k].high for k in drawn)
            found[f"{rate:.0%} wrong, {n} of {size}"] = covered / SAMPLES
    return found | {"mean": float(np.mean(list(found.values())))}


def calibration() -> list[dict[str, Any]]:
    """By crowd: the error of P(stored label is right) on items that nobody checked.

    `plain` is Dawid-Skene by itself, `before` pooled with the votes, `after` also tempered by 100
    random items whose truth was told; both know these.
    """
    rows = []
    for shape in SHAPES:
        crowd = make_crowd(shape)
        rng = np.random.default_rng(SEED)
        picked = rng.choice(sorted(crowd.truth), min(CHECKED, len(crowd.truth) // 3), replace=False)
        known = {str(item): crowd.truth[str(item)] for item in picked}
        before, after = (
            fit(crowd.labels, known=known),
            fit(crowd.labels, known=known, checked=known),
        )
        if before is None or after is None:
            continue
        row: dict[str, Any] = {
            "crowd": crowd.name,
            "temperature": round(after.model.temperature, 2),
        }
        for name, fitted, posterior in (
            ("plain", before, before.plain),
            ("before", before, before.posterior),
            ("after", after, after.posterior),
        ):
            p, is_right = _claims(fitted, posterior, crowd.truth, known)
            row[f"ece_{name}"] = round(expected_calibration_error(p, is_right), 4)
            row[f"brier_{name}"] = round(float(((p - is_right) ** 2).mean()), 4)
        rows.append(row)
    means = {
        name: round(float(np.mean([row[name] for row in rows])), 4)
        for name in rows[0]
        if "_" in name
    }
    return [*rows, {"crowd": "mean", **means}]


def expected_calibration_error(p: Array, is_right: Array) -> float:
    """The mean over ten equal bins of |mean p - share right|, weighted by their size."""
    place = np.minimum((p * BINS).astype(int), BINS - 1)
    return float(
        sum(
            abs(p[place == one].mean() - is_right[place == one].mean()) * (place == one).mean()
            for one in set(place.tolist())
        )
    )


def _claims(
    fitted: Fitted, posterior: Array, truth: dict[str, str], known: dict[str, str]
) -> tuple[Array, Array]:
    """P of the likeliest class of each unchecked item, and whether it is the true one."""
    names = [str(item) for item in fitted.table.items]
    free = [row for row, item in enumerate(names) if item not in known]
    likeliest = posterior.argmax(axis=1)
    is_right = [fitted.table.classes[likeliest[row]] == truth[names[row]] for row in free]
    return posterior[free].max(axis=1), np.array(is_right, dtype=float)


if __name__ == "__main__":
    main()
