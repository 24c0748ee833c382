"""Files that an import fetches from a link, resumable where the server names its bytes."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import unquote

from django.conf import settings

from labelops.accounts.models import User
from labelops.errors import DomainError
from labelops.fetching import (
    Fetched,
    FetchFailed,
    Limits,
    Link,
    LinkRefused,
    open_url,
    parse_link,
)
from labelops.jobs.models import Job
from labelops.jobs.services import JobStopped
from labelops.media import storage
from labelops.media.parts import Part, drop_part
from labelops.media.storage import StoredFile
from tasks.models import Project, Transfer
from tasks.services.arrivals import BRING, Progress
from tasks.services.transfers import queue_import, visible_name, was_cancelled

BLOCK = 256 * 1024
# A fetch keeps one process of the worker busy, so a slow server may not hold it for long.
LONGEST_SECONDS = 60 * 60
BYTES_PER_SECOND = 50_000
# Each silence stays below the 30 s after which a worker counts as dead.
WAITS = (1, 2, 4, 8, 8)


def queue_link(
    project: Project, *, link: str, by: User, kind: str, payload: dict[str, Any]
) -> Transfer:
    """Queue a job that will fetch the file. Raises DomainError for a link that cannot be taken."""
    try:
        parsed = parse_link(link.strip())
    except LinkRefused as refused:
        refused.field = "link"
        raise
    storage.drop_leftovers()
    return queue_import(
        project,
        by=by,
        kind=kind,
        payload=payload | {"link": str(parsed)},
        file_name=_name_of(parsed),
        source={"link": parsed.origin + parsed.path},
        file_key=storage.make_key("uploads"),
    )


def _name_of(link: Link) -> str:
    return visible_name(unquote(link.path.rstrip("/"), errors="replace")) or link.host


def fetch_link(job: Job, transfer: Transfer) -> StoredFile:
    """The whole file of the link, under the transfer's key. Raises FetchFailed."""
    return fetch_file(job, transfer, partial(open_url, job.payload["link"]))


def fetch_file(job: Job, transfer: Transfer, open_there: Callable[..., Fetched]) -> StoredFile:
    """The whole file, under the transfer's key. Raises FetchFailed with one sentence.

    What breaks off after it had begun is tried again a few times, and goes on where it stopped
    when the server's tag proves that it is still the same file.
    """
    download = Download(job, open_there)
    try:
        download.take_over()
        if not download.is_complete:
            download.finish()
        return download.part.keep(transfer.file_key)
    except DomainError:
        download.part.drop()
        raise
    except JobStopped:
        # After a take-over the other run copies from this file, and removes it.
        if was_cancelled(job):
            download.part.drop()
        raise


class Download:
    """One run at a file elsewhere; its cursor names this run's part and what that surely has.

    `open_there` opens the file as `open_url` does that of a link.
    """

    def __init__(self, job: Job, open_there: Callable[..., Fetched]) -> None:
        self.job, self.open_there = job, open_there
        self.part = Part(job.claim)
        self.progress = Progress(job)
        self.etag: str = job.cursor.get("etag", "")
        self.ends_at = time.monotonic() + LONGEST_SECONDS

    def take_over(self) -> None:
        """Go on with what an earlier run had, if a tag can prove that it still fits."""
        earlier, byte_count = self.job.cursor.get("part"), self.job.cursor.get("byte_count", 0)
        if earlier and self.etag:
            for _copied in self.part.take_over(earlier, byte_count):
                if self.progress.is_due():
                    self.save()
        self.save()
        if earlier:
            drop_part(earlier)

    @property
    def is_complete(self) -> bool:
        return 0 < self.part.byte_count == self.job.total_count

    def finish(self) -> None:
        for wait in (*WAITS, None):
            try:
                return self._receive()
            except FetchFailed as failed:
                # What never began is not tried again: the person waits for the sentence.
                if failed.permanent or wait is None or not self.part.byte_count:
                    raise
            self.save()
            time.sleep(wait)
        raise AssertionError("unreachable")

    def _receive(self) -> None:
        """Read to the end of the file, from where the part ends or from the start."""
        self.save()
        with self.open_there(
            limits=Limits(
                max_bytes=settings.MAX_UPLOAD_BYTES,
                seconds=self.ends_at - time.monotonic(),
                bytes_per_second=BYTES_PER_SECOND,
            ),
            start=self.part.byte_count,
            etag=self.etag,
        ) as fetched:
            if fetched.start != self.part.byte_count:
                self.part.restart()
            self.etag, self.job.total_count = fetched.etag, fetched.byte_count
            while block := fetched.read(BLOCK):
                self.part.write(block)
                if self.progress.is_due():
                    self.save()
        self.save()

    def save(self) -> None:
        """What the cursor claims must be there for the next run."""
        self.part.flush()
        self.job.cursor = {
            "phase": BRING,
            "part": self.part.name,
            "byte_count": self.part.byte_count,
            "etag": self.etag,
        }
        self.job.done_count = self.part.byte_count
        self.progress.save()
