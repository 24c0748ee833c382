"""Labels made elsewhere: each row becomes a submitted annotation of its (inactive) annotator."""

from collections.abc import Sequence
from typing import BinaryIO

from django.db import transaction
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
from tasks.formats.problems import Problem
from tasks.formats.records import LabelRecord
from tasks.kinds.schema import single_choice
from tasks.models import Batch, InstructionVersion, Project, Transfer
from tasks.services.annotation_intake import Intake, store_labels
from tasks.services.imported_batches import (
    DEFAULT_NAME,
    complete_tasks,
    existing_batch,
    imported_batch,
)
from tasks.services.instructions import current_version
from tasks.services.transfers import add_problem, handled_file, receive_file, told_of

KIND = "annotation_import"
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
    existing_batch(project, batch or DEFAULT_NAME)
    return receive_file(
        project,
        file=file,
        file_name=file_name,
        by=by,
        kind=KIND,
        payload={
            "batch": batch or DEFAULT_NAME,
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
            complete_tasks(intake.batch)
        _end(job, transfer)


def _take_rows(job: Job, transfer: Transfer, intake: Intake, stream: BinaryIO) -> None:
    job.total_count = byte_count(stream)
    rows = read_labels(transfer.format, stream, after=job.cursor.get("row", 0))
    for chunk in chunks(rows, CHUNK):
        job.done_count = stream.tell()
        job.cursor = {"phase": LABELS, "row": chunk[-1].row}
        take_labels(job, transfer, chunk, intake)
    job.done_count = job.total_count


def take_labels(
    job: Job, transfer: Transfer, rows: Sequence[LabelRecord | Problem], intake: Intake
) -> None:
    """Store the good rows and the job's new cursor in one transaction."""
    problems = [row for row in rows if isinstance(row, Problem)]
    labels = [row for row in rows if isinstance(row, LabelRecord)]
    with transaction.atomic():
        counts, refused = store_labels(transfer, labels, intake, by=job.created_by)
        for problem in sorted(problems + refused, key=lambda problem: problem.row or 0):
            add_problem(job, problem, transfer.file_name)
        for name, count in counts.items():
            job.result[name] = job.result.get(name, 0) + count
        save_progress(job)


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
    if transfer.batch is None:
        name = job.payload["batch"]
        transfer.batch = imported_batch(transfer.project, name, by=job.created_by)
        transfer.save(update_fields=["batch"])
    return transfer.batch


def _end(job: Job, transfer: Transfer) -> None:
    job.cursor = {"phase": END}
    names = ("added", "unchanged", "revised", "items_created")
    with transaction.atomic():
        counts = {name: job.result.get(name, 0) for name in names}
        record(job.created_by, "import.finished", transfer, after=counts)
        facts = told_of(transfer) | {"kind": job.kind, "error_count": job.error_count}
        tell(transfer.project_id, Told.IMPORT_FINISHED, facts | counts)
        save_progress(job)
