"""How far a batch is, as the segments of one bar."""

from dataclasses import dataclass
from typing import Any

from tasks.models import BatchProgress, Task

# Done work on the left, so that the bar grows like every progress bar.
ORDER = {
    Task.State.ACCEPTED: "green",
    Task.State.IN_ADJUDICATION: "purple",
    Task.State.IN_REVIEW: "azure",
    Task.State.REWORK: "orange",
    Task.State.LABELING: "yellow",
    Task.State.PENDING: "secondary",
}


@dataclass(frozen=True)
class Segment:
    """One state of tasks; `x` and `width` are in percent of the bar."""

    state: str
    title: Any
    color: str
    count: int
    x: float
    width: float


def segments(progress: BatchProgress | None) -> list[Segment]:
    """The states that hold tasks, from done to waiting."""
    if progress is None or not progress.task_count:
        return []
    found, x = [], 0.0
    for state, color in ORDER.items():
        count = getattr(progress, f"{state.value}_count")
        width = 100 * count / progress.task_count
        if count:
            found.append(
                Segment(state.value, state.label, color, count, round(x, 3), round(width, 3))
            )
        x += width
    return found
