"""Finds the records of an export: stored labels of tasks, or the annotations that they rest on."""

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar

import orjson
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    FloatField,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Concat

from labelops.many_rows import read_rows
from labelops.media import storage
from tasks.formats import WRITERS
from tasks.formats.dataset_archive import SPLITS
from tasks.formats.records import ExportRecord
from tasks.models import Annotation, Task, Transfer
from tasks.services.exam_items import without_exams
from tasks.services.export_choices import ExportChoice, Labels, Purpose, Split
from tasks.services.export_files import ReadCount

PAGE, PAGE_WITH_IMAGES = 10_000, 50
NOT_EXPORTED = (Task.State.EXCLUDED, Task.State.GOLD)
STORED_FIELDS = (
    "pk",
    "item__external_id",
    "batch__name",
    "answer_text",
    "result_source",
    "result_confidence",
    "result_version__number",
    "annotation_count",
    "data_text",
    "item__width",
    "item__height",
    "stale_version__number",
)
ANNOTATION_FIELDS = (
    "task_id",
    "pk",
    "task__item__external_id",
    "task__batch__name",
    "answer_text",
    "source",
    "confidence",
    "instruction_version__number",
    "annotation_count",
    "data_text",
    "task__item__width",
    "task__item__height",
    "stale_since",
    "annotator",
    "state",
)
Found = TypeVar("Found", bound=Model)


@dataclass(frozen=True)
class Records:
    """What an export writes, in the order of the keys that each row begins with."""

    # What was asked for, and what of it the format has a place for.
    chosen: QuerySet[Any]
    written: QuerySet[Any]
    rows: QuerySet[Any, Any]
    key_count: int
    after: Callable[..., Q]
    # Whether each row ends with the key of the item's image.
    has_images: bool


def records_of(transfer: Transfer, choice: ExportChoice, using: str) -> Records:
    """What is chosen, as a query that has not been asked yet."""
    if choice.has_annotators:
        return _annotations(transfer, choice, using)
    return _stored_labels(transfer, choice, using)


def read_records(
    found: Records, read: ReadCount, versions: set[int | None], using: str
) -> Iterator[ExportRecord]:
    """Page by page along the keys, so that memory does not grow with the project."""
    size = PAGE_WITH_IMAGES if found.has_images else PAGE
    last, count = (0,) * found.key_count, size
    while count == size:
        count = 0
        rows = read_rows(found.rows.filter(found.after(*last))[:size], using=using)
        # An image takes its time: progress is saved between two, when no row may be on its way.
        for row in list(rows) if found.has_images else rows:
            last, count = row[: found.key_count], count + 1
            record = _record(row[found.key_count :], has_images=found.has_images)
            versions.add(record.instruction_version)
            yield record
            if found.has_images:
                read.add(1)
        if not found.has_images:
            read.add(count)


def _record(values: Sequence[Any], *, has_images: bool) -> ExportRecord:
    open_image = None
    if has_images:
        *values, key = values
        open_image = functools.partial(open_original, key)
    record = ExportRecord(*values)
    return record._replace(
        answer=orjson.loads(record.answer),
        data=orjson.loads(record.data),
        open_image=open_image,
    )


def open_original(key: str) -> BinaryIO:
    """The image of an item. Raises FileNotFoundError where there is none."""
    if not key:
        raise FileNotFoundError
    return storage.open_file(key)


def _stored_labels(transfer: Transfer, choice: ExportChoice, using: str) -> Records:
    """In a format with one label for each item, the newest of each."""
    tasks = chosen = _chosen(Task.objects.using(using), transfer, choice)
    if not WRITERS[transfer.format].carries.several_labels:
        newer = chosen.filter(
            Q(settled_at__gt=OuterRef("settled_at"))
            | Q(settled_at=OuterRef("settled_at"), pk__gt=OuterRef("pk")),
            item=OuterRef("item"),
        )
        tasks = chosen.exclude(Exists(newer))
    rows = tasks.order_by("pk").annotate(
        annotation_count=_annotation_count("pk"),
        # The databases hold them as text, and Django would read them more slowly.
        answer_text=Cast("result_answer", TextField()),
        data_text=Cast("item__data", TextField()),
    )
    image = ["item__media_key"] if choice.has_images else []
    values = rows.values_list(*STORED_FIELDS, *image)
    return Records(
        chosen=chosen,
        written=tasks,
        rows=values,
        key_count=1,
        after=lambda last: Q(pk__gt=last),
        has_images=choice.has_images,
    )


