"""All problems of an import, kept on disk while it runs, and the file of its rejected rows.

The job itself keeps only the first problems; its count says how many lines here are certain.
"""

import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from typing import Any, BinaryIO

import orjson
from django.utils import timezone

from labelops.errors import DomainError, ExternalFailure
from labelops.jobs.models import Job
from labelops.jobs.services import JobRefused
from labelops.media import storage
from tasks.formats import READERS
from tasks.formats.problems import FileRefused
from tasks.formats.rejected import write_rejected
from tasks.models import Transfer
from tasks.services.arrivals import Progress
from tasks.services.import_reading import context_of

# Hundreds of thousands of problems; nobody reads on from there.
MOST_BYTES = 128 * 1024**2
# Somebody mends the rows within days; the problems that the job keeps stay with it.
KEPT = timedelta(days=30)
PURGED = 200


class ProblemLog:
    """One line a problem, in the order of their numbers.

    Each run writes a file of its own that begins with what an earlier one surely had: that run
    may still be alive, and goes on in a file that nobody sees any more.
    """

    def __init__(self, job: Job) -> None:
        self.key = log_key(job)
        self.byte_count = 0
        self._stream: Any = None
        if storage.exists(self.key):
            self._take_over(job.error_count)

    def _take_over(self, count: int) -> None:
        with storage.open_file(self.key) as earlier, storage.writing(self.key) as target:
            target.writelines(itertools.islice(earlier, count))
        self._open()

    def _open(self) -> None:
        # Unbuffered, so that what the job counts is never only in this process.
        self._stream = storage.path_of(self.key).open("r+b", buffering=0)
        self.byte_count = self._stream.seek(0, 2)

    def add(self, number: int, fields: dict[str, Any]) -> None:
        """The first problem begins the file anew: the rows are looked at from the start."""
        if self._stream is None:
            storage.save(self.key, [])
            self._open()
        if number == 1:
            self._stream.seek(0)
            self._stream.truncate()
            self.byte_count = 0
        line = orjson.dumps(fields) + b"\n"
        if self.byte_count + len(line) <= MOST_BYTES:
            with storage.naming_failures():
                self._stream.write(line)
            self.byte_count += len(line)

    def problems(self) -> Iterator[dict[str, Any]]:
        """In the order of their rows: labels are read after all items, from the first row on."""
        if self._stream is None:
            return
        # Without a name it is a temporary file, which goes with the connection.
        with closing(sqlite3.connect("", isolation_level=None)) as ordered:
            ordered.execute(
                "CREATE TABLE line (row INTEGER, place INTEGER, problem BLOB, "
                "PRIMARY KEY (row, place)) WITHOUT ROWID"
            )
            ordered.execute("BEGIN")
            ordered.executemany("INSERT INTO line VALUES (?, ?, ?)", self._lines())
            for (problem,) in ordered.execute("SELECT problem FROM line ORDER BY row, place"):
                yield orjson.loads(problem)

    def _lines(self) -> Iterator[tuple[int, int, bytes]]:
        with open(self._stream.fileno(), "rb", closefd=False) as lines:
            lines.seek(0)
            for place, line in enumerate(lines):
                yield orjson.loads(line).get("row") or 0, place, line

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()


def log_key(job: Job) -> str:
    return storage.make_key("rejected", job.public_id) + ".log"


@contextmanager
def problem_log(job: Job) -> Iterator[None]:
    """Every problem that the run adds is kept until its file is let go."""
    log = ProblemLog(job)
    job.problem_log = log
    try:
        yield
    finally:
        job.problem_log = None
        log.close()


@contextmanager
def kept_rows(job: Job, transfer: Transfer, stream: BinaryIO) -> Iterator[None]:
    """When the rows have been read, those that were left out are copied for the person."""
    try:
        yield
    except ExternalFailure:
        raise
    except (DomainError, FileRefused, JobRefused):
        _copy_rows(job, transfer, stream)
        raise
    _copy_rows(job, transfer, stream)


def _copy_rows(job: Job, transfer: Transfer, stream: BinaryIO) -> None:
    if not job.error_count:
        return
    progress = Progress(job)

    def alive() -> None:
        if progress.is_due():
            progress.save()

    key = storage.make_key("rejected", job.public_id) + ".zip"
    with storage.writing(key) as target:
        rejected = write_rejected(
            target,
            job.problem_log.problems(),
            format_name=transfer.format,
            reader=READERS[transfer.format],
            stream=stream,
            context=context_of(transfer),
            alive=alive,
        )
    transfer.rejected = {
        "key": key,
        "byte_count": storage.path_of(key).stat().st_size,
        "reason_count": rejected.reason_count,
        "row_count": rejected.row_count,
        "is_cut": rejected.is_cut or rejected.reason_count < job.error_count,
    }
    transfer.save(update_fields=["rejected"])


def open_rejected(transfer: Transfer) -> tuple[BinaryIO, str] | None:
    """The file of the rejected rows and its name; None where there is none, or none any more."""
    if transfer.rejected is None or not storage.exists(transfer.rejected["key"]):
        return None
    stem = transfer.file_name.rsplit(".", 1)[0]
    return storage.open_file(transfer.rejected["key"]), f"{stem}-rejected.zip"


def purge_rejected(*, now: datetime | None = None) -> int:
    """Remove the files of rejected rows that nobody has mended for a month."""
    old = Transfer.objects.filter(
        rejected__isnull=False, job__finished_at__lt=(now or timezone.now()) - KEPT
    )
    transfers = list(old.order_by("pk")[:PURGED])
    for transfer in transfers:
        storage.delete(transfer.rejected["key"])
    Transfer.objects.filter(pk__in=[transfer.pk for transfer in transfers]).update(rejected=None)
    return len(transfers)
