"""Where a condition on whole numbers turns, found with few looks at it."""

from collections.abc import Callable

Condition = Callable[[int], bool]


def smallest(holds: Condition, low: int, high: int) -> int:
    """The smallest number for which a rising condition holds; `high` when it never does.

    It gallops first: the answer mostly lies near the lower end, where evaluating is cheap.

    >>> smallest(lambda n: n * n >= 50, 0, 100), smallest(lambda n: False, 0, 100)
    (8, 100)
    """
    step = 1
    while low + step < high and not holds(low + step):
        low, step = low + step, step * 2
    high = min(high, low + step)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def largest(holds: Condition, low: int, high: int) -> int:
    """The largest number for which a falling condition holds; `low` when it never does.

    >>> largest(lambda n: n * n <= 50, 0, 100), largest(lambda n: False, 0, 100)
    (7, 0)
    """
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low
