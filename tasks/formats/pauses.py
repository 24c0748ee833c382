"""When a reader that has nothing to give yet says that it still works."""

import time

SECONDS = 0.5
# Between looks at the clock: a look costs as much as a short row.
STEPS = 64


class Pauses:
    """Asked at each step of a long reading.

    >>> Pauses().is_due()
    False
    """

    def __init__(self) -> None:
        self.step_count = 0
        self.said_at = time.monotonic()

    def is_due(self) -> bool:
        """Whether half a second went by since the last time that it was."""
        self.step_count += 1
        if self.step_count % STEPS or time.monotonic() - self.said_at < SECONDS:
            return False
        self.said_at = time.monotonic()
        return True
