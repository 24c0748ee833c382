"""Gold that is wrong, and gold whose answers are known: both show in who fails and who does not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TypeVar

Answer = TypeVar("Answer")

# So many people fail alike, and so large a share of all who met it, before gold is in doubt.
ALIKE_LEAST = 3
FAILED_SHARE = 0.5
# One-sided z and difference from which a better share is taken for knowledge of the answers.
LEAK_Z = 2.33
LEAK_DIFFERENCE = 0.10


@dataclass(frozen=True)
class Share:
    """`right` of `n` answers."""

    right: int
    n: int

    @property
    def value(self) -> float:
        return self.right / self.n

    def __add__(self, other: "Share") -> "Share":
        return Share(self.right + other.right, self.n + other.n)


def share_of(outcomes: Sequence[bool]) -> Share:
    return Share(sum(outcomes), len(outcomes))


def largest_agreement(failures: Sequence[Answer], agree: Callable[[Answer, Answer], bool]) -> int:
    """How many of the wrong answers agree with one of them, itself counted.

    >>> largest_agreement(["wren", "crow", "wren"], lambda a, b: a == b)
    2
    """
    return max((sum(agree(one, other) for other in failures) for one in failures), default=0)


def is_doubtful(
    exposure_count: int,
    failures: Sequence[Answer],
    agree: Callable[[Answer, Answer], bool],
    *,
    failed_count: int | None = None,
) -> bool:
    """Whether the gold is likelier wrong than the people who met it.

    `failures` are the wrong answers of those whose word counts here, `failed_count` how many
    failed in all. Three experienced people who say the same against the gold, and half of all:

    >>> same = lambda a, b: a == b
    >>> is_doubtful(6, ["wren", "wren", "wren"], same)
    True
    >>> is_doubtful(7, ["wren", "wren", "wren"], same)
    False
    >>> is_doubtful(4, ["wren", "crow", "finch", "jay"], same)
    False
    """
    failed = len(failures) if failed_count is None else failed_count
    is_common = exposure_count > 0 and failed >= FAILED_SHARE * exposure_count
    return is_common and largest_agreement(failures, agree) >= ALIKE_LEAST


def z_of_difference(fresh: Share, exposed: Share) -> float:
    """z of exposed - fresh with pooled variance; 0 where either is empty or nothing varies.

    >>> round(z_of_difference(Share(60, 100), Share(80, 100)), 2)
    3.09
    """
    if not fresh.n or not exposed.n:
        return 0.0
    pooled = (fresh + exposed).value
    variance = pooled * (1 - pooled) * (1 / fresh.n + 1 / exposed.n)
    return (exposed.value - fresh.value) / sqrt(variance) if variance > 0 else 0.0


def is_leak(fresh: Share, exposed: Share) -> bool:
    """Whether somebody does so much better where the answer may be known that it likely is.

    >>> is_leak(Share(60, 100), Share(80, 100)), is_leak(Share(6, 10), Share(8, 10))
    (True, False)
    """
    if not fresh.n or not exposed.n:
        return False
    difference = exposed.value - fresh.value
    return difference > LEAK_DIFFERENCE and z_of_difference(fresh, exposed) > LEAK_Z


def halves(outcomes: Sequence[tuple[int, bool]]) -> tuple[Share, Share]:
    """The answers on what few had met before, and those on what more had, half each.

    `outcomes` are (how many had met it before, whether it was right); the middle one of an odd
    number, and whatever is as worn as it, goes to the fresh half.

    >>> halves([(0, False), (9, True), (1, True), (8, True)])
    (Share(right=1, n=2), Share(right=2, n=2))
    """
    ordered = sorted(outcomes)
    if not ordered:
        return Share(0, 0), Share(0, 0)
    border = ordered[(len(ordered) - 1) // 2][0]
    fresh = [is_right for earlier, is_right in ordered if earlier <= border]
    exposed = [is_right for earlier, is_right in ordered if earlier > border]
    return share_of(fresh), share_of(exposed)
