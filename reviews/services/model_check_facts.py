"""Reads what is known of tasks and of what models predicted for them; constant statements."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import F

from labelops.accounts.models import User
from reviews.models import Consensus, ModelCheck, TaskRoute
from tasks.models import (
    Annotation,
    InstructionVersion,
    ModelVersion,
    Prediction,
    Qualification,
    Task,
)

Schema = dict[str, Any]
Mode = Annotation.SuggestionMode


class Voice(NamedTuple):
    """One answer of the present round."""

    task: int
    author: int
    is_person: bool
    answer: dict[str, Any]
    mode: str
    submitted_at: datetime
    version: int


@dataclass(frozen=True)
class Facts:
    """A task, one version's prediction for it, and the check of the two, if there is one."""

    task: Task
    version: ModelVersion
    prediction: Prediction
    check: ModelCheck | None
    voices: list[Voice]
    schemas: dict[int, Schema]
    levels: dict[tuple[int, int], int]

    @property
    def consensus(self) -> Consensus | None:
        return getattr(self.task, "consensus", None)

    @property
    def route(self) -> TaskRoute | None:
        return getattr(self.task, "route", None)

    @property
    def people(self) -> list[Voice]:
        return [voice for voice in self.voices if voice.is_person]

    @property
    def schema(self) -> Schema:
        """What the newest answer was given under."""
        return self.schemas[self.voices[-1].version]

    @property
    def top_level(self) -> int:
        project = self.version.project_id
        return max((self.levels.get((project, who.author), 0) for who in self.people), default=0)


def read(task_ids: list[int], versions: list[ModelVersion]) -> Iterator[Facts]:
    """One for each prediction by these versions of an item of these tasks."""
    tasks = list(
        Task.objects.filter(pk__in=task_ids)
        .exclude(state=Task.State.GOLD)
        .select_related("batch", "item", "result_version", "consensus", "route")
    )
    predictions: dict[tuple[int, int], list[Prediction]] = defaultdict(list)
    for found in Prediction.objects.filter(
        item__in={task.item_id for task in tasks}, model_version__in=versions
    ):
        predictions[found.item_id].append(found)
    known = {
        (check.model_version_id, check.task_id): check
        for check in ModelCheck.objects.filter(task__in=task_ids, model_version__in=versions)
    }
    voices = _voices(task_ids)
    schemas = _schemas(voices)
    levels = _levels(versions, voices)
    by_pk = {version.pk: version for version in versions}
    for task in tasks:
        for prediction in predictions[task.item_id]:
            version = by_pk[prediction.model_version_id]
            if version.project_id == task.batch.project_id:
                check = known.get((version.pk, task.pk))
                yield Facts(task, version, prediction, check, voices[task.pk], schemas, levels)


def _voices(task_ids: list[int]) -> dict[int, list[Voice]]:
    rows = Annotation.objects.filter(task__in=task_ids, assignment__round=F("task__round"))
    found: dict[int, list[Voice]] = defaultdict(list)
    columns = ("task", "author", "author__kind", "answer", "suggestion_mode", "submitted_at")
    for task, author, kind, *rest in rows.order_by("pk").values_list(
        *columns, "instruction_version"
    ):
        found[task].append(Voice(task, author, kind == User.Kind.PERSON, *rest))
    return found


def _schemas(voices: dict[int, list[Voice]]) -> dict[int, Schema]:
    wanted = {voice.version for found in voices.values() for voice in found}
    rows = InstructionVersion.objects.filter(pk__in=wanted)
    return dict(rows.values_list("pk", "label_schema"))


def _levels(
    versions: list[ModelVersion], voices: dict[int, list[Voice]]
) -> dict[tuple[int, int], int]:
    rows = Qualification.objects.filter(
        project__in={version.project_id for version in versions},
        person__in={voice.author for found in voices.values() for voice in found},
    )
    return {
        (project, person): level
        for project, person, level in rows.values_list("project", "person", "level")
    }
