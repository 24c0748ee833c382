"""Imports of items: staged in chunks, resumable from the cursor of their job, safe to repeat."""

from contextlib import AbstractContextManager
from typing import Any, BinaryIO

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import JobRefused, save_progress
from labelops.media import storage
from labelops.webhooks.events import Told
from labelops.webhooks.services.outbox import tell
from tasks.formats import READERS
from tasks.formats.items import ItemRecord
from tasks.models import Batch, Item, Project, Transfer, Upload
from tasks.models.batches import OVERLAP_MAX
from tasks.services import (
    batch_filling,
    batch_items,
    batches,
    bucket_files,
    linked_files,
    server_files,
    uploads,
)
from tasks.services.archiving import lock_project
from tasks.services.arrivals import take_arrival
from tasks.services.import_checks import CHECK, Mode, row_check
from tasks.services.import_labels import LabelIntake, LabelUse, label_payload
from tasks.services.import_reading import Entry, ImportFile
from tasks.services.imported_batches import complete_tasks
from tasks.services.item_intake import take_chunk
from tasks.services.record_items import find_items
from tasks.services.rejections import kept_rows, problem_log
from tasks.services.transfers import check_format, handling, let_go, receive_file, told_of

KIND = "import"
CHUNK, IMAGE_CHUNK = 2_000, 8
BATCH_CHUNK, IMAGE_BATCH_CHUNK = 500, 100
COUNTS = (
    *("added", "unchanged", "batched", "would_add"),
    *("labels_added", "labels_unchanged", "labels_left"),
    *("predictions_added", "predictions_replaced", "predictions_unchanged"),
)
ITEMS, LABELS, BATCH, END = "items", "labels", "batch", "end"
CHECKED, FINISHED = "import.checked", "import.finished"


def start_import(
    project: Project, *, file: BinaryIO, file_name: str, by: User, **wanted: Any
) -> Transfer:
    """Keep the file and queue its import; with `batch` the items join that batch at the end.

    `wanted` may hold `batch`, the `overlap` of a new one, the `mode` (import_checks.Mode), the
    `columns` of a table by their role, and what import_labels.label_payload says of labels.
    Raises DomainError when the file is no import, or not one for this project.
    """
    return receive_file(
        project,
        file=file,
        file_name=file_name,
        by=by,
        kind=KIND,
        payload=_payload(project, **wanted),
        accepts=accepted_formats(project),
    )


def receive_import(project: Project, *, file: BinaryIO, file_name: str, by: User) -> Upload:
    """Keep a file, to be looked into before it is imported. Raises DomainError for no import."""
    upload = uploads.receive_whole(project, file=file, file_name=file_name, by=by)
    try:
        check_format(upload.key, upload.file_name, accepted_formats(project))
    except DomainError:
        uploads.discard_upload(upload, by=by)
        raise
    return upload


def start_uploaded_import(project: Project, *, upload: Upload, by: User, **wanted: Any) -> Transfer:
    """Queue the import of a file that has come in pieces; a check leaves it where it is."""
    if upload.project_id != project.pk:
        raise DomainError(_("There is no such file."), code="unknown_upload", field="upload")
    if upload.received_count == upload.byte_count:
        upload = uploads.complete_upload(upload)
    payload = _payload(project, **wanted)
    return uploads.import_upload(
        upload,
        by=by,
        kind=KIND,
        payload=payload,
        accepts=accepted_formats(project),
        is_kept=payload["mode"] == Mode.CHECK,
    )


def start_linked_import(project: Project, *, link: str, by: User, **wanted: Any) -> Transfer:
    """Queue the import of a file that the job fetches first. Raises DomainError for a bad link."""
    payload = _payload(project, **wanted)
    return linked_files.queue_link(project, link=link, by=by, kind=KIND, payload=payload)


def start_server_import(project: Project, *, server_file: str, by: User, **wanted: Any) -> Transfer:
    """Queue the import of a file or folder that lies on the server. Raises DomainError."""
    return server_files.queue_server_file(
        project,
        path=server_file,
        by=by,
        kind=KIND,
        payload=_payload(project, **wanted),
        accepts=accepted_formats(project),
    )


def start_bucket_import(project: Project, *, bucket_file: str, by: User, **wanted: Any) -> Transfer:
    """Queue the import of a file that lies in the bucket. Raises DomainError."""
    payload = _payload(project, **wanted)
    return bucket_files.queue_bucket_file(
        project, path=bucket_file, by=by, kind=KIND, payload=payload
    )


