"""What a model's voice is worth in the consensus and the review queue, with few labels an item.

`python -m bench.model_blend` prints Markdown; `--seeds 2` measures less. Real crowds are read from
the folder that LABELOPS_CROWDS names. Beside each: the consensus of cleanlab's CROWDLAB.
"""

import argparse
import contextlib
import io
from collections import defaultdict
from itertools import chain

import numpy as np
import pandas as pd
from cleanlab.multiannotator import get_label_quality_multiannotator

from bench.blend_crowds import Array, BlendCase, digit_cases, real_cases
from bench.crowds import area_found
from bench.made_crowds import SEED
from reviews.quality.class_model import Fitted, fit
from reviews.quality.model_voice import Opinions

DIGIT_SEEDS, REAL_SEEDS = 3, 10
# Far from those that the rule was made with.
FIRST_SEED = SEED + 1_000
ALLOWED = -0.005
HEAD = (
    "| crowd | model | the model right | vote right | consensus right: people alone, with the "
    "model | least change | CROWDLAB | area of the queue: people alone, with the model | least "
    "change | weight |\n" + "|---" * 10 + "|"
)
# Of one crowd, model and seed: shares right of model, vote, people, blend and CROWDLAB, the
# areas of people and blend, the weight.
Row = tuple[float, float, float, float, float, float, float, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, help="so many of each crowd")
    chosen = parser.parse_args()
    digits = (digit_cases(FIRST_SEED + n) for n in range(chosen.seeds or DIGIT_SEEDS))
    real = (real_cases(FIRST_SEED + n) for n in range(chosen.seeds or REAL_SEEDS))
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for case in chain.from_iterable(chain(digits, real)):
        for name, row in _measured(case).items():
            found[case.crowd, name].append(row)
    print(HEAD)
    for (crowd, name), rows in found.items():
        print(_line(crowd, name, np.array(rows)))
    print(_line("mean", "", np.array([np.mean(rows, axis=0) for rows in found.values()])))


def _measured(case: BlendCase) -> dict[str, Row]:
    alone = fit(case.labels)
    assert alone is not None
    items = np.array(alone.table.items)
    truth, counts = case.truth[items], alone.table.counts
    # Ties of the vote go to one of the tied at random: stored is what nobody weighed.
    stored = (counts + np.random.default_rng(SEED).random(counts.shape) / 10).argmax(axis=1)
    found = {}
    for name, shares in case.models.items():
        rows = {item: item for item in range(len(shares))}
        blend = fit(case.labels, opinions=Opinions(case.classes, rows, shares))
        assert blend is not None
        found[name] = (
            float((shares.argmax(axis=1) == case.truth).mean()),
            float((stored == truth).mean()),
            _right(alone, truth),
            _right(blend, truth),
            float((_crowdlab(alone, shares[items]) == truth).mean()),
            _area(alone, stored, truth),
            _area(blend, stored, truth),
            blend.model.voice.weight if blend.model.voice else 0.0,
        )
    return found


def _right(fitted: Fitted, truth: Array) -> float:
    return float((fitted.posterior.argmax(axis=1) == truth).mean())


def _area(fitted: Fitted, stored: Array, truth: Array) -> float:
    """Of wrong stored labels found, those that are likeliest wrong first."""
    p_right = fitted.posterior[np.arange(len(truth)), stored]
    order = np.argsort(p_right, kind="stable")
    return area_found((stored != truth)[order].tolist()) or 0.0


def _crowdlab(fitted: Fitted, shares: Array) -> Array:
    table = fitted.table
    labels = np.full((len(table.items), len(table.annotators)), np.nan)
    labels[table.rows[:, 0], table.rows[:, 1]] = table.rows[:, 2]
    with contextlib.redirect_stdout(io.StringIO()):
        made = get_label_quality_multiannotator(
            pd.DataFrame(labels),
            shares / shares.sum(axis=1, keepdims=True),
            return_detailed_quality=False,
            return_annotator_stats=False,
            verbose=False,
        )
    return np.array(made["label_quality"]["consensus_label"])


def _line(crowd: str, name: str, rows: Array) -> str:
    model, vote, people, blend, crowdlab, area, blend_area, weight = rows.mean(axis=0)
    changes = [(rows[:, with_it] - rows[:, without]) for without, with_it in ((2, 3), (5, 6))]
    least = [f"{change.min():+.3f}{'' if change.min() >= ALLOWED else ' !'}" for change in changes]
    return (
        f"| {crowd} | {name} | {model:.2f} | {vote:.3f} | {people:.3f}, **{blend:.3f}** "
        f"| {least[0]} | {crowdlab:.3f} | {area:.3f}, **{blend_area:.3f}** | {least[1]} "
        f"| {weight:.2f} |"
    )


if __name__ == "__main__":
    main()
