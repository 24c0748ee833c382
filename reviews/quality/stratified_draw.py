"""A random sample with its fair share of every class and every person."""

import random
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

Stratum = TypeVar("Stratum", bound=Hashable)


def draw(
    strata: Mapping[Stratum, Sequence[int]], n: int, *, seed: int
) -> list[tuple[int, Stratum]]:
    """`n` of all things with their strata, in random order; each has the same chance n / N.

    A stratum of N_h things gets n N_h / N places, rounded down or up. Which are rounded up is
    left to chance, in proportion to the remainder: by the largest remainder the same small
    strata would go without in every lot, and mistakes in them would never be found. The strata
    stand in a line in random order, shuffled within, and every (N / n)-th thing is taken from a
    random start (systematic sampling, Madow 1949).

    >>> drawn = draw({"robin": range(90), "wren": range(90, 100)}, 10, seed=1)
    >>> sorted(stratum for _number, stratum in drawn).count("wren")
    1
    >>> drawn == draw({"robin": range(90), "wren": range(90, 100)}, 10, seed=1)
    True

    Raises ValueError when there are fewer than n.
    """
    dice = random.Random(seed)  # noqa: S311 - to be drawn again by whoever knows the seed
    names = list(strata)
    dice.shuffle(names)
    line = [
        (thing, name) for name in names for thing in dice.sample(strata[name], len(strata[name]))
    ]
    if n > len(line):
        raise ValueError(f"{n} of {len(line)} cannot be drawn")
    start = dice.randrange(len(line)) if line else 0
    drawn = [line[(place * len(line) + start) // n] for place in range(n)]
    dice.shuffle(drawn)
    return drawn
