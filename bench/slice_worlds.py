"""Made data for bench/slices.py: items with a dozen columns as projects have them, and failures.

Numbers with ties, columns that hang together, names of very different frequency, values that are
not given. Failures fall at the same rate everywhere, but for a slice that is planted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.analysis.predicates import Mask, Predicate, predicates_of

CITIES = 12
CAMERAS = 6


def make_columns(count: int, chance: np.random.Generator) -> dict[str, list[Any]]:
    """Twelve columns of `count` items."""
    hour = (chance.normal(14, 5, count) % 24).astype(int)
    is_night = (hour < 6) | (hour > 20)
    light = np.clip(chance.normal(np.where(is_night, 50, 130), 25), 0, 255).round(1)
    city = chance.choice(CITIES, count, p=_zipf(CITIES))
    # Each city has a camera of its own, which most of its pictures come from.
    camera = np.where(chance.random(count) < 0.8, city % CAMERAS, chance.choice(CAMERAS, count))
    width = np.array([640, 1280, 1920, 3840])[np.minimum(camera, 3)]
    size = np.exp(chance.normal(3.5, 1, count)).round(0)
    speed = np.abs(chance.normal(40, 25, count)).round(0)
    weather = chance.choice(5, count, p=[0.55, 0.2, 0.13, 0.08, 0.04])
    made: dict[str, list[Any]] = {
        "data.hour": hour.tolist(),
        "brightness": light.tolist(),
        "data.city": [f"city {number}" for number in city],
        "data.camera": [f"C{number}" for number in camera],
        "width": width.tolist(),
        "data.size": size.tolist(),
        "data.weather": [("clear", "cloudy", "rain", "fog", "snow")[code] for code in weather],
        "data.wet_road": (np.isin(weather, [2, 4]) ^ (chance.random(count) < 0.05)).tolist(),
        "data.speed": [
            None if lost else value
            for value, lost in zip(speed.tolist(), chance.random(count) < 0.2, strict=True)
        ],
        "object_count": chance.poisson(4, count).tolist(),
        "label": [f"class {code}" for code in chance.choice(8, count, p=_zipf(8))],
        "annotator": [f"person {code}" for code in chance.choice(15, count)],
    }
    return made


def _zipf(size: int) -> NDArray[np.float64]:
    shares = 1 / np.arange(1, size + 1)
    return np.asarray(shares / shares.sum())


def all_predicates(columns: dict[str, list[Any]]) -> list[Predicate]:
    return [each for field, values in columns.items() for each in predicates_of(field, values)]


@dataclass(frozen=True)
class Planted:
    """The two conditions and the items that meet both."""

    parts: tuple[Predicate, Predicate]
    mask: Mask


def plant(predicates: Sequence[Predicate], size: int, chance: np.random.Generator) -> Planted:
    """Two conditions of different fields that nearly `size` items meet, drawn at random.

    Neither holds for nearly the same items as the two together, or there would be one condition.
    """
    met = np.stack([each.mask for each in predicates], axis=1).astype(np.float32)
    both = np.rint(met.T @ met)
    alone = np.diag(both)
    near = np.abs(both - size) <= 0.05 * size
    near &= both <= 0.5 * np.minimum.outer(alone, alone)
    fields = np.array([each.condition.field for each in predicates])
    near &= fields[:, None] != fields[None]
    pairs = np.argwhere(np.triu(near, 1))
    one, other = pairs[chance.integers(len(pairs))]
    parts = (predicates[one], predicates[other])
    return Planted(parts, np.asarray(parts[0].mask & parts[1].mask))


def make_failures(
    count: int, rate: float, chance: np.random.Generator, *, planted: Mask, times: float
) -> Mask:
    return np.asarray(chance.random(count) < np.where(planted, rate * times, rate))
