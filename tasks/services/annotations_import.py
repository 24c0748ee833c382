"""Labels made elsewhere: each row becomes a submitted annotation of its (inactive) annotator."""

from typing import BinaryIO

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict
from labelops.jobs.models import Job
from labelops.jobs.services import save_progress
from labelops.webhooks.events import Told
from labelops.webhooks.services.outbox import tell
from tasks.formats import chunks, read_labels
from tasks.formats.items import byte_count
from tasks.kinds.schema import single_choice
from tasks.models import Assignment, Batch, InstructionVersion, Project, Stage, Task, Transfer
from tasks.models.batches import OVERLAP_MAX
from tasks.services.annotation_intake import Intake, take_labels
from tasks.services.instructions import current_version
from tasks.services.transfers import handled_file, receive_file, told_of

KIND = "annotation_import"
DEFAULT_BATCH = "imported"
CHUNK = 1_000
LABELS, END = "labels", "end"


def start_annotation_import(
    project: Project,
    *,
    file: BinaryIO,
    file_name: str,
    by: User,
    batch: str | None = None,
    create_items: bool = False,
    last_wins: bool = False,
) -> Transfer:
    """Keep the file and queue it. Raises DomainError when labels cannot be taken."""
    version = _version(project)
    has_choice = single_choice(version.label_schema) is not None
    _existing_batch(project, batch or DEFAULT_BATCH)
    return receive_file(
        project,
        file=file,
        file_name=file_name,
        by=by,
        kind=KIND,
        payload={
            "batch": batch or DEFAULT_BATCH,
            "create_items": create_items,
            "last_wins": last_wins,
            "version": version.pk,
        },
        accepts={
            "csv": None
            if has_choice
            else _("A CSV holds one class per row, so the label schema needs one single choice."),
            "jsonl": None,
            "zip": _("Labels come as CSV or JSONL; the file is a ZIP archive."),
        },
    )


def _version(project: Project) -> InstructionVersion:
    version = current_version(project)
    if version is None:
        raise Conflict(
            _("Publish the instructions first: labels belong to a version."), code="no_instructions"
        )
    return version


def _existing_batch(project: Project, name: str) -> Batch | None:
    batch = Batch.objects.filter(project=project, name=name).first()
    if batch and batch.state != Batch.State.CLOSED:
        raise Conflict(
            _("Labels made elsewhere go into a closed batch; “%(name)s” is %(state)s.")
            % {"name": name, "state": batch.get_state_display()},
            code="batch_not_closed",
            field="batch",
        )
    return batch


def run_annotation_import(job: Job) -> None:
    """Do or resume the import; its tasks are given to the reviews once all labels are in."""
    transfer = job.transfer
    if job.cursor.get("phase") == END:
        return
    intake = _intake(job, transfer)
    with handled_file(transfer, job) as stream:
        try:
            _take_rows(job, transfer, intake, stream)
        finally:
            # Also after a file that breaks off: the labels before the break are complete.
            _complete_tasks(intake.batch)
        _end(job, transfer)


def _take_rows(job: Job, transfer: Transfer, intake: Intake, stream: BinaryIO) -> None:
    job.total_count = byte_count(stream)
    rows = read_labels(transfer.format, stream, after=job.cursor.get("row", 0))
    for chunk in chunks(rows, CHUNK):
        job.done_count = stream.tell()
        job.cursor = {"phase": LABELS, "row": chunk[-1].row}
        take_labels(job, transfer, chunk, intake)
    job.done_count = job.total_count


def _intake(job: Job, transfer: Transfer) -> Intake:
    version = InstructionVersion.objects.get(pk=job.payload["version"])
    return Intake(
        batch=_batch_for(job, transfer),
        version=version,
        control=single_choice(version.label_schema),
        create_items=job.payload["create_items"],
        last_wins=job.payload["last_wins"],
    )


def _batch_for(job: Job, transfer: Transfer) -> Batch:
    if transfer.batch:
        return transfer.batch
    name = job.payload["batch"]
    with transaction.atomic():
        # The project's row is the lock under which two imports agree on one new batch.
        project = Project.objects.select_for_update().get(pk=transfer.project_id)
        batch = _existing_batch(project, name)
        if batch is None:
            batch = Batch.objects.create(
                project=project,
                name=name,
                purpose=_("Labels made elsewhere."),
                overlap=1,
                review_percent=0,
                state=Batch.State.CLOSED,
                created_by=job.created_by,
                closed_at=timezone.now(),
            )
            record(job.created_by, "batch.created", batch, after={"name": name})
        transfer.batch = batch
        transfer.save(update_fields=["batch"])
    return batch


def _complete_tasks(batch: Batch) -> None:
    """Mark what was imported as fully labeled; the sweep of the reviews assesses it."""
    with transaction.atomic():
        Task.objects.filter(
            labels_missing=0,
            batch=batch,
            state=Task.State.LABELING,
            labels_complete_at__isnull=True,
        ).update(labels_complete_at=timezone.now())
        slots = Assignment.objects.filter(batch=batch, stage=Stage.ANNOTATE)
        most = slots.aggregate(most=Max("slot"))["most"] or 1
        Batch.objects.filter(pk=batch.pk).update(overlap=min(most, OVERLAP_MAX))


def _end(job: Job, transfer: Transfer) -> None:
    job.cursor = {"phase": END}
    names = ("added", "unchanged", "revised", "items_created")
    with transaction.atomic():
        counts = {name: job.result.get(name, 0) for name in names}
        record(job.created_by, "import.finished", transfer, after=counts)
        facts = told_of(transfer) | {"kind": job.kind, "error_count": job.error_count}
        tell(transfer.project_id, Told.IMPORT_FINISHED, facts | counts)
        save_progress(job)
