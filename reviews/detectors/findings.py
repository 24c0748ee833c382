"""What a detector says of one stored label."""

from typing import NamedTuple


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
