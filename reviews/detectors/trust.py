"""How far a detector is believed, by how often experts agreed with it."""

from labelops.intervals import Interval, clopper_pearson

# Before anything is known, three in ten of what is found are taken to be wrong labels.
PRIOR = 0.3
# The prior weighs like so many decisions.
PRIOR_WEIGHT = 10
# So many decisions it takes to silence a detector, and how much better than chance it must be.
DECIDED_LEAST = 20
PRECISION_LEAST, TIMES_CHANCE = 0.10, 1.5


def shrunk(confirmed: int, decided: int, towards: float = PRIOR) -> float:
    """The share of wrong labels among what was found, drawn towards what is known otherwise.

    >>> shrunk(0, 0), shrunk(10, 10), shrunk(10, 10, 0.8)
    (0.3, 0.65, 0.9)
    """
    return (confirmed + PRIOR_WEIGHT * towards) / (decided + PRIOR_WEIGHT)


def bounds(confirmed: int, decided: int) -> Interval:
    """The 95 % interval of that share; all is possible before the first decision.

    >>> bounds(0, 0)
    Interval(low=0.0, high=1.0)
    """
    return clopper_pearson(confirmed, decided) or Interval(0.0, 1.0)


def is_useless(confirmed: int, decided: int, by_chance: float | None) -> bool:
    """Whether it surely finds hardly more wrong labels than looking at random would.

    `by_chance` is the share of wrong labels among those of the class that chance picked.

    >>> is_useless(0, 19, None), is_useless(0, 40, None), is_useless(8, 40, None)
    (False, True, False)
    >>> is_useless(8, 40, 0.3)
    True
    """
    bar = max(PRECISION_LEAST, TIMES_CHANCE * (by_chance or 0.0))
    return decided >= DECIDED_LEAST and bounds(confirmed, decided).high < bar


def suspicion(precision: float, rank: int, found: int) -> float:
    """The chance that a label is wrong, by its place among `found`; their mean is the precision.

    From one and a half times as likely as the mean at the top to half as likely at the end.

    >>> [round(suspicion(0.4, rank, 5), 2) for rank in (1, 3, 5)]
    [0.6, 0.4, 0.2]
    """
    place = (rank - 1) / (found - 1) if found > 1 else 0.5
    return min(precision * (1.5 - place), 1.0)
