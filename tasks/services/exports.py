"""Exports of stored labels: one snapshot of the database, one file, one manifest."""

from collections.abc import Iterator
from typing import BinaryIO

import orjson
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone, translation
from django.utils.text import slugify
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import create_job, save_progress
from labelops.many_rows import read_rows
from labelops.media import storage
from tasks.formats import WRITERS
from tasks.formats.carrying import Fit, fit
from tasks.formats.records import ExportContext, ExportRecord
from tasks.models import Annotation, Batch, InstructionVersion, Project, Task, Transfer
from tasks.services.export_files import ReadCount, finish_export, write_file
from tasks.services.snapshots import read_snapshot

KIND = "export"
PAGE = 10_000
FIELDS = (
    "pk",
    "item__external_id",
    "batch__name",
    "answer",
    "result_source",
    "result_confidence",
    "result_version__number",
    "annotation_count",
    "data",
    "item__width",
    "item__height",
    "stale_version__number",
)


def start_export(
    project: Project, *, format_name: str, by: User, batch: Batch | None = None
) -> Transfer:
    """Queue an export of the project's stored labels, or of one batch. The caller wakes it."""
    writer = WRITERS.get(format_name)
    if writer is None:
        raise DomainError(
            _("The format “%(name)s” is not known.") % {"name": format_name[:20]},
            code="unknown_format",
            field="format",
            hint=_("Formats: %(names)s.") % {"names": ", ".join(WRITERS)},
        )
    if sentence := writer.refusal(_context(project, "default")):
        raise DomainError(_(sentence), code="format_not_possible", field="format")
    parts = [project.slug, slugify(batch.name) if batch else "", timezone.now().strftime("%Y%m%d")]
    with transaction.atomic():
        transfer = Transfer.objects.create(
            project=project,
            direction=Transfer.Direction.EXPORT,
            format=format_name,
            job=create_job(KIND, {}, by=by, project_id=project.pk),
            batch=batch,
            file_name=f"{'-'.join(part for part in parts if part)}.{writer.extension}",
        )
        after = {"format": format_name, "batch": batch.name if batch else None}
        record(by, "export.started", transfer, after=after)
    return transfer


def run_export(job: Job) -> None:
    """Write the file from the beginning; a run that was interrupted leaves nothing visible."""
    transfer = job.transfer
    versions: set[int | None] = set()
    with translation.override("en"), read_snapshot() as using:
        snapshot_at = timezone.now()
        context = _context(transfer.project, using, transfer.batch)
        tasks = _tasks(transfer, using)
        job.done_count, job.total_count = 0, tasks.count()
        save_progress(job)
        records = _records(job, tasks, versions, using)
        file = write_file(job, transfer.format, records, context)
        if not WRITERS[transfer.format].carries.several_labels:
            older_count = _all_tasks(transfer, using).count() - job.total_count
            file.written.left_out["older_labels"] = older_count
    facts = {
        "filter": {"batch": transfer.batch.name if transfer.batch else None},
        "snapshot_at": snapshot_at.isoformat(),
        "instruction_versions": sorted(versions - {None}),
    }
    finish_export(job, transfer, file, facts=facts)


def fits(project: Project) -> dict[str, Fit]:
    """What each format carries of the project's stored labels."""
    context = _context(project, "default")
    return {name: fit(writer.carries, context) for name, writer in WRITERS.items()}


def _context(project: Project, using: str, batch: Batch | None = None) -> ExportContext:
    published = (
        InstructionVersion.objects.using(using)
        .filter(project=project.pk)
        .exclude(state__in=InstructionVersion.UNPUBLISHED)
        .order_by("-number")
    )
    schemas = list(published.values_list("label_schema", flat=True))
    batches = Batch.objects.using(using).filter(project=project.pk)
    batch_count = 1 if batch else batches.count()
    return ExportContext(project.slug, project.item_type, schemas, batch_count)


def _tasks(transfer: Transfer, using: str) -> QuerySet[Task]:
    """What is written: in a format with one label for each item, the newest of each."""
    tasks = _all_tasks(transfer, using)
    if not WRITERS[transfer.format].carries.several_labels:
        newer = _all_tasks(transfer, using).filter(
            Q(settled_at__gt=OuterRef("settled_at"))
            | Q(settled_at=OuterRef("settled_at"), pk__gt=OuterRef("pk")),
            item=OuterRef("item"),
        )
        tasks = tasks.exclude(Exists(newer))
    return tasks.order_by("pk")


def _all_tasks(transfer: Transfer, using: str) -> QuerySet[Task]:
    """Tasks with a stored label."""
    chosen = Q(batch__project=transfer.project_id, result_answer__isnull=False)
    chosen &= ~Q(state=Task.State.EXCLUDED)
    if transfer.batch_id:
        chosen &= Q(batch=transfer.batch_id)
    return Task.objects.using(using).filter(chosen)


def _records(
    job: Job, tasks: QuerySet[Task], versions: set[int | None], using: str
) -> Iterator[ExportRecord]:
    """Page by page along the primary key, so that memory does not grow with the project."""
    rows = tasks.annotate(
        annotation_count=_annotation_count(),
        # The databases hold them as text, and Django would read them more slowly.
        answer=Cast("result_answer", TextField()),
        data=Cast("item__data", TextField()),
    ).values_list(*FIELDS)
    last, count, read = 0, PAGE, ReadCount(job)
    while count == PAGE:
        count = 0
        page = rows.filter(pk__gt=last)[:PAGE]
        for key, *values in read_rows(page, using=using):
            last, count = key, count + 1
            record = ExportRecord(*values)
            versions.add(record.instruction_version)
            yield record._replace(
                answer=orjson.loads(record.answer), data=orjson.loads(record.data)
            )
        read.add(count)


def _annotation_count() -> Coalesce:
    """How many annotations a label rests on."""
    counted = (
        Annotation.objects.filter(task=OuterRef("pk"))
        .exclude(state=Annotation.State.SUPERSEDED)
        .order_by()
        .values("task")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return Coalesce(Subquery(counted), 0)


def open_export(transfer: Transfer) -> tuple[BinaryIO, str]:
    """The finished file and its media type."""
    return storage.open_file(transfer.file_key), WRITERS[transfer.format].media_type
