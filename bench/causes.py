"""How often the cause of a failure is the one that was planted, on digits that fail for a reason.

Handwritten digits that scikit-learn brings along (1,797 of 8 x 8), a tenth turned on their side and
a fifth in thick strokes; 60 % teach the built-in model. Each world has every cause in a part of its
own, and parts do not touch each other. The bars of `datasets.analysis` were chosen on other seeds.
With `--failures 5000` so many failures on made-up pictures are traced instead, and time and memory
are measured (bench/cause_data.py).
"""

import argparse
import json
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits

from bench import inside
from datasets.analysis import sensor
from datasets.analysis.causes import Cause, explain
from datasets.analysis.neighbours import unit
from datasets.analysis.surroundings import Failing, Known
from reviews.baseline import learner, pictures

Array = NDArray[Any]
SEEDS = 10
UPRIGHT, TURNED, THICK = range(3)
TURNED_COUNT, THICK_COUNT = 180, 360
TAUGHT = 0.6
# Three looks of each digit.
LOOKS = 3
FLIPPED, SPOILED = 45, 80
RARE_LEFT, RELABELED, FAULTY = 0.04, 0.85, 0.9
# What fails where nothing was planted: by itself, or only since something was planted nearby. And
# what would fail without its planted cause as well.
NATURAL, NEARBY, BOTH = "none planted", "none planted here", "fails without it, too"


@dataclass
class Digits:
    """All pictures in each style, their vectors and readings; the same for every world."""

    truth: Array
    shown: list[list[Image.Image]]
    vectors: Array
    readings: Array
    # What each is taken for by who errs: the class of the digit that is likest to it.
    alike: Array


@dataclass
class World:
    """One draw: what each digit looks like, what it is called, and what was done to it."""

    style: Array
    vectors: Array
    readings: Array
    given: Array
    agreement: Array
    instead: Array
    is_taught: Array
    cause: Array
    faulty: dict[int, int] = field(default_factory=dict)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20261128)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--failures", type=int)
    options = parser.parse_args()
    if options.failures:
        expression = f"measure({options.failures})"
        print(json.dumps(inside.measured("cause_data", expression, is_running=False), indent=2))
        return
    digits = _digits()
    found: dict[str, Counter[str]] = defaultdict(Counter)
    seconds = 0.0
    for number in range(options.seeds):
        seconds += _count(digits, np.random.default_rng(options.seed + number), found)
    names = [cause.value for cause in Cause]
    print("| planted | " + " | ".join(names) + " | n | right |")
    for name in [*names, NATURAL, NEARBY, BOTH]:
        total = found[name].total()
        right = f"{found[name][name] / total:.1%}" if name in names and total else "-"
        cells = " | ".join(str(found[name][other]) for other in names)
        print(f"| {name} | {cells} | {total} | {right} |")
    print(f"{seconds / options.seeds:.2f} s of processor a world for the verdicts")


def _digits() -> Digits:
    loaded = load_digits()
    upright = [
        Image.fromarray((image * 15.9).astype(np.uint8)).resize((32, 32), Image.Resampling.BICUBIC)
        for image in loaded.images
    ]
    turned = [picture.rotate(90) for picture in upright]
    thick = [picture.filter(ImageFilter.MaxFilter(5)) for picture in upright]
    shown = [upright, turned, thick]
    vectors = np.stack([[pictures.vector(picture) for picture in style] for style in shown])
    return Digits(
        loaded.target,
        shown,
        vectors,
        np.stack([[sensor.of_picture(picture) for picture in style] for style in shown]),
        np.stack([_alike(of_style, loaded.target) for of_style in vectors]),
    )


def _alike(vectors: Array, truth: Array) -> Array:
    """The class of the likest digit of another class."""
    likeness = unit(vectors) @ unit(vectors).T
    likeness[truth[:, None] == truth] = -1
    return truth[likeness.argmax(axis=1)]


