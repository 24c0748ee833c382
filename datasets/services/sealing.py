"""Counts and hashes the entries of a version, and freezes it: the last part of freezing."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson
from django.db import transaction
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils import timezone

from datasets.analysis.manifest import Line, canonical
from datasets.models import DatasetVersion
from datasets.services.differences import count_differences
from datasets.services.label_copies import published_schemas
from labelops.audit.services import record
from labelops.jobs.models import Job
from labelops.jobs.services import save_progress
from tasks.kinds.answer import classes_in

PAGE = 2_000
CLASSES_MOST = 2_000
FIELDS = (
    *("position", "item__external_id", "item_sha256", "batch_name", "text_of_answer", "source"),
    *("confidence", "annotation_count", "revision", "instruction_number", "stale_number"),
    *("split", "group_key"),
)
NO_SCHEMA: dict[str, Any] = {"controls": []}


def seal(version: DatasetVersion, job: Job) -> None:
    """From here on nothing of the version changes."""
    sha256, counts = _counted(version, job)
    if version.parent is not None:
        version.changes = count_differences(version.parent, version)
    version.counts = counts | job.result
    version.sha256, version.frozen_at = sha256, timezone.now()
    version.state = DatasetVersion.State.FROZEN
    job.result = {"entries": version.entry_count, "sha256": sha256}
    with transaction.atomic():
        version.save()
        after = {"number": version.number, "entries": version.entry_count, "sha256": sha256}
        record(job.created_by, "dataset.frozen", version, after=after)
        save_progress(job)


def lines_of(version: DatasetVersion) -> Iterator[list[Line]]:
    """The manifest of a version in order, a page at a time."""
    rows = (
        version.entries.annotate(text_of_answer=Cast("answer", TextField()))
        .order_by("position")
        .values_list(*FIELDS)
    )
    last = 0
    while page := list(rows.filter(position__gt=last)[:PAGE]):
        last = page[-1][0]
        lines = (Line(*values) for _position, *values in page)
        yield [line._replace(answer=orjson.loads(line.answer)) for line in lines]


def _counted(version: DatasetVersion, job: Job) -> tuple[str, dict[str, Any]]:
    schemas = published_schemas(version.project, up_to=version.schema_number or 0)
    newest = schemas.get(version.schema_number or 0, NO_SCHEMA)
    digest = hashlib.sha256()
    splits: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    versions: Counter[int] = Counter()
    classes: Counter[tuple[str, str, str]] = Counter()
    for page in lines_of(version):
        for line in page:
            digest.update(canonical(line))
            splits[line.split] += 1
            sources[line.source] += 1
            versions[line.instruction_version or 0] += 1
            schema = schemas.get(line.instruction_version or 0, newest)
            classes.update((*named, line.split) for named in classes_in(schema, line.answer))
        job.done_count += len(page)
        save_progress(job)
    return digest.hexdigest(), {
        "splits": dict(sorted(splits.items())),
        "sources": dict(sorted(sources.items())),
        "instruction_versions": sorted(versions - Counter({0: versions[0]})),
        "classes": _by_class(classes),
    }


def _by_class(counted: Counter[tuple[str, str, str]]) -> list[list[Any]]:
    """[control, value, {split: labels that name it}], in order."""
    by_class: dict[tuple[str, str], dict[str, int]] = {}
    for (control, value, split), count in sorted(counted.items()):
        by_class.setdefault((control, value), {})[split] = count
    return [[*named, splits] for named, splits in by_class.items()][:CLASSES_MOST]