def start_from_source(
    project: Project,
    *,
    file: UploadedFile | None = None,
    link: str = "",
    server_file: str = "",
    bucket_file: str = "",
    upload: Upload | None = None,
    **keywords: Any,
) -> Transfer:
    """Queue an import from the one source that is given. Raises DomainError for none or several."""
    given = [file is not None, bool(link), bool(server_file), bool(bucket_file), bool(upload)]
    if given.count(True) != 1:
        raise DomainError(
            _("Give one source of the items: a file, or a link to one."),
            code="one_source_needed",
            field="file",
        )
    if bucket_file:
        return start_bucket_import(project, bucket_file=bucket_file, **keywords)
    if upload:
        return start_uploaded_import(project, upload=upload, **keywords)
    if server_file:
        return start_server_import(project, server_file=server_file, **keywords)
    if link:
        return start_linked_import(project, link=link, **keywords)
    return start_import(project, file=file, file_name=file.name, **keywords)


def accepted_formats(project: Project) -> dict[str, str | None]:
    """The formats of imports; those that the project cannot take with the sentence why."""
    sentences = {
        Project.ItemType.TEXT: _("This project labels texts; the file (%(format)s) is of images."),
        Project.ItemType.IMAGE: _("This project labels images; the file (%(format)s) is of texts."),
    }
    sentence = sentences[project.item_type]
    return {
        name: None
        if project.item_type in reader.item_types
        else sentence % {"format": _(reader.title)}
        for name, reader in READERS.items()
    }


def _payload(
    project: Project,
    *,
    batch: str | None = None,
    overlap: int = 2,
    mode: str = Mode.GOOD_ROWS,
    columns: dict[str, str] | None = None,
    **labels: str,
) -> dict[str, Any]:
    """What the job must know of what is wanted."""
    name = (batch or "").strip() or None
    if name:
        _check_batch(project, name, overlap)
    return {
        "batch": name,
        "overlap": overlap,
        "mode": mode,
        "columns": columns or {},
        **label_payload(project, **labels),
    }


def _check_batch(project: Project, name: str, overlap: int) -> None:
    existing = Batch.objects.filter(project=project, name=name).first()
    if existing and existing.state == Batch.State.CLOSED:
        raise Conflict(
            _("The batch “%(name)s” is closed.") % {"name": name},
            code="batch_closed",
            field="batch",
            hint=_("Reopen it, or name another batch."),
        )
    if len(name) > Batch._meta.get_field("name").max_length:
        raise DomainError(_("The name of the batch is too long."), code="too_long", field="batch")
    if not 1 <= overlap <= OVERLAP_MAX:
        raise DomainError(
            _("The overlap must be from 1 to %(most)d.") % {"most": OVERLAP_MAX},
            code="out_of_range",
            field="overlap",
        )


def run_import(job: Job) -> None:
    """Do or resume an import: first all items, then the batch, so nobody is served half of it."""
    transfer = job.transfer
    if job.cursor.get("phase") == END:
        let_go(transfer, job)
        return
    with handling(transfer, job), problem_log(job):
        if not transfer.format:
            _bring_file(job, transfer)
        with _opened(job, transfer) as stream, kept_rows(job, transfer, stream):
            _take_rows(job, transfer, ImportFile(transfer, stream))
        _end(job, transfer, CHECKED if job.payload["mode"] == Mode.CHECK else FINISHED)


def _take_rows(job: Job, transfer: Transfer, file: ImportFile) -> None:
    is_at_start = job.cursor.get("phase", CHECK) == CHECK
    if is_at_start and job.payload["mode"] != Mode.GOOD_ROWS:
        _check_rows(job, transfer, file)
    if job.payload["mode"] == Mode.CHECK:
        return
    if job.cursor.get("phase", ITEMS) == ITEMS:
        _take_items(job, transfer, file)
    if job.cursor["phase"] == LABELS:
        _take_labels(job, transfer, file)
    if job.payload.get("batch"):
        _fill_batch(job, transfer, file)


def _bring_file(job: Job, transfer: Transfer) -> None:
    if "link" in job.payload:
        stored = linked_files.fetch_link(job, transfer)
    elif "bucket_file" in job.payload:
        stored = bucket_files.fetch_object(job, transfer)
    else:
        stored = server_files.bring_server_file(job, transfer)
    take_arrival(job, transfer, stored, accepts=accepted_formats(transfer.project))


def _opened(job: Job, transfer: Transfer) -> AbstractContextManager[BinaryIO]:
    """The file in the storage, or else where it lies on the server."""
    if transfer.file_key:
        return storage.open_file(transfer.file_key)
    return server_files.open_unchanged(job, transfer)


def _at(job: Job, phase: str, **place: int) -> dict[str, Any]:
    """The cursor in a phase, which says since when: what is left of it takes as long a row."""
    is_same = job.cursor.get("phase") == phase and "since" in job.cursor
    since = job.cursor["since"] if is_same else timezone.now().isoformat()
    return {"phase": phase, "since": since, **place}


