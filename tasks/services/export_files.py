"""The file of an export, from any records: its writer, its digest and its manifest."""

import hashlib
import io
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.db import transaction

from labelops.audit.services import record
from labelops.jobs.models import Job
from labelops.jobs.services import save_progress
from labelops.media import storage
from labelops.webhooks.events import Told
from labelops.webhooks.services.outbox import tell
from tasks.formats import WRITERS, bundle
from tasks.formats.carrying import WHOLE_LABELS
from tasks.formats.records import ExportContext, ExportRecord, Written
from tasks.models import Transfer
from tasks.services import export_targets
from tasks.services.transfers import told_of

PROGRESS_SECONDS = 2.0
WRITTEN = 256 * 1024


@dataclass(frozen=True)
class ExportFile:
    """A file in the store that nobody sees until `finish_export`, and what its writer said."""

    key: str
    byte_count: int
    sha256: str
    written: Written


class ReadCount:
    """Counts what was read for a file on its job, and saves it every other second.

    Raises JobStopped when the job was cancelled or taken over. While rows of a connection are
    still on their way nothing else can be asked of it: add a page after its last row.
    """

    def __init__(self, job: Job) -> None:
        self.job, self.saved_at = job, time.monotonic()
        job.done_count = 0

    def add(self, count: int) -> None:
        self.job.done_count += count
        if time.monotonic() - self.saved_at > PROGRESS_SECONDS:
            save_progress(self.job)
            self.saved_at = time.monotonic()


def write_file(
    job: Job,
    format_name: str,
    records: Iterable[ExportRecord],
    context: ExportContext,
    *,
    is_bundled: bool = False,
) -> ExportFile:
    """The records in a format, in the store. A run that is interrupted leaves nothing there.

    A bundle is a ZIP with the images that the records open.
    """
    key = storage.make_key("exports", job.public_id)
    with storage.writing(key) as stream:
        digest = _Digest(stream)
        with io.BufferedWriter(digest, WRITTEN) as buffered:
            if is_bundled:
                written = bundle.write(WRITERS[format_name], records, buffered, context)
            else:
                written = WRITERS[format_name].write(records, buffered, context)
    return ExportFile(key, digest.byte_count, digest.sha256.hexdigest(), written)


def finish_export(job: Job, transfer: Transfer, file: ExportFile, *, facts: dict[str, Any]) -> None:
    """Give the export its file; the manifest says `facts`, and what the file holds."""
    manifest = _manifest(job, transfer, file, facts)
    transfer.file_key = file.key
    transfer.manifest = {**manifest, **file.written.notes}
    transfer.byte_count = file.byte_count
    transfer.sha256 = file.sha256
    job.result = {"count": manifest["count"]}
    with transaction.atomic():
        transfer.save(update_fields=["file_key", "manifest", "byte_count", "sha256"])
        record(job.created_by, "export.finished", transfer, after=manifest)
        if not export_targets.is_sent_on(job):
            tell(transfer.project_id, Told.EXPORT_FINISHED, told_of(transfer) | manifest)
        save_progress(job)


def _manifest(
    job: Job, transfer: Transfer, file: ExportFile, facts: dict[str, Any]
) -> dict[str, Any]:
    left_out = file.written.left_out
    return {
        "project": transfer.project.slug,
        "format": transfer.format,
        "count": job.done_count - sum(left_out[name] for name in WHOLE_LABELS),
        "left_out": {name: count for name, count in sorted(left_out.items()) if count},
        "byte_count": file.byte_count,
        "sha256": file.sha256,
        **facts,
    }


class _Digest(io.RawIOBase):
    """Counts and hashes what a writer writes."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self.stream = stream
        self.sha256 = hashlib.sha256()
        self.byte_count = 0

    def writable(self) -> bool:
        return True

    def write(self, block: bytes) -> int:
        self.sha256.update(block)
        self.byte_count += len(block)
        return self.stream.write(block)
