"""Copies the labels that are stored at one moment into a version: the first part of freezing.

One snapshot (`tasks.services.snapshots`) is read from beginning to end while chunks are written
outside of it, as an export does: nobody has to wait, and progress, cancelling and the row of the
job go on. A single INSERT ... SELECT would show one moment as well, but hold SQLite's one write
lock for minutes, could not be cancelled, and leaves the hashes to a second pass. What is lost with
its snapshot cannot be gone on with, since the next one shows another moment: a copy that was
interrupted begins anew, and never mixes two.
"""

import hashlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson
from django.db import transaction
from django.db.models import (
    Count,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
)
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from datasets.analysis.manifest import digest_of
from datasets.analysis.splits import given_split, group_key
from datasets.models import DatasetEntry, DatasetVersion
from datasets.models.versions import GROUP_LENGTH, SPLIT_LENGTH
from datasets.services.exam_items import TEST, TRAIN
from datasets.services.split_assignment import split_of_item, splits_before
from labelops.errors import DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import save_progress
from labelops.many_rows import insert_rows, read_rows
from tasks.kinds.schema import single_choice
from tasks.models import Annotation, InstructionVersion, Project, Task
from tasks.services.exam_items import without_exams
from tasks.services.snapshots import read_snapshot

CHUNK = 2_000
SPLITS_MOST = 20
FIELDS = (
    *("item_id", "pk", "item__external_id", "item__sha256", "text_of_data", "batch__name"),
    *("text_of_answer", "result_source", "result_confidence", "annotation_count"),
    *("result_revision", "result_version__number", "stale_version__number"),
)
COLUMNS = (
    *("version", "item", "position", "item_sha256", "task", "batch_name", "answer"),
    *("answer_sha256", "label", "source", "confidence", "annotation_count", "revision"),
    *("instruction_number", "stale_number", "split", "group_key"),
)


class StoredLabel(NamedTuple):
    """What the snapshot says of one label."""

    item: int
    task: int
    external_id: str
    item_sha256: str
    data: Any
    batch_name: str
    answer: Any
    source: str
    confidence: float | None
    annotation_count: int
    revision: int
    instruction_number: int | None
    stale_number: int | None


def stored_labels(project: Project, label_filter: dict[str, Any], using: str) -> QuerySet[Task]:
    """The tasks whose stored labels a filter asks for."""
    chosen = Q(batch__project=project.pk, result_answer__isnull=False)
    if label_filter["accepted_only"]:
        chosen &= Q(state=Task.State.ACCEPTED)
    if label_filter["batches"]:
        chosen &= Q(batch__in=[batch_id for batch_id, _name in label_filter["batches"]])
    return Task.objects.using(using).filter(chosen).exclude(state=Task.State.EXCLUDED)


def newest_of_items(project: Project, label_filter: dict[str, Any], using: str) -> QuerySet[Task]:
    """An item may have a label in each of several batches: the newest one counts."""
    newer = stored_labels(project, label_filter, using).filter(
        Q(settled_at__gt=OuterRef("settled_at"))
        | Q(settled_at=OuterRef("settled_at"), pk__gt=OuterRef("pk")),
        item=OuterRef("item"),
    )
    return stored_labels(project, label_filter, using).exclude(Exists(newer))


def published_schemas(
    project: Project, using: str = "default", *, up_to: int | None = None
) -> dict[int, dict[str, Any]]:
    """The label schema of each published instruction version, the newest first."""
    versions = InstructionVersion.objects.using(using).filter(project=project.pk)
    if up_to is not None:
        versions = versions.filter(number__lte=up_to)
    published = versions.exclude(state__in=InstructionVersion.UNPUBLISHED).order_by("-number")
    return dict(published.values_list("number", "label_schema"))


def copy_labels(version: DatasetVersion, job: Job) -> None:
    """Write the entries of a version, without the splits that their groups will say."""
    with transaction.atomic():
        version.entries.all()._raw_delete("default")
        job.done_count, job.cursor = 0, {}
        job.result = {}
        save_progress(job)
    with read_snapshot() as using:
        version.snapshot_at = timezone.now()
        newest = newest_of_items(version.project, version.label_filter, using)
        schemas = published_schemas(version.project, using)
        label_count = stored_labels(version.project, version.label_filter, using).count()
        version.entry_count = newest.count()
        version.schema_number = max(schemas, default=None)
        # Each entry is copied, compared with others, and hashed.
        job.total_count = 3 * version.entry_count
        copier = _Copier(version, schemas)
        for chunk in _chunks(newest, using):
            with transaction.atomic():
                insert_rows(DatasetEntry, COLUMNS, copier.rows(chunk))
                job.done_count += len(chunk)
                save_progress(job)
    job.result = {
        "older_labels": label_count - version.entry_count,
        "unreadable_splits": copier.unreadable_count,
    }
    fields = ("snapshot_at", "entry_count", "schema_number")
    version.save(update_fields=fields)