def _count(digits: Digits, dice: np.random.Generator, found: dict[str, Counter[str]]) -> float:
    """Add the failures of one world to the table; returns the seconds of the verdicts."""
    world, is_left = _world(digits, dice)
    taught, tested = np.flatnonzero(world.is_taught & is_left), np.flatnonzero(~world.is_taught)
    said = _said(world, taught, tested, dice)
    failing = np.flatnonzero(said != world.given[tested])
    # The same model without anything planted, on the pictures as they were.
    pure = digits.vectors[world.style, np.arange(len(digits.truth))]
    every = np.flatnonzero(world.is_taught)
    clean = learner.fit(pure[every], digits.truth[every], 10)
    is_natural = clean.logits(pure[tested]).argmax(axis=1) != digits.truth[tested]
    began = time.process_time()
    unusual = sensor.beyond(world.readings[tested[failing]], world.readings[taught])
    farthest = np.take_along_axis(unusual, np.abs(unusual).argmax(axis=1)[:, None], axis=1)[:, 0]
    asked = Failing(failing, world.given[tested[failing]] + 1, said[failing] + 1, farthest)
    verdicts, _evidence = explain(asked, _known(world, tested), _known(world, taught))
    seconds = time.process_time() - began
    for place, verdict in zip(failing.tolist(), verdicts.tolist(), strict=True):
        planted = world.cause[tested[place]]
        by_itself = BOTH if planted else NATURAL
        found[by_itself if is_natural[place] else planted or NEARBY][verdict] += 1
    return seconds


def _known(world: World, places: Array) -> Known:
    """One of two readers who differ says another class."""
    carries = np.arange(11) == world.given[places][:, None] + 1
    said = np.arange(11) == world.instead[places][:, None] + 1
    none = np.zeros(len(places), dtype=bool)
    agreement = world.agreement[places]
    return Known(
        unit(world.vectors[places]),
        carries,
        none,
        agreement,
        none,
        np.isfinite(agreement),
        (carries | said) & (agreement < 1)[:, None],
    )


def _said(world: World, taught: Array, tested: Array, dice: np.random.Generator) -> Array:
    model = learner.fit(world.vectors[taught], world.given[taught], 10)
    said = model.logits(world.vectors[tested]).argmax(axis=1)
    faults = np.array([world.faulty.get(place, -1) for place in tested.tolist()])
    is_faulty = (faults >= 0) & (dice.random(len(tested)) < FAULTY)
    return np.where(is_faulty, faults, said)


def _world(digits: Digits, dice: np.random.Generator) -> tuple[World, Array]:
    """Everything planted, and which digits are left to teach."""
    size = len(digits.truth)
    order, places = dice.permutation(size), np.arange(size)
    style = np.full(size, UPRIGHT)
    style[order[:TURNED_COUNT]] = TURNED
    style[order[TURNED_COUNT:][:THICK_COUNT]] = THICK
    twice = np.where(dice.random(size) < 0.9, 1.0, 0.67)
    world = World(
        style,
        digits.vectors[style, places],
        digits.readings[style, places],
        digits.truth.copy(),
        np.where(dice.random(size) < 0.3, twice, np.nan),
        digits.alike[style, places],
        dice.random(size) < TAUGHT,
        np.full(size, "", dtype=object),
    )
    is_left = np.ones(size, dtype=bool)
    # Nothing that is turned teaches; of three digits hardly one in thick strokes.
    world.cause[style == TURNED] = Cause.LACK_OF_DATA.value
    is_left[style == TURNED] = False
    rare = (style == THICK) & np.isin(digits.truth, dice.choice(10, 3, replace=False))
    _make_rare(world, is_left, np.flatnonzero(rare), dice)
    _plant_looks(digits, world, is_left, dice)
    _plant_tested(digits, world, dice)
    return world, is_left


def _make_rare(world: World, is_left: Array, places: Array, dice: np.random.Generator) -> None:
    world.cause[places] = Cause.WRONG_MIX.value
    is_left[places] = dice.random(len(places)) < RARE_LEFT


