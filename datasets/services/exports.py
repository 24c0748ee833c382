"""Exports of a dataset version: the same bytes each time, whatever has changed since."""

import functools
from collections.abc import Iterator

import orjson
from django.db import transaction
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import translation
from django.utils.text import slugify
from django.utils.translation import gettext as _

from datasets.models import DatasetEntry, DatasetVersion
from datasets.services.label_copies import published_schemas
from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import create_job, save_progress
from tasks.formats import WRITERS, bundle
from tasks.formats.records import ExportContext, ExportRecord
from tasks.models import Transfer
from tasks.services.export_choices import Media, check_media
from tasks.services.export_files import ReadCount, finish_export, write_file
from tasks.services.export_records import PAGE_WITH_IMAGES, open_original
from tasks.services.export_targets import (
    Target,
    check_target,
    deliver,
    is_written,
    payload_of,
)

KIND = "export_dataset"
PAGE = 2_000
SPLIT = "split"
FIELDS = (
    *("position", "item__external_id", "batch_name", "text_of_answer", "source", "confidence"),
    *("instruction_number", "annotation_count", "text_of_data", "item__width", "item__height"),
    *("stale_number", "split", "item__media_key"),
)


def start_export(
    version: DatasetVersion,
    *,
    format_name: str,
    by: User,
    split: str = "",
    media: str = Media.REFERENCE,
    to: str = Target.DOWNLOAD,
) -> Transfer:
    """Queue an export of a frozen version, or of one split of it. The caller wakes its job.

    Raises Conflict before it is frozen, and DomainError with the field for what cannot be.
    """
    check_target(to)
    if not version.is_frozen:
        raise Conflict(_("Only a frozen version can be exported."), code="not_frozen")
    context = _context(version)
    _check_format(format_name, context)
    check_media(media, context)
    _check_split(version, split)
    written = bundle if media == Media.BUNDLED else WRITERS[format_name]
    parts = [version.project.slug, f"v{version.number}", slugify(split)]
    with transaction.atomic():
        payload = {"version": version.pk, "split": split, "media": media, **payload_of(to)}
        transfer = Transfer.objects.create(
            project=version.project,
            direction=Transfer.Direction.EXPORT,
            format=format_name,
            job=create_job(KIND, payload, by=by, project_id=version.project_id),
            file_name=f"{'-'.join(part for part in parts if part)}.{written.extension}",
        )
        after = {"format": format_name, "dataset_version": version.number, "split": split or None}
        record(by, "export.started", transfer, after=after | {"media": media, **payload_of(to)})
    return transfer


def _check_format(name: str, context: ExportContext) -> None:
    writer = WRITERS.get(name)
    if writer is None:
        raise DomainError(
            _("The format “%(name)s” is not known.") % {"name": name[:20]},
            code="unknown_format",
            field="format",
            hint=_("Formats: %(names)s.") % {"names": ", ".join(WRITERS)},
        )
    if sentence := writer.refusal(context):
        raise DomainError(_(sentence), code="format_not_possible", field="format")


def _check_split(version: DatasetVersion, split: str) -> None:
    if split and split not in version.counts["splits"]:
        raise DomainError(
            _("The version has no split “%(name)s”.") % {"name": split[:40]},
            code="unknown_split",
            field="split",
            hint=_("Splits: %(names)s.") % {"names": ", ".join(version.counts["splits"])},
        )


def run_export(job: Job) -> None:
    """Write the file, unless an earlier run has, and bring it where it is wanted."""
    if not is_written(job):
        _write(job)
    deliver(job)


def _write(job: Job) -> None:
    """Write the file from the beginning; a run that was interrupted leaves nothing visible."""
    transfer, split = job.transfer, job.payload["split"]
    version = DatasetVersion.objects.select_related("project").get(pk=job.payload["version"])
    entries = version.entries.filter(split=split) if split else version.entries.all()
    numbers: set[int | None] = set()
    with translation.override("en"):
        job.done_count, job.total_count = 0, entries.count()
        save_progress(job)
        has_images = job.payload["media"] == Media.BUNDLED
        records = _records(job, entries, numbers, has_images=has_images)
        context = _context(version)
        file = write_file(job, transfer.format, records, context, is_bundled=has_images)
    facts = {
        "dataset_version": {
            "number": version.number,
            "name": version.name,
            "sha256": version.sha256,
        },
        "media": job.payload["media"],
        "filter": {"split": split or None},
        "snapshot_at": version.snapshot_at.isoformat() if version.snapshot_at else None,
        "instruction_versions": sorted(numbers - {None}),
    }
    finish_export(job, transfer, file, facts=facts)


def _context(version: DatasetVersion) -> ExportContext:
    """As the project stood at that moment: what was published later has no say."""
    schemas = published_schemas(version.project, up_to=version.schema_number or 0)
    project = version.project
    # An item stands in a version once, from whatever batch.
    return ExportContext(project.slug, project.item_type, list(schemas.values()), batch_count=1)


def _records(
    job: Job, entries: QuerySet[DatasetEntry], numbers: set[int | None], *, has_images: bool
) -> Iterator[ExportRecord]:
    """In the order of positions. The split stands where formats look for that of an item."""
    size = PAGE_WITH_IMAGES if has_images else PAGE
    rows = (
        entries.annotate(
            text_of_answer=Cast("answer", TextField()),
            text_of_data=Cast("item__data", TextField()),
        )
        .order_by("position")
        .values_list(*FIELDS)
    )
    last, read = 0, ReadCount(job)
    while page := list(rows.filter(position__gt=last)[:size]):
        last = page[-1][0]
        for _position, *values, split, image in page:
            record = ExportRecord(*values)
            numbers.add(record.instruction_version)
            data = orjson.loads(record.data) | {SPLIT: split}
            open_image = functools.partial(open_original, image) if has_images else None
            yield record._replace(
                answer=orjson.loads(record.answer), data=data, open_image=open_image
            )
            # An image takes its time.
            read.add(1)
