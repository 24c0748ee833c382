"""What a detector says of one stored label."""

from typing import NamedTuple

# Of all labels that a model knows of, so many may be called suspicious: in so many, the wrong
# ones of a set with 5 % wrong labels are nearly all (bench/README.md).
BUDGET_SHARE, BUDGET_MOST = 0.08, 5_000


class Finding(NamedTuple):
    """The label at `place` of those given is suspicious: `score` from 0 (surely wrong) to 1.

    `label` is the class in question, `suggested` the one the model holds for likelier; either is
    empty where there is none: nothing is marked, or nothing should be.

    >>> Finding(0, "9", "4", 0.03).suggested
    '4'
    """

    place: int
    label: str
    suggested: str
    score: float
