"""The counts of a batch as pages show them."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Progress:
    """Tasks by state, and answers so far."""

    pending_count: int = 0
    labeling_count: int = 0
    rework_count: int = 0
    in_review_count: int = 0
    in_adjudication_count: int = 0
    on_hold_count: int = 0
    accepted_count: int = 0
    excluded_count: int = 0
    annotation_count: int = 0

    @property
    def task_count(self) -> int:
        """Tasks to be done or done: what was excluded is neither."""
        return (
            self.pending_count
            + self.labeling_count
            + self.rework_count
            + self.in_review_count
            + self.in_adjudication_count
            + self.on_hold_count
            + self.accepted_count
        )

    @classmethod
    def over(cls, tallies: Iterable[Any]) -> "Progress":
        names = [field.name for field in fields(cls)]
        sums = dict.fromkeys(names, 0)
        for tally in tallies:
            for name in names:
                sums[name] += getattr(tally, name)
        return cls(**sums)