def _annotations(transfer: Transfer, choice: ExportChoice, using: str) -> Records:
    """Those of a task one after the other. People go by their codes, models by their names."""
    made = Annotation.objects.using(using).exclude(state=Annotation.State.SUPERSEDED)
    model = Concat("author__model_version__name", Value(" "), "author__model_version__version")
    chosen = _chosen(made, transfer, choice, "task__")
    rows = chosen.order_by("task_id", "pk").annotate(
        annotation_count=_annotation_count("task_id"),
        answer_text=Cast("answer", TextField()),
        data_text=Cast("task__item__data", TextField()),
        source=Value("annotation", TextField()),
        # Both are said of the stored label.
        confidence=Value(None, FloatField()),
        stale_since=Value(None, FloatField()),
        annotator=Case(
            When(author__model_version__isnull=False, then=model),
            default=F("author__pseudonym"),
            output_field=TextField(),
        ),
    )
    image = ["task__item__media_key"] if choice.has_images else []
    values = rows.values_list(*ANNOTATION_FIELDS, *image)
    return Records(
        chosen=chosen,
        written=chosen,
        rows=values,
        key_count=2,
        after=_after_annotation,
        has_images=choice.has_images,
    )


def _after_annotation(task: int, annotation: int) -> Q:
    # The first part is there for the index.
    return Q(task_id__gte=task) & (Q(task_id__gt=task) | Q(pk__gt=annotation))


def _chosen(
    rows: QuerySet[Found], transfer: Transfer, choice: ExportChoice, to_task: str = ""
) -> QuerySet[Found]:
    """The rows whose task is chosen; `to_task` leads there."""

    def task(**conditions: Any) -> Q:
        return Q(**{f"{to_task}{name}": value for name, value in conditions.items()})

    chosen = task(batch__project=transfer.project_id) & ~task(state__in=NOT_EXPORTED)
    if not choice.has_annotators:
        chosen &= task(result_answer__isnull=False)
    if choice.labels == Labels.ACCEPTED:
        chosen &= task(state=Task.State.ACCEPTED)
    if transfer.batch_id:
        chosen &= task(batch=transfer.batch_id)
    if choice.began_at:
        chosen &= task(settled_at__gte=choice.began_at)
    if choice.ended_at:
        chosen &= task(settled_at__lte=choice.ended_at)
    if choice.label:
        rows = rows.alias(label=_text_in(f"{to_task}result_answer", choice.control))
        chosen &= Q(label=choice.label)
    if choice.split:
        # Items that name no split, or one of their own, have none.
        rows = rows.alias(split=_text_in(f"{to_task}item__data", "split"))
        is_split = Q(split__in=[choice.split] if choice.split != Split.NONE else SPLITS)
        chosen &= ~is_split if choice.split == Split.NONE else is_split
    rows = rows.filter(chosen)
    if choice.purpose == Purpose.TRAINING:
        rows = without_exams(transfer.project, rows, f"{to_task}item")
    return rows


def _text_in(field: str, name: str) -> Coalesce:
    """The text under a name in a JSON object; empty where there is none."""
    return Coalesce(KeyTextTransform(name, field), Value("", TextField()))


def _annotation_count(task: str) -> Coalesce:
    """How many annotations the label of a task rests on."""
    counted = (
        Annotation.objects.filter(task=OuterRef(task))
        .exclude(state=Annotation.State.SUPERSEDED)
        .order_by()
        .values("task")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return Coalesce(Subquery(counted), 0)
