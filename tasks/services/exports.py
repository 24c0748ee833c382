"""Exports of labels: one snapshot of the database, one file, one manifest."""

from dataclasses import replace
from typing import Any, BinaryIO

from django.db import transaction
from django.utils import timezone, translation
from django.utils.text import slugify
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import create_job, save_progress
from labelops.media import storage
from tasks.formats import WRITERS, bundle
from tasks.formats.carrying import Fit, fit
from tasks.formats.records import ExportContext
from tasks.models import Batch, InstructionVersion, Project, Transfer
from tasks.services import export_targets
from tasks.services.export_choices import (
    ALL,
    ExportChoice,
    checked_choice,
    label_classes,
    media_type_of,
)
from tasks.services.export_files import ReadCount, finish_export, write_file
from tasks.services.export_records import read_records, records_of
from tasks.services.snapshots import read_snapshot

KIND = "export"


def start_export(
    project: Project,
    *,
    format_name: str,
    by: User,
    batch: Batch | None = None,
    choice: ExportChoice = ALL,
    to: str = export_targets.Target.DOWNLOAD,
) -> Transfer:
    """Queue an export of the project's labels, or of some of them. The caller wakes it."""
    export_targets.check_target(to)
    writer = WRITERS.get(format_name)
    if writer is None:
        raise DomainError(
            _("The format “%(name)s” is not known.") % {"name": format_name[:20]},
            code="unknown_format",
            field="format",
            hint=_("Formats: %(names)s.") % {"names": ", ".join(WRITERS)},
        )
    context = _context(project, "default")
    if sentence := writer.refusal(context):
        raise DomainError(_(sentence), code="format_not_possible", field="format")
    choice = checked_choice(choice, format_name, context, by=by)
    extension = bundle.extension if choice.has_images else writer.extension
    parts = [project.slug, slugify(batch.name) if batch else "", timezone.now().strftime("%Y%m%d")]
    with transaction.atomic():
        transfer = Transfer.objects.create(
            project=project,
            direction=Transfer.Direction.EXPORT,
            format=format_name,
            job=create_job(
                KIND,
                {"choice": choice.described, **export_targets.payload_of(to)},
                by=by,
                project_id=project.pk,
            ),
            batch=batch,
            file_name=f"{'-'.join(part for part in parts if part)}.{extension}",
        )
        after = {"format": format_name} | _asked(transfer) | export_targets.payload_of(to)
        record(by, "export.started", transfer, after=after)
    return transfer


def run_export(job: Job) -> None:
    """Write the file, unless an earlier run has, and bring it where it is wanted."""
    if not export_targets.is_written(job):
        _write(job)
    export_targets.deliver(job)


def _write(job: Job) -> None:
    """Write the file from the beginning; a run that was interrupted leaves nothing visible."""
    transfer, choice = job.transfer, ExportChoice.of(job.payload)
    versions: set[int | None] = set()
    with translation.override("en"), read_snapshot() as using:
        snapshot_at = timezone.now()
        context = _context(transfer.project, using, transfer.batch)
        context = replace(context, has_annotators=choice.has_annotators)
        found = records_of(transfer, choice, using)
        job.done_count, job.total_count = 0, found.written.count()
        save_progress(job)
        records = read_records(found, ReadCount(job), versions, using)
        file = write_file(job, transfer.format, records, context, is_bundled=choice.has_images)
        if not WRITERS[transfer.format].carries.several_labels:
            older_count = found.chosen.count() - job.total_count
            file.written.left_out["older_labels"] = older_count
        if choice.purpose:
            whole = records_of(transfer, replace(choice, purpose=""), using)
            file.written.left_out["tests"] = whole.written.count() - job.total_count
    facts = {
        **_asked(transfer),
        "snapshot_at": snapshot_at.isoformat(),
        "instruction_versions": sorted(versions - {None}),
    }
    finish_export(job, transfer, file, facts=facts)


def _asked(transfer: Transfer) -> dict[str, Any]:
    """The labels that were chosen, as the manifest names them."""
    asked = ExportChoice.of(transfer.job.payload).described
    batch = transfer.batch.name if transfer.batch else None
    whole = {name: asked.pop(name) for name in ("labels", "media")}
    return {**whole, "filter": {"batch": batch, **asked}}


def fits(project: Project) -> dict[str, Fit]:
    """What each format carries of the project's stored labels."""
    context = _context(project, "default")
    return {name: fit(writer.carries, context) for name, writer in WRITERS.items()}


def classes_to_choose(project: Project) -> list[str]:
    """The classes that an export can be limited to."""
    return label_classes(_context(project, "default"))


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


def open_export(transfer: Transfer) -> tuple[BinaryIO, str]:
    """The finished file and its media type."""
    return storage.open_file(transfer.file_key), media_type_of(transfer)
