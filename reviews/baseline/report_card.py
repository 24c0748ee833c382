"""What a training can do, class by class, by answers it gave without having seen the label."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from labelops.intervals import Interval, wilson

# A class is learned when its share is surely above this, not yet when it is surely below.
BAR = 0.7


class Verdict(StrEnum):
    LEARNED = "learned"
    UNSURE = "unsure"
    NOT_YET = "not_yet"


@dataclass(frozen=True)
class ClassCard:
    """One class: `right` of its `labels` were found; it was named `named` times, right or wrong.

    `learned` and `forgotten`: items of the class that only this version, or only the one before
    it, has right.
    """

    name: str
    labels: int
    right: int
    named: int
    learned: int = 0
    forgotten: int = 0

    @property
    def found(self) -> Interval:
        """Of the items of the class, which share is found."""
        return wilson(self.right, self.labels)

    @property
    def believed(self) -> Interval | None:
        """Of the items that it takes for the class, which share is of it."""
        return wilson(self.right, self.named)

    @property
    def verdict(self) -> Verdict:
        """By the worse of both shares: naming one class everywhere would find all of it.

        >>> [ClassCard("robin", 20, 20, named).verdict.value for named in (20, 24, 99)]
        ['learned', 'unsure', 'not_yet']
        """
        if self.surely >= BAR:
            return Verdict.LEARNED
        if self.believed is None or min(self.found.high, self.believed.high) < BAR:
            return Verdict.NOT_YET
        return Verdict.UNSURE

    @property
    def surely(self) -> float:
        """What the worse of both shares surely reaches."""
        return min(self.found.low, self.believed.low) if self.believed else 0.0


@dataclass(frozen=True)
class ReportCard:
    """Of all classes; `compared`: items on which the version before it was tested as well.

    `too_few`: labels of the classes that are not learned at all; `unreadable`: labels that were
    left out because their item cannot be read.
    """

    classes: Sequence[ClassCard]
    calibration_error: float
    compared: int
    too_few: dict[str, int]
    unreadable: int = 0

    @property
    def labels(self) -> int:
        return sum(card.labels for card in self.classes)

    @property
    def right(self) -> int:
        return sum(card.right for card in self.classes)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def read(cls, stored: dict[str, Any]) -> "ReportCard":
        return cls(**stored | {"classes": [ClassCard(**row) for row in stored["classes"]]})


def make_cards(
    labels: Sequence[str], named: Sequence[str], before: Sequence[str | None]
) -> list[ClassCard]:
    """One card a class that is a label, in order of the alphabet.

    Three values an item: its label, what was named for it unseen, and what the version before it
    named unseen (None: it was not asked).

    >>> [card] = make_cards(["a", "a", "a"], ["a", "a", "b"], ["b", None, "a"])
    >>> card.right, card.named, card.learned, card.forgotten
    (2, 2, 1, 1)
    """
    of_class, right, learned, forgotten = Counter(labels), Counter(), Counter(), Counter()
    for label, now, then in zip(labels, named, before, strict=True):
        right[label] += now == label
        learned[label] += then is not None and now == label != then
        forgotten[label] += then == label != now
    names = Counter(named)
    return [
        ClassCard(name, count, right[name], names[name], learned[name], forgotten[name])
        for name, count in sorted(of_class.items())
    ]
