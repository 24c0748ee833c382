"""How a reviewer decides, held against others who decided the same again without knowing of it.

Figures of agreement take the looks that chance picked; hasty and contested decisions are no sample.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from labelops.distributions import normal_quantile
from labelops.intervals import LEVEL, Interval
from reviews.quality.agreement import report
from reviews.quality.figure import Figure

# Below so many pairs a kappa, and a class's leniency, is noise.
KAPPA_LEAST = 10
CLASS_LEAST = 5
# Who is below, or above, needs a look: on so many pairs at least.
KAPPA_BAR, KAPPA_BAR_LEAST = 0.6, 50
OVERTURN_BAR, OVERTURN_BAR_LEAST = 0.2, 10


@dataclass(frozen=True)
class Pair:
    """Two decisions on one task, the second blind; `stood` is the class of the label in question.

    `is_right` says whether a decision let that label stand; a class is None where a decision has
    no single one.
    """

    first_is_right: bool
    second_is_right: bool
    first_class: str | None = None
    second_class: str | None = None
    stood: str | None = None


@dataclass(frozen=True)
class Leniency:
    """By how much more often the first than the second let labels of a class stand."""

    label: str
    figure: Figure


def verdict_kappa(pairs: Sequence[Pair]) -> Figure:
    """Cohen's kappa over right and wrong; not defined below 10 pairs, or with one verdict only.

    >>> pairs = [Pair(True, True)] * 8 + [Pair(False, False)] * 2
    >>> verdict_kappa(pairs).value, verdict_kappa(pairs[1:]).value
    (1.0, None)
    """
    return _kappa([(pair.first_is_right, pair.second_is_right) for pair in pairs])


def class_kappa(pairs: Sequence[Pair]) -> Figure:
    """Cohen's kappa over the classes chosen, where both decisions have one.

    >>> pairs = [Pair(True, True, "a", "a")] * 6 + [Pair(True, True, "b", "b")] * 6
    >>> class_kappa(pairs).value, class_kappa(pairs).n
    (1.0, 12)
    """
    return _kappa(
        [
            (pair.first_class, pair.second_class)
            for pair in pairs
            if pair.first_class is not None and pair.second_class is not None
        ]
    )


def _kappa(chosen: Sequence[tuple[object, object]]) -> Figure:
    if len(chosen) < KAPPA_LEAST:
        return Figure(None, len(chosen), None)
    labels = [
        (number, who, str(label))
        for number, both in enumerate(chosen)
        for who, label in zip(("first", "second"), both, strict=True)
    ]
    return report(labels).cohen_kappa


def leniency(pairs: Iterable[Pair]) -> list[Leniency]:
    """By class, the difference of the shares let stand; not defined below 5 pairs of a class.

    >>> found = leniency([Pair(True, False, stood="a")] * 3 + [Pair(True, True, stood="a")] * 3)
    >>> found[0].label, found[0].figure.value, found[0].figure.n
    ('a', 0.5, 6)
    """
    by_class: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        if pair.stood is not None:
            by_class[pair.stood].append(pair)
    return [Leniency(label, _difference(found)) for label, found in sorted(by_class.items())]


def _difference(pairs: Sequence[Pair]) -> Figure:
    n = len(pairs)
    if n < CLASS_LEAST:
        return Figure(None, n, None)
    more = sum(pair.first_is_right and not pair.second_is_right for pair in pairs)
    less = sum(pair.second_is_right and not pair.first_is_right for pair in pairs)
    return Figure((more - less) / n, n, paired_difference(more, less, n))


def paired_difference(more: int, less: int, n: int, *, level: float = LEVEL) -> Interval:
    """(b - c) / (n + 2) -/+ z sqrt(b + c + 1 - (b - c)^2 / (n + 2)) / (n + 2).

    Of n pairs b differ one way and c the other. Wald's interval with half a pair more in each of
    the four cells (Agresti and Min 2005).

    >>> interval = paired_difference(3, 0, 6)
    >>> round(interval.low, 3), round(interval.high, 3)
    (-0.04, 0.79)
    """
    z = normal_quantile((1 + level) / 2)
    middle = (more - less) / (n + 2)
    spread = z * float(np.sqrt(more + less + 1 - (more - less) ** 2 / (n + 2))) / (n + 2)
    return Interval(max(-1.0, middle - spread), min(1.0, middle + spread))


def needs_a_look(kappa: Figure, overturned: int, n: int) -> bool:
    """Kappa below .6 on 50 pairs, or more than a fifth overturned of at least ten.

    >>> needs_a_look(Figure(0.5, 50, None), 0, 50), needs_a_look(Figure(0.5, 49, None), 2, 10)
    (True, False)
    """
    is_apart = kappa.value is not None and kappa.n >= KAPPA_BAR_LEAST and kappa.value < KAPPA_BAR
    return is_apart or (n >= OVERTURN_BAR_LEAST and overturned > OVERTURN_BAR * n)
