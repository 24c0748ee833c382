"""A file on its way into the bucket: in one request, or in parts where it is large."""

import contextlib
import io
from collections.abc import Callable
from typing import Any, BinaryIO

from labelops.fetching import FetchFailed
from labelops.stores import objects

Retry = Callable[[Callable[[], Any]], Any]


class Upload:
    """One file and its key; `sent` hears how many of its bytes have gone out."""

    def __init__(
        self,
        key: str,
        stream: BinaryIO,
        byte_count: int,
        media_type: str,
        sent: Callable[[int], None] = lambda _place: None,
    ) -> None:
        self.key, self.stream, self.byte_count = key, stream, byte_count
        self.media_type, self.sent = media_type, sent

    @classmethod
    def of_bytes(cls, key: str, content: bytes, media_type: str) -> "Upload":
        return cls(key, io.BytesIO(content), len(content), media_type)

    def run(
        self,
        retry: Retry,
        *,
        earlier: str = "",
        begun: Callable[[str], None] = lambda _name: None,
    ) -> None:
        """Send it; `retry` does each step, again where it fails. Raises FetchFailed.

        `begun` hears the name of an upload in parts; the `earlier` one of a killed run is given up.
        """
        if earlier:
            self._give_up(earlier)
        if self.byte_count > objects.PART_BYTES:
            self._run_in_parts(retry, begun)
        else:
            retry(self._put_whole)

    def _put_whole(self) -> None:
        blocks = objects.blocks_between(self.stream, 0, self.byte_count, self.sent)
        objects.put_object(self.key, blocks, self.byte_count, media_type=self.media_type)

    def _run_in_parts(self, retry: Retry, begun: Callable[[str], None]) -> None:
        name = retry(lambda: objects.begin_parts(self.key, media_type=self.media_type))
        try:
            begun(name)
            size = objects.part_bytes(self.byte_count)
            tags = [
                retry(lambda start=start: self._put_part(name, start, size))
                for start in range(0, self.byte_count, size)
            ]
            retry(lambda: objects.finish_parts(self.key, name, tags))
        except Exception:
            # Parts that nobody finishes would be stored, and paid for, without being seen.
            self._give_up(name)
            raise

    def _put_part(self, name: str, start: int, size: int) -> str:
        size, number = min(size, self.byte_count - start), start // size + 1
        blocks = objects.blocks_between(self.stream, start, size, self.sent)
        return objects.put_part(self.key, name, number, blocks, size)

    def _give_up(self, name: str) -> None:
        with contextlib.suppress(FetchFailed):
            objects.drop_parts(self.key, name)