def _plant_looks(digits: Digits, world: World, is_left: Array, dice: np.random.Generator) -> None:
    """In looks of upright digits: an unclear rule, wrong labels, rare classes, a faulty model."""
    members, classes, apart = _looks(digits, world, dice)
    one, other = np.unravel_index(np.argmin(apart + dice.random(apart.shape) * 0.15), apart.shape)
    both = np.concatenate([members[one], members[other]])
    world.cause[both] = Cause.UNCLEAR_RULE.value
    world.given[both] = np.where(dice.random(len(both)) < 0.5, classes[one], classes[other])
    world.agreement[both] = np.where(dice.random(len(both)) < 0.6, 0.5, np.nan)
    world.agreement[both[dice.random(len(both)) < 0.2]] = 1.0
    world.instead[both] = classes[one] + classes[other] - world.given[both]
    next_to = apart.argmin(axis=1)
    free = [look for look in dice.permutation(len(members)) if look not in (one, other)]
    free = [look for look in free if next_to[look] not in (one, other)]
    # Rarity makes a model fail only where another class is near.
    rare = dice.permutation(sorted(free, key=lambda look: apart[look].min())[:8])[:2]
    for look in rare:
        _make_rare(world, is_left, members[look], dice)
    free = [look for look in free if look not in rare and next_to[look] not in rare]
    for look in free[:2]:
        world.cause[members[look]] = Cause.TRAINING_LABELS.value
        taught = members[look][world.is_taught[members[look]]]
        wrong = taught[dice.random(len(taught)) < RELABELED]
        world.given[wrong] = classes[next_to[look]]
    for look in free[2:4]:
        world.cause[members[look]] = Cause.MODEL.value
        instead = int(classes[np.argsort(apart[look])[dice.integers(6)]])
        world.faulty |= dict.fromkeys(members[look].tolist(), instead)


def _looks(
    digits: Digits, world: World, dice: np.random.Generator
) -> tuple[list[Array], Array, Array]:
    """Members and class of each look, and how far it is from those of other classes."""
    members, middles = [], []
    for digit in range(10):
        places = np.flatnonzero((world.style == UPRIGHT) & (digits.truth == digit))
        groups = KMeans(LOOKS, n_init=3, random_state=int(dice.integers(2**31)))
        groups.fit(world.vectors[places])
        members += [places[groups.labels_ == look] for look in range(LOOKS)]
        middles.append(groups.cluster_centers_)
    classes, centres = np.repeat(np.arange(10), LOOKS), np.concatenate(middles)
    apart = np.linalg.norm(centres[:, None] - centres[None], axis=2)
    apart[classes[:, None] == classes[None]] = np.inf
    return members, classes, apart


def _plant_tested(digits: Digits, world: World, dice: np.random.Generator) -> None:
    """Wrong labels and spoiled pictures among those that are tested and otherwise untouched."""
    plain = dice.permutation(np.flatnonzero((world.cause == "") & ~world.is_taught))
    flipped, spoiled = plain[:FLIPPED], plain[FLIPPED:][:SPOILED]
    world.cause[flipped] = Cause.TEST_LABEL.value
    world.given[flipped] = (digits.truth[flipped] + dice.integers(1, 10, FLIPPED)) % 10
    # Of two readers one was right.
    world.instead[flipped] = digits.truth[flipped]
    world.agreement[flipped[np.isfinite(world.agreement[flipped])]] = 0.5
    world.cause[spoiled] = Cause.UNANSWERABLE.value
    for place in spoiled.tolist():
        picture = _spoiled(digits.shown[world.style[place]][place], dice)
        world.vectors[place] = pictures.vector(picture)
        world.readings[place] = sensor.of_picture(picture)


def _spoiled(picture: Image.Image, dice: np.random.Generator) -> Image.Image:
    """Drowned in noise, blurred, or as good as black."""
    grey = np.asarray(picture, dtype=np.float64)
    fault = dice.integers(3)
    if fault == 0:
        grey = grey + dice.normal(0, 160, grey.shape)
    elif fault == 1:
        grey = np.asarray(picture.filter(ImageFilter.GaussianBlur(7)), dtype=np.float64)
    else:
        grey = grey * 0.03
    return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))


if __name__ == "__main__":
    main()
