"""The answers that models give themselves, many tasks at a time.

A model answers only what nobody has touched: no person ever had a slot of the task, so none has
seen what it suggests. What it answers is an annotation by its own account, unpaid like its account.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from labelops.audit.services import record_each
from labelops.errors import DomainError
from tasks.models import (
    Annotation,
    Assignment,
    InstructionVersion,
    ModelVersion,
    Prediction,
    Stage,
    Task,
)
from tasks.services import results, slots, taken_out, tallies
from tasks.services.annotations import check_answer, check_rules
from tasks.signals import labels_completed

State = Assignment.State


@dataclass(frozen=True)
class Answering:
    """Who answers tasks of one batch, under which instructions, and when."""

    model_version: ModelVersion
    batch_id: int
    version: InstructionVersion
    now: datetime


@dataclass(frozen=True)
class _Untouched:
    """A task with its open slots, all of them under lock; the first is the model's."""

    task: Task
    slots: list[Assignment]
    answer: dict


def untouched(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """Those of the tasks that wait for their first labels and that nobody ever had before them."""
    had = Assignment.objects.filter(
        task=OuterRef("pk"), stage=Stage.ANNOTATE, annotator__isnull=False
    )
    return tasks.filter(~Exists(had), state=Task.State.PENDING, round=1)


def answer_alone(answering: Answering, predictions: Mapping[int, Prediction]) -> set[int]:
    """Let the model's answer be the only label of these tasks, by task; the open slots end.

    In the caller's transaction. Returns the tasks it answered: those are left out that somebody
    has taken meanwhile, and those whose prediction breaks the rules in force.
    """
    found = _lock(answering, predictions)
    others = [slot.pk for own in found for slot in own.slots[1:]]
    Assignment.objects.filter(pk__in=others).update(state=State.REVOKED, ended_at=answering.now)
    answered = [own.task for own in found]
    Task.objects.filter(pk__in=[task.pk for task in answered]).update(
        state=Task.State.LABELING, labels_missing=0, labels_complete_at=answering.now
    )
    _store(answering, found)
    transaction.on_commit(lambda: _tell(answered))
    return {task.pk for task in answered}


def answer_as_second(answering: Answering, predictions: Mapping[int, Prediction]) -> set[int]:
    """Let the model give one of several labels of these tasks; people give the others.

    As `answer_alone`; tasks that need one label only are left out, too.
    """
    found = [own for own in _lock(answering, predictions) if len(own.slots) > 1]
    Task.objects.filter(pk__in=[own.task.pk for own in found]).update(
        state=Task.State.LABELING, labels_missing=F("labels_missing") - 1
    )
    _store(answering, found)
    return {own.task.pk for own in found}


def hide_suggestions(task_ids: Collection[int]) -> set[int]:
    """Keep what a model says of these tasks from everybody, for good.

    Only where nobody ever had a slot: what a person has seen cannot be kept from them. Returns
    the tasks it was done for.
    """
    found = {task.pk for task, _slots in _locked_untouched(task_ids)}
    Task.objects.filter(pk__in=found).update(is_suggestion_hidden=True)
    return found


def ask_expert(task_ids: Collection[int], *, reason: str) -> set[int]:
    """Have an expert answer these tasks in place of the first annotators."""
    found = _locked_untouched(task_ids)
    for task, _slots in found:
        results.open_adjudication(task, by=None, reason=reason)
    return {task.pk for task, _slots in found}


def take_back(
    annotation: Annotation, *, reason: str, now: datetime, tally: tallies.Changes
) -> bool:
    """Take a model's answer out, and ask for as many labels of people as the batch wants.

    In the caller's transaction; False where an expert has decided. `tally` is added by the caller.
    """
    done = taken_out.take_out(annotation, by=None, reason=reason, now=now, tally=tally)
    if done is None:
        return False
    if done.slot is not None:
        task = results.lock_task(annotation.task_id)
        live = slots.labeling_slots(task).filter(state__in=slots.LIVE).count()
        lacking = task.batch.overlap - live
        if lacking > 0:
            last = slots.last_number(task, stage=Stage.ANNOTATE, round=task.round)
            slots.open_slots(
                task, stage=Stage.ANNOTATE, round=task.round, count=lacking, after=last
            )
            task.labels_missing += lacking
            task.save(update_fields=["labels_missing"])
    return True


def _lock(answering: Answering, predictions: Mapping[int, Prediction]) -> list[_Untouched]:
    found = []
    for task, own in _locked_untouched(predictions):
        answer = _valid(answering.version, task, predictions[task.pk])
        if answer is not None:
            found.append(_Untouched(task, own, answer))
    return found


def _locked_untouched(task_ids: Iterable[int]) -> list[tuple[Task, list[Assignment]]]:
    """Slots are locked before their tasks, as everywhere; what others are at is passed over.

    Nothing is waited for: whoever excludes a task locks it first.
    """
    ids = list(task_ids)
    open_ids = Assignment.objects.filter(
        task__in=ids, stage=Stage.ANNOTATE, state=State.OPEN
    ).values_list("pk", flat=True)
    by_task: dict[int, list[Assignment]] = {}
    for slot in slots.still_open(open_ids).order_by("pk"):
        by_task.setdefault(slot.task_id, []).append(slot)
    rows = untouched(Task.objects.filter(pk__in=by_task)).select_related("item", "batch")
    tasks = rows.select_for_update(
        of=("self",), skip_locked=connection.features.has_select_for_update_skip_locked
    ).order_by("pk")
    # A slot that is missing is in somebody's hands at this moment.
    return [
        (task, sorted(by_task[task.pk], key=lambda slot: slot.slot))
        for task in tasks
        if len(by_task[task.pk]) == task.labels_missing
    ]


def _valid(version: InstructionVersion, task: Task, prediction: Prediction) -> dict | None:
    """The answer in the shape that the rules in force ask for; None where it breaks them."""
    try:
        answer = check_answer(
            prediction.answer, label_schema=version.label_schema, item_facts=task.item.facts
        )
        check_rules(answer, label_schema=version.label_schema, item_facts=task.item.facts)
    except DomainError:
        return None
    return answer


def _store(answering: Answering, found: list[_Untouched]) -> None:
    """Take the slots, write the annotations and one event each, and count them."""
    if not found:
        return
    user, now = answering.model_version.user, answering.now
    Assignment.objects.filter(pk__in=[own.slots[0].pk for own in found]).update(
        state=State.SUBMITTED,
        annotator=user,
        instruction_version=answering.version,
        leased_at=now,
        ended_at=now,
    )
    annotations = Annotation.everything.bulk_create(
        Annotation(
            task=own.task,
            author=user,
            assignment=own.slots[0],
            instruction_version=answering.version,
            answer=own.answer,
            submitted_at=now,
        )
        for own in found
    )
    record_each(user, "annotation.submitted", annotations)
    moved = tallies.moved(Task.State.PENDING, Task.State.LABELING, len(found))
    tallies.add(answering.batch_id, user.pk, annotation_count=len(found), **moved)


def _tell(tasks: list[Task]) -> None:
    for task in tasks:
        labels_completed.send_robust(sender=Task, task=task)
