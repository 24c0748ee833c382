"""What one person mistakes for what: the repeated mistake, and the pair of classes to practise."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

REPEATED = 2
WORTH_A_DRILL = 3


@dataclass(frozen=True, order=True)
class Mistake:
    """`given` was answered where `expected` was right, in a control."""

    control: str
    given: str
    expected: str

    @property
    def classes(self) -> tuple[str, str]:
        """The two classes, whichever was taken for the other."""
        return min(self.given, self.expected), max(self.given, self.expected)


@dataclass(frozen=True)
class ConfusedPair:
    """Two classes that were mixed up `count` times; `leading` is the more frequent way round."""

    leading: Mistake
    count: int

    @property
    def classes(self) -> tuple[str, str]:
        return self.leading.classes


def most_repeated(
    mistakes: Iterable[Mistake], *, least: int = REPEATED
) -> tuple[Mistake, int] | None:
    """The mistake made most often and how often; None when none was made `least` times.

    >>> wren, owl = Mistake("bird", "robin", "wren"), Mistake("bird", "robin", "owl")
    >>> found, count = most_repeated([owl, wren, wren])
    >>> found.expected, count
    ('wren', 2)
    """
    made = Counter(mistakes)
    if not made:
        return None
    mistake, count = min(made.items(), key=lambda entry: (-entry[1], entry[0]))
    return (mistake, count) if count >= least else None


def worst_pair(mistakes: Iterable[Mistake], *, least: int = WORTH_A_DRILL) -> ConfusedPair | None:
    """The two classes mixed up most often, both ways counted; None below `least` times.

    >>> there, back = Mistake("bird", "robin", "wren"), Mistake("bird", "wren", "robin")
    >>> pair = worst_pair([there, back, back])
    >>> pair.classes, pair.count, pair.leading.given
    (('robin', 'wren'), 3, 'wren')
    >>> worst_pair([there, back]) is None
    True
    """
    made = list(mistakes)
    pairs = Counter((mistake.control, mistake.classes) for mistake in made)
    if not pairs:
        return None
    (control, classes), count = min(pairs.items(), key=lambda entry: (-entry[1], entry[0]))
    if count < least:
        return None
    both_ways = [found for found in made if (found.control, found.classes) == (control, classes)]
    leading = most_repeated(both_ways, least=1)
    return ConfusedPair(leading[0], count) if leading else None
