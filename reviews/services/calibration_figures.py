"""What a calibration run shows: how far its people agree, from their first answers alone.

Only items whose labels are all in count, so that nobody who is still to answer learns anything.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from reviews.models import CalibrationRun
from reviews.quality.item_agreement import item_agreement
from reviews.quality.pairs import class_pairs, most_confused
from reviews.services.figures import mean_over_items
from tasks.models import Annotation, InstructionVersion, Task

Answer = dict[str, Any]
FIRST_ROUND = 1


@dataclass(frozen=True)
class Answers:
    """The answers of a run by task, and the questions that the newest of them answered."""

    schema: dict[str, Any]
    by_task: dict[int, list[Answer]]


def open_tasks(run: CalibrationRun) -> QuerySet[Task]:
    """Items of the run that still wait for a first answer of somebody."""
    return (
        Task.objects.filter(batch=run.run_id, round=FIRST_ROUND, labels_missing__gt=0)
        .exclude(state=Task.State.EXCLUDED)
        .order_by()
    )


def complete_tasks(run: CalibrationRun) -> QuerySet[Task]:
    """Items of the run whose first answers are all in."""
    return Task.objects.filter(
        Q(labels_missing=0) | Q(round__gt=FIRST_ROUND), batch=run.run_id
    ).exclude(state=Task.State.EXCLUDED)


def collect(run: CalibrationRun) -> Answers:
    """One row an answer: at most a few thousand, and none of the big batch."""
    rows = (
        Annotation.objects.filter(
            task__in=complete_tasks(run).order_by(), assignment__round=FIRST_ROUND
        )
        .order_by("id")
        .values_list("task", "answer", "instruction_version")
    )
    by_task: dict[int, list[Answer]] = defaultdict(list)
    version = 0
    for task, answer, answered_under in rows:
        by_task[task].append(answer)
        version = max(version, answered_under)
    found = InstructionVersion.objects.filter(pk=version).first()
    return Answers(found.label_schema if found else {"controls": []}, dict(by_task))


def agreement(answers: Answers) -> dict[str, Any]:
    """The mean agreement over items with two answers or more, and its 95 % interval.

    {"value", "n", "low", "high", "pairs"}: `pairs` counts the pairs of classes that people gave to
    the same thing. Without any such item value, low and high are None.
    """
    shares = [
        share
        for made in answers.by_task.values()
        if (share := item_agreement(answers.schema, made)) is not None
    ]
    pairs = sum(
        len(most_confused(class_pairs(control, answers.by_task)))
        for control in answers.schema["controls"]
    )
    if not shares:
        return {"value": None, "n": 0, "low": None, "high": None, "pairs": pairs}
    return mean_over_items(shares) | {"pairs": pairs}
