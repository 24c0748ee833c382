"""How far a batch is, as the segments of one bar."""

from dataclasses import dataclass
from typing import Any

from tasks.models import Progress, Task

# Done work on the left, so that the bar grows like every progress bar.
ORDER = (
    Task.State.ACCEPTED,
    Task.State.IN_ADJUDICATION,
    Task.State.IN_REVIEW,
    Task.State.ON_HOLD,
    Task.State.REWORK,
    Task.State.LABELING,
    Task.State.PENDING,
)


@dataclass(frozen=True)
class Segment:
    """One state of tasks; `x` and `width` are in percent of the bar."""

    state: str
    title: Any
    count: int
    x: float
    width: float


def segments(progress: Progress) -> list[Segment]:
    """The states that hold tasks, from done to waiting."""
    if not progress.task_count:
        return []
    found, x = [], 0.0
    for state in ORDER:
        count = getattr(progress, f"{state.value}_count")
        width = 100 * count / progress.task_count
        if count:
            found.append(Segment(state.value, state.label, count, round(x, 3), round(width, 3)))
        x += width
    return found
