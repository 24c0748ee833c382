"""How much an exchange may cost, and the clock and scales that hold it to that."""

import time
from dataclasses import dataclass

from labelops.fetching.errors import FetchFailed, response_too_large, too_slow

HEADER_BYTES = 64 * 1024
# A slow link is given this long before its rate is judged.
RATE_AFTER_SECONDS = 30.0


@dataclass(frozen=True)
class Limits:
    """`seconds` bounds the whole exchange, `opening_seconds` all until the headers have come.

    `idle_seconds` bounds each silence; at less than `bytes_per_second`, after half a minute, the
    exchange is given up. While a file is sent, the opening begins anew with each of its blocks.
    """

    max_bytes: int = 10 * 1024**2
    seconds: float = 30.0
    opening_seconds: float = 20.0
    idle_seconds: float = 20.0
    bytes_per_second: int = 0


class Meter:
    """Counts what has come in and gone out, and raises FetchFailed past a limit."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.begun = time.monotonic()
        self.received = 0
        self.sent_count = 0
        self.is_open = False
        self.opens_within = limits.opening_seconds

    def restart(self) -> None:
        """The next hop: its headers count anew, the time goes on."""
        self.received = 0
        self.is_open = False

    def opened(self) -> None:
        self.is_open = True

    def sent(self, count: int) -> None:
        """Bytes of a file have gone out; the other side may answer from now on."""
        self.sent_count += count
        self.opens_within = time.monotonic() - self.begun + self.limits.opening_seconds

    def wait_seconds(self) -> float:
        """How long the next wait may last."""
        elapsed = time.monotonic() - self.begun
        most = self.limits.seconds
        if not self.is_open:
            most = min(most, self.opens_within)
        left = most - elapsed
        if left <= 0 or self._is_below_rate(elapsed):
            raise too_slow()
        return min(left, self.limits.idle_seconds)

    def _is_below_rate(self, elapsed: float) -> bool:
        late = elapsed - RATE_AFTER_SECONDS
        moved = self.received + self.sent_count
        return late > 0 and moved < late * self.limits.bytes_per_second

    def add(self, count: int) -> None:
        self.received += count
        # Twice the bytes of the body leave room for the frames of a chunked one.
        most = HEADER_BYTES + (2 * self.limits.max_bytes if self.is_open else 0)
        if self.received > most:
            raise self.too_large()

    def too_large(self) -> FetchFailed:
        return response_too_large(self.limits.max_bytes)
