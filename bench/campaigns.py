"""How many of 100 shown a campaign finds, on handwritten digits, against a random order.

`python -m bench.campaigns --seed 20261128` prints JSON. Handwritten digits that scikit-learn brings
along (1,797 of 8 x 8). Wanted is something rare: one digit of which 36 are left among all others,
or a manner of writing one (the smallest of six groups that k-means finds among the gradients of a
digit; the search sees pixels). Five of it are the seeds. Who decides is right always.
"""

import argparse
import json
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits

from bench.label_issues import gradients
from datasets.analysis import selection, yields

Array = NDArray[Any]
DRAWS, SEEDS, RARE, MANNERS = 10, 5, 36, 6
PAGE, PAGES = 60, 4
MOST = 5_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20261128)
    parser.add_argument("--draws", type=int, default=DRAWS)
    options = parser.parse_args()
    images, digits = load_digits(return_X_y=True)
    rows = images / np.linalg.norm(images, axis=1, keepdims=True)
    seeds = range(options.seed, options.seed + options.draws)
    for name, cases in (
        ("a rare digit", [_rare_digit(digits, seed) for seed in seeds]),
        ("a rare manner", [_rare_manner(images, digits, seed) for seed in seeds]),
    ):
        began = time.process_time()
        found = [_campaign(rows, *case, seed) for case, seed in zip(cases, seeds, strict=True)]
        seconds = (time.process_time() - began) / len(seeds) / PAGES
        drawn = [_at_random(*case, seed) for case, seed in zip(cases, seeds, strict=True)]
        wanted = [int(is_wanted.sum()) for _seeds, _candidates, is_wanted in cases]
        print(
            json.dumps(
                {
                    "wanted": name,
                    "among": float(np.mean([len(case[1]) for case in cases])),
                    "there": float(np.mean(wanted)),
                    "campaign": _figures(found, wanted),
                    "random": _figures(drawn, wanted),
                    "milliseconds a page": round(seconds * 1000, 1),
                }
            )
        )


def _rare_digit(digits: Array, seed: int) -> tuple[Array, Array, Array]:
    """Seeds, candidates, and which of those are wanted."""
    dice = np.random.default_rng(seed)
    digit = seed % 10
    own = dice.permutation(np.flatnonzero(digits == digit))
    others = np.flatnonzero(digits != digit)
    candidates = dice.permutation(np.concatenate([own[SEEDS : SEEDS + RARE], others]))
    return own[:SEEDS], candidates, digits[candidates] == digit


def _rare_manner(images: Array, digits: Array, seed: int) -> tuple[Array, Array, Array]:
    dice = np.random.default_rng(seed)
    own = np.flatnonzero(digits == seed % 10)
    strokes = gradients(images[own].reshape(-1, 8, 8) / 16)
    groups = KMeans(MANNERS, n_init=5, random_state=seed).fit_predict(strokes)
    sizes = np.bincount(groups)
    smallest = np.where(sizes > 2 * SEEDS, sizes, sizes.max() + 1).argmin()
    manner = dice.permutation(own[groups == smallest])
    candidates = dice.permutation(np.setdiff1d(np.arange(len(digits)), manner[:SEEDS]))
    return manner[:SEEDS], candidates, np.isin(candidates, manner)


def _campaign(
    rows: Array, seeds: Array, candidates: Array, is_wanted: Array, seed: int
) -> list[bool]:
    """What was accepted, in the order shown: page by page, as the product does."""
    vectors = rows[candidates]
    likeness = selection.likeness(vectors, rows[seeds])
    pool = selection.pool(likeness, most=MOST, seed=seed)
    dice = np.random.default_rng(seed)
    left, drawn = pool.likest, list(pool.drawn)
    shown: list[int] = []
    for _page in range(PAGES):
        accepted = [place for place in shown if is_wanted[place]]
        discarded = [place for place in shown if not is_wanted[place]]
        values = likeness[left]
        if min(len(accepted), len(discarded)) >= selection.TAUGHT_LEAST:
            wanted = np.concatenate([rows[seeds], vectors[accepted]])
            values = selection.learned_likeness(vectors[left], wanted, vectors[discarded])
        by_chance = round(selection.RANDOM_SHARE * PAGE)
        picked = selection.pick(
            vectors[left], values, count=PAGE - by_chance, known=vectors[shown] if shown else None
        )
        page = [*left[picked].tolist(), *drawn[:by_chance]]
        shown += dice.permutation(page).tolist()
        left, drawn = np.delete(left, picked), drawn[by_chance:]
    return is_wanted[shown].tolist()


def _at_random(_seeds: Array, candidates: Array, is_wanted: Array, seed: int) -> list[bool]:
    order = np.random.default_rng(seed).permutation(len(candidates))[: PAGES * PAGE]
    return is_wanted[order].tolist()


def _figures(runs: list[list[bool]], wanted: list[int]) -> dict[str, Any]:
    """Accepted of 100 shown, in all and by page, and the share of what is there."""
    curves = np.array([[point.rate for point in yields.stretches(run, size=PAGE)] for run in runs])
    first = [sum(run[:100]) for run in runs]
    return {
        "of the first 100": round(float(np.mean(first)), 1),
        "worst of the runs": min(first),
        "per 100 by page": [round(100 * float(rate), 1) for rate in curves.mean(axis=0)],
        "found": round(
            float(np.mean([sum(run) / n for run, n in zip(runs, wanted, strict=True)])), 3
        ),
        "stopped after": float(np.median([_stop(run) for run in runs])),
    }


def _stop(run: list[bool]) -> int:
    """After how many shown the rule stops; a run that it never stops counts whole."""
    ends = range(PAGE, len(run) + 1, PAGE)
    return next((end for end in ends if yields.is_exhausted(run[:end])), len(run))


if __name__ == "__main__":
    main()
