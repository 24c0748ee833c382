"""The built-in model: how right and how honest it is after few labels, and what a training costs.

Handwritten digits that scikit-learn brings along (1,797 of 8 x 8). Each number of labels is drawn
several times, as many of each class; the rest of the digits tell the truth about it.
"""

import argparse
import json
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits

from reviews.baseline import learner, novelty, pictures, texts

LABELS = (50, 100, 200, 500, 1_000)
DRAWS = 10
MANY = 20_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20261128)
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--labels", type=int, default=MANY, help="of the large training")
    options = parser.parse_args()
    chance = np.random.default_rng(options.seed)
    rows, targets = _digits()
    for count in LABELS:
        drawn = [_draw(rows, targets, count, chance) for _number in range(options.draws)]
        means = {
            name: round(float(np.mean([draw[name] for draw in drawn])), 3) for name in drawn[0]
        }
        print(json.dumps({"labels": count, **means}))
    print(json.dumps(_costs(options.labels, chance)))


def _digits() -> tuple[NDArray[Any], NDArray[Any]]:
    found = load_digits()
    made = [Image.fromarray((image * 15.9).astype(np.uint8)) for image in found.images]
    return np.stack([pictures.vector(picture) for picture in made]), found.target


def _draw(rows: Any, targets: Any, count: int, chance: np.random.Generator) -> dict[str, float]:
    order = chance.permutation(len(targets))
    of_each = [order[targets[order] == digit] for digit in range(10)]
    learned = np.concatenate([places[: count // 10] for places in of_each])
    unseen = np.setdiff1d(order, learned)
    began = time.process_time()
    lesson = learner.learn(rows[learned], targets[learned], range(len(learned)))
    seconds = time.process_time() - began
    said = lesson.model.probabilities(rows[unseen])
    return {
        "right": (said.argmax(axis=1) == targets[unseen]).mean(),
        "right_by_its_folds": (lesson.out_of_fold.argmax(axis=1) == targets[learned]).mean(),
        "calibration_error": learner.calibration_error(said, targets[unseen]),
        "processor_seconds": seconds,
    }


def _costs(count: int, chance: np.random.Generator) -> dict[str, float]:
    """Seconds of processor for the largest training (ten classes), and for reading items."""
    targets = np.arange(count) % 10
    middles = chance.standard_normal((10, pictures.LENGTH)) * 0.02
    noise = chance.standard_normal((count, pictures.LENGTH)) * 0.05
    rows = (middles[targets] + noise).astype(np.float32)
    photo = Image.fromarray(chance.integers(0, 255, (240, 320, 3)).astype(np.uint8))
    words = [f"word{number}" for number in range(5_000)]
    spoken = [" ".join(chance.choice(words, 60)) for _number in range(500)]
    steps = {
        f"learn_{count}": lambda: learner.learn(rows, targets, range(count)),
        "novelty": lambda: novelty.familiar(rows).own_novelty(rows),
        "read_100_thumbnails": lambda: [pictures.vector(photo) for _number in range(100)],
        "read_500_texts_of_60_words": lambda: texts.counts(spoken),
    }
    figures = {}
    for name, step in steps.items():
        began = time.process_time()
        step()
        figures[name] = round(time.process_time() - began, 2)
    return figures


if __name__ == "__main__":
    main()
