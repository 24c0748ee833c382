"""Files that an import's job brings into the storage before it reads them."""

import time
from collections.abc import Mapping

from django.db import transaction

from labelops.audit.services import record
from labelops.errors import DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import save_progress
from labelops.media import storage
from labelops.media.storage import StoredFile
from tasks.formats import detect
from tasks.models import Transfer

BRING = "bring"
SAVE_SECONDS = 1.0


class Progress:
    """Saves about once a second how far it is, which is also the sign of life.

    Raises JobStopped when the run must end.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self._saved_at = time.monotonic()

    def is_due(self) -> bool:
        return time.monotonic() - self._saved_at >= SAVE_SECONDS

    def save(self) -> None:
        save_progress(self.job)
        self._saved_at = time.monotonic()


def take_arrival(
    job: Job, transfer: Transfer, stored: StoredFile, *, accepts: Mapping[str, str | None]
) -> None:
    """The file is all there: from here on the import is like that of an upload.

    Raises FileRefused or DomainError when it is no file that the project takes.
    """
    with storage.open_file(stored.key) as stream:
        format_name = detect(stream)
    if sentence := accepts[format_name]:
        raise DomainError(sentence, code="wrong_format", details={"file": transfer.file_name})
    transfer.format = format_name
    transfer.byte_count, transfer.sha256 = stored.byte_count, stored.sha256
    job.cursor, job.done_count, job.total_count = {}, 0, None
    with transaction.atomic():
        transfer.save(update_fields=["format", "byte_count", "sha256"])
        record(
            job.created_by,
            "import.file_brought",
            transfer,
            after={"sha256": stored.sha256, "byte_count": stored.byte_count},
        )
        save_progress(job)