def _chunks(tasks: QuerySet[Task], using: str) -> Iterator[list[StoredLabel]]:
    """Along the items, so that the order of a version does not depend on who labeled when."""
    rows = (
        tasks.annotate(
            annotation_count=_annotation_count(),
            # The databases hold them as text, and Django would read them more slowly.
            text_of_answer=Cast("result_answer", TextField()),
            text_of_data=Cast("item__data", TextField()),
        )
        .order_by("item")
        .values_list(*FIELDS)
    )
    last = 0
    while chunk := [
        StoredLabel(*row) for row in read_rows(rows.filter(item__gt=last)[:CHUNK], using=using)
    ]:
        last = chunk[-1].item
        yield chunk


def _annotation_count() -> Coalesce:
    counted = (
        Annotation.objects.filter(task=OuterRef("pk"))
        .exclude(state=Annotation.State.SUPERSEDED)
        .order_by()
        .values("task")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return Coalesce(Subquery(counted), 0)


class _Copier:
    """Makes rows of labels; remembers the names of splits, of which there may be only a few."""

    def __init__(self, version: DatasetVersion, schemas: dict[int, dict[str, Any]]) -> None:
        self.version = version
        self.choices = {number: single_choice(schema) for number, schema in schemas.items()}
        self.newest_choice = self.choices.get(version.schema_number)
        self.position = 0
        self.names: set[str] = set()
        self.unreadable_count = 0

    def rows(self, chunk: list[StoredLabel]) -> list[tuple[Any, ...]]:
        kept = splits_before(self.version, [label.item for label in chunk])
        tasks = Task.objects.filter(pk__in=[label.task for label in chunk])
        untested = without_exams(self.version.project, tasks)
        others = set(untested.values_list("item", flat=True))
        # What a model has learned from is no test any more, though it be the copy of one.
        others |= {item for item, split in kept.items() if split == TRAIN}
        return [
            self._row(label, "" if label.item in others else TEST, kept.get(label.item, ""))
            for label in chunk
        ]

    def _row(self, label: StoredLabel, exam_split: str, kept_split: str) -> tuple[Any, ...]:
        self.position += 1
        data, answer = orjson.loads(label.data), orjson.loads(label.answer)
        choice = self.choices.get(label.instruction_number, self.newest_choice)
        field = self.version.group_field
        group = group_key(data.get(field) if field else None, limit=GROUP_LENGTH)
        # What was a test stays one, whatever its data says.
        split = exam_split or self._given_split(data) or kept_split
        if not split and not group:
            split = split_of_item(self.version, label.external_id)
        return (
            self.version.pk,
            label.item,
            self.position,
            label.item_sha256 or _digest_of_text(data),
            label.task,
            label.batch_name,
            answer,
            digest_of(answer),
            _label(choice, answer),
            label.source,
            label.confidence,
            label.annotation_count,
            label.revision,
            label.instruction_number,
            label.stale_number,
            split,
            group,
        )

    def _given_split(self, data: dict[str, Any]) -> str | None:
        field = self.version.split_field
        try:
            split = given_split(data.get(field)) if field else None
        except ValueError:
            split = None
            self.unreadable_count += 1
        if split is None:
            return None
        self.names.add(split)
        if len(split) > SPLIT_LENGTH or len(self.names) > SPLITS_MOST:
            raise DomainError(
                _("The field “%(name)s” of the items does not hold the names of a few splits.")
                % {"name": field},
                code="not_a_split",
                field="split_field",
                hint=_("Name another field, or none: then all splits are drawn."),
            )
        return split


def _label(choice: dict[str, Any] | None, answer: dict[str, Any]) -> str:
    value = answer.get(choice["name"]) if choice else None
    return value if isinstance(value, str) else ""


def _digest_of_text(data: dict[str, Any]) -> str:
    """Of items that came in before digests were stored."""
    text = data.get("text")
    content = text if isinstance(text, str) else ""
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