def _end(job: Job, transfer: Transfer, verb: str) -> None:
    job.cursor = {"phase": END}
    counts = {name: job.result[name] for name in COUNTS if name in job.result}
    with transaction.atomic():
        batch_filling.finish(job)
        record(job.created_by, verb, transfer, after=counts)
        if verb == FINISHED:
            facts = told_of(transfer) | {"kind": job.kind, "error_count": job.error_count}
            tell(transfer.project_id, Told.IMPORT_FINISHED, facts | counts)
        save_progress(job)


def _check_rows(job: Job, transfer: Transfer, file: ImportFile) -> None:
    """Look at all rows. Raises JobRefused where one is bad and none is to be imported then."""
    job.total_count = file.measure()
    job.cursor = _at(job, CHECK)
    with row_check(job, transfer, _label_intake(job, transfer)) as check:
        for chunk in file.chunks(_chunk_size(file)):
            check.look_at(chunk)
            job.done_count = file.done_count
            save_progress(job)
    if job.payload["mode"] == Mode.CHECK:
        return
    if job.error_count:
        raise JobRefused(
            ngettext(
                "%(count)d row has a problem, so nothing was imported.",
                "%(count)d rows have a problem, so nothing was imported.",
                job.error_count,
            )
            % {"count": job.error_count}
        )
    job.result = {}
    job.cursor = _at(job, ITEMS)
    save_progress(job)


def _take_items(job: Job, transfer: Transfer, file: ImportFile) -> None:
    job.total_count = file.measure()
    for chunk in file.chunks(_chunk_size(file), after=job.cursor.get("row", 0)):
        job.done_count = file.done_count
        job.cursor = _at(job, ITEMS, row=file.row)
        _count_labels(job, chunk)
        take_chunk(job, transfer, chunk)
    job.done_count = job.total_count
    job.cursor = _at(job, LABELS)
    save_progress(job)


def _count_labels(job: Job, chunk: list[Entry]) -> None:
    """What comes with the items and is not wanted is counted, so that nobody misses it."""
    if job.payload["labels"] != LabelUse.SKIP:
        return
    found = sum(len(entry.labels) for entry in chunk if isinstance(entry, ItemRecord))
    if found:
        job.result["labels_left"] = job.result.get("labels_left", 0) + found


def _take_labels(job: Job, transfer: Transfer, file: ImportFile) -> None:
    """Store the labels that came with the items, where they are wanted."""
    if intake := _label_intake(job, transfer):
        batch = intake.batch()
        try:
            size = BATCH_CHUNK if file.reader.has_images else CHUNK
            for chunk in file.chunks(size, after=job.cursor.get("row", 0)):
                job.done_count = file.done_count
                job.cursor = _at(job, LABELS, row=file.row)
                intake.take(chunk, batch)
        finally:
            # Also after a file that breaks off: the labels before the break are complete.
            complete_tasks(batch)
    job.cursor = _at(job, BATCH)
    save_progress(job)


def _label_intake(job: Job, transfer: Transfer) -> LabelIntake | None:
    wanted = job.payload["labels"] != LabelUse.SKIP
    return LabelIntake(job, transfer) if wanted else None


def _chunk_size(file: ImportFile) -> int:
    return IMAGE_CHUNK if file.reader.has_images else CHUNK


def _fill_batch(job: Job, transfer: Transfer, file: ImportFile) -> None:
    """Put the file's items, those that were there before included, into the batch.

    They wait there until the import ends.
    """
    batch = _batch_for(job, transfer)
    batch_filling.begin(batch, job)
    size = IMAGE_BATCH_CHUNK if file.reader.has_images else BATCH_CHUNK
    for chunk in file.chunks(size, after=job.cursor.get("row", 0)):
        ids = _item_ids(transfer, chunk)
        with transaction.atomic():
            added = batch_items.add_filled(batch, ids, job=job)
            job.result["batched"] = job.result.get("batched", 0) + added
            job.cursor = _at(job, BATCH, row=file.row)
            save_progress(job)


def _batch_for(job: Job, transfer: Transfer) -> Batch:
    if transfer.batch:
        return transfer.batch
    name, project = job.payload["batch"], transfer.project
    with transaction.atomic():
        # The project's row is the lock under which two imports agree on one new batch.
        lock_project(project.pk)
        batch = Batch.objects.filter(project=project, name=name).first()
        transfer.batch = batch or batches.create_batch(
            project,
            by=job.created_by,
            name=name,
            overlap=job.payload["overlap"],
            teams=project.teams.all(),
        )
        transfer.save(update_fields=["batch"])
    return transfer.batch


def _item_ids(transfer: Transfer, chunk: list[Entry]) -> list[int]:
    """The items that the good rows of the chunk stand for: same id and same content."""
    records = [entry for entry in chunk if isinstance(entry, ItemRecord)]
    facts = Item.objects.only("external_id", "sha256", "transfer", "import_row")
    return [item.pk for item in find_items(transfer, records, facts).values()]
