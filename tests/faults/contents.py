"""All that an import leaves behind, without ids of rows, random keys and times."""

import hashlib
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from labelops.accounts.models import User
from labelops.audit.models import Event
from labelops.jobs.models import Job
from labelops.media import storage
from tasks.models import (
    Annotation,
    Assignment,
    Batch,
    BatchTally,
    Item,
    Prediction,
    Project,
    Task,
    Transfer,
)
from tasks.services.media import SUFFIXES

ITEM = (
    *("external_id", "data", "media_key", "media_type", "sha256", "width", "height"),
    *("perceptual_hash", "import_row"),
)
BATCH = ("name", "state", "overlap", "fresh_below", "filling", "closed_at")
TASK = (
    *("batch__name", "item__external_id", "state", "round", "labels_missing"),
    *("labels_complete_at", "result_answer"),
)
SLOT = (
    *("task__batch__name", "task__item__external_id", "batch__name", "stage", "round", "slot"),
    *("precedence", "state", "annotator__username", "instruction_version__number", "ended_at"),
)
ANNOTATION = (
    *("task__batch__name", "task__item__external_id", "author__username", "assignment__slot"),
    *("answer", "revision", "state", "instruction_version__number"),
)
PREDICTION = (
    *("item__external_id", "model_version__name", "model_version__version", "answer"),
    *("score", "scores"),
)
TALLY = (
    *("batch__name", "person__username", "pending_count", "labeling_count", "accepted_count"),
    "annotation_count",
)
PERSON = ("kind", "name", "is_active", "is_simulated")
EVENT = ("verb", "target_type", "before", "after", "reason")
JOB = (
    *("kind", "state", "done_count", "total_count", "error_count", "errors", "cursor"),
    *("result", "message"),
)
TRANSFER = ("direction", "format", "batch__name", "file_name", "byte_count", "sha256", "rejected")
# Of images that look alike, and of the file of rejected rows: random.
RANDOM = ("item_id", "looks_like_id", "key")


def contents(project: Project) -> dict[str, Any]:
    """The database of a test that has only this project, and its files."""
    tallies = BatchTally.objects.order_by("batch__name", "person__username")
    return {
        "items": rows(Item.objects.filter(project=project), ITEM),
        "batches": rows(Batch.objects.all(), BATCH),
        "tasks": rows(Task.objects.all(), TASK),
        "slots": rows(Assignment.objects.all(), SLOT),
        "annotations": rows(Annotation.objects.all(), ANNOTATION),
        "predictions": rows(Prediction.objects.all(), PREDICTION),
        "tallies": rows(tallies, TALLY),
        "people": rows(User.objects.exclude(pk=project.created_by_id).order_by("pk"), PERSON),
        "events": rows(Event.objects.order_by("pk"), EVENT),
        "jobs": rows(Job.objects.all(), JOB),
        "transfers": rows(Transfer.objects.all(), TRANSFER),
        "files": files(),
    }


def rows(found: QuerySet[Any], fields: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {name: shown(name, value) for name, value in row.items()} for row in found.values(*fields)
    ]


def shown(name: str, value: Any) -> Any:
    if name == "media_key" and value:
        return {variant: stored(value + suffix) for variant, suffix in SUFFIXES.items()}
    if isinstance(value, datetime):
        return "some time"
    if name in {"result", "rejected"}:
        return without_random(value)
    return value


def stored(key: str) -> str | None:
    return digest(storage.path_of(key)) if storage.exists(key) else None


def without_random(value: Any) -> Any:
    if isinstance(value, list):
        return [without_random(entry) for entry in value]
    if isinstance(value, dict):
        return {name: without_random(entry) for name, entry in value.items() if name not in RANDOM}
    return value


def files() -> Counter[tuple[str, str, str]]:
    """By folder, suffix and content: the names themselves come from the number of the job."""
    root = Path(settings.MEDIA_ROOT)
    paths = [path for path in root.rglob("*") if path.is_file()]
    return Counter((path.relative_to(root).parts[0], path.suffix, digest(path)) for path in paths)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
