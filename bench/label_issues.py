"""How many wrong labels stand among the first that detectors name, on digits with known errors.

Handwritten digits that scikit-learn brings along (1,797 of 8 x 8). One label in twenty is made
wrong, uniformly or as people mix digits up; models learn from the wrong labels like from all
others, and are asked about those that they did not see.
"""

import argparse
import importlib.util
import json
import time
from collections.abc import Callable, Iterator
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from reviews.detectors import calibration, classes
from reviews.detectors.findings import BUDGET_SHARE
from reviews.detectors.trust import PRIOR, suspicion

Array = NDArray[Any]
Model = Callable[[Array, int], Array]
DRAWS = 10
WRONG, SEEN = 0.05, 0.08
CONFUSED = {3: 8, 8: 3, 4: 9, 9: 4, 1: 7, 7: 1}
# Of the items so many were labeled by two people; the second errs as often as the first.
TWICE = 0.3
DIGITS = [str(digit) for digit in range(10)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20261128)
    parser.add_argument("--draws", type=int, default=DRAWS)
    options = parser.parse_args()
    images, truth = load_digits(return_X_y=True)
    pictures = images.reshape(-1, 8, 8) / 16
    for flips in ("confused", "uniform"):
        for name, model in _models(pictures):
            began = time.process_time()
            draws = [
                _draw(flips, model, truth, options.seed + draw) for draw in range(options.draws)
            ]
            figures = {
                figure: {
                    "mean": round(float(np.mean([draw[figure] for draw in draws])), 3),
                    "least": round(float(min(draw[figure] for draw in draws)), 3),
                }
                for figure in draws[0]
            }
            seconds = round((time.process_time() - began) / options.draws, 2)
            print(json.dumps({"flips": flips, "model": name, "seconds": seconds, **figures}))


def _models(pictures: Array) -> Iterator[tuple[str, Model]]:
    for name, rows in (
        ("pixels", pictures.reshape(len(pictures), -1)),
        ("gradients", gradients(pictures)),
    ):
        yield name, lambda given, seed, rows=rows: _out_of_fold(rows, given, seed)
    if importlib.util.find_spec("reviews.baseline"):
        yield "built in", _built_in(pictures)


def _built_in(pictures: Array) -> Model:
    learner = importlib.import_module("reviews.baseline.learner")
    reader = importlib.import_module("reviews.baseline.pictures")
    image = importlib.import_module("PIL.Image")
    made = [image.fromarray((picture * 255).astype(np.uint8)) for picture in pictures]
    rows = np.stack([reader.vector(picture) for picture in made])
    return lambda given, _seed: learner.learn(rows, given, range(len(rows))).out_of_fold


def _out_of_fold(rows: Array, given: Array, seed: int) -> Array:
    said = np.zeros((len(given), len(DIGITS)))
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    for learned, held in folds.split(rows, given):
        model = LogisticRegression(C=1.0, max_iter=300).fit(rows[learned], given[learned])
        said[held] = model.predict_proba(rows[held])
    return said


def gradients(pictures: Array) -> Array:
    """Of each quarter of a side, how much brightness changes in which of eight directions."""
    around = np.pad(pictures, ((0, 0), (1, 1), (1, 1)))
    across = around[:, 1:-1, 2:] - around[:, 1:-1, :-2]
    down = around[:, 2:, 1:-1] - around[:, :-2, 1:-1]
    turn = np.mod(np.arctan2(down, across), 2 * np.pi) / (2 * np.pi) * 8
    nearest, share = np.floor(turn).astype(int) % 8, turn % 1
    strength = np.hypot(across, down)[..., None]
    steps = np.eye(8)
    spread = (1 - share)[..., None] * steps[nearest] + share[..., None] * steps[(nearest + 1) % 8]
    cells = (strength * spread).reshape(len(pictures), 4, 2, 4, 2, 8).sum((2, 4))
    rows = cells.reshape(len(pictures), -1)
    return rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-9)


def _draw(flips: str, model: Model, truth: Array, seed: int) -> dict[str, float]:
    dice = np.random.default_rng(seed)
    given = _flipped(truth, flips, dice)
    is_wrong = given != truth
    said = model(given, seed)
    sure = calibration.tempered(said, calibration.temperature(said, given))
    order = np.argsort(classes.normalized_margin(sure, given), kind="stable")
    found = classes.find(DIGITS, given, said)
    named = [finding.place for finding in found][: ceil(BUDGET_SHARE * len(given))]
    doubted = _doubts(given, _flipped(truth, flips, dice), dice)
    alone = np.argsort(-doubted, kind="stable")
    believed = np.zeros(len(given))
    for rank, place in enumerate(named, start=1):
        believed[place] = suspicion(PRIOR, rank, len(named))
    blended = np.argsort(-(doubted + believed * (1 - doubted)), kind="stable")
    return {
        "model alone": _share_found(order, is_wrong),
        "answers alone": _share_found(alone, is_wrong),
        "blended": _share_found(blended, is_wrong),
        "named": len(named) / len(given),
        "precision of the named": float(is_wrong[named].mean()),
    }


def _flipped(truth: Array, flips: str, dice: np.random.Generator) -> Array:
    given, count = truth.copy(), round(WRONG * len(truth))
    if flips == "uniform":
        places = dice.choice(len(truth), count, replace=False)
        given[places] = (truth[places] + dice.integers(1, 10, count)) % 10
    else:
        places = dice.choice(np.flatnonzero(np.isin(truth, list(CONFUSED))), count, replace=False)
        given[places] = [CONFUSED[digit] for digit in truth[places].tolist()]
    return given


def _doubts(given: Array, second: Array, dice: np.random.Generator) -> Array:
    """How doubtful the answers alone are: two people who differ, one, two who agree."""
    twice = dice.random(len(given)) < TWICE
    return np.where(twice, np.where(given != second, 0.5, 0.02), 0.05)


def _share_found(order: Array, is_wrong: Array) -> float:
    """Of the wrong labels, the share among the first 8 % of the items."""
    return float(is_wrong[order[: int(SEEN * len(order))]].sum() / is_wrong.sum())


if __name__ == "__main__":
    main()
