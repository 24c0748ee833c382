"""Stores a chunk of labels made elsewhere: users, items, tasks and annotations, all or none."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Max, Q
from django.db.models.functions import Lower
from django.utils import timezone

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.hints import Hint
from tasks.formats.problems import Problem, RowRefused
from tasks.formats.records import LabelRecord
from tasks.kinds import AnswerError
from tasks.kinds.answer import validate_answer
from tasks.models import (
    Annotation,
    AnnotationRevision,
    Assignment,
    Batch,
    InstructionVersion,
    Item,
    Stage,
    Task,
    Transfer,
)
from tasks.services import tallies

EXPERT_SOURCES = (Task.Source.REVIEW, Task.Source.ADJUDICATION)


@dataclass(frozen=True)
class Intake:
    """Where the labels go, under which version, and what is allowed on the way."""

    batch: Batch
    version: InstructionVersion
    control: dict[str, Any] | None
    create_items: bool
    last_wins: bool


@dataclass
class Judgement:
    """A good row: its item (perhaps not saved yet) and its checked answer."""

    label: LabelRecord
    item: Item
    answer: dict[str, Any]


def store_labels(
    transfer: Transfer, labels: Sequence[LabelRecord], intake: Intake, *, by: User
) -> tuple[Counter[str], list[Problem]]:
    """Store the good labels in one transaction.

    Returns how many were added, unchanged and revised, the items created, and what is wrong with
    the others.
    """
    problems: list[Problem] = []
    with transaction.atomic():
        # One import at a time per batch, so that slot numbers are never given out twice.
        Batch.objects.select_for_update().get(pk=intake.batch.pk)
        items = _items(transfer, labels)
        judgements = []
        for label in labels:
            try:
                judgements.append(_judgement(transfer, label, items, intake))
            except RowRefused as error:
                problems.append(error.problem)
        counts = _store(transfer, judgements, intake, problems)
        record(by, "annotations.imported", transfer, after=dict(counts))
    return counts, problems


def _items(transfer: Transfer, labels: Sequence[LabelRecord]) -> dict[str, Item]:
    found = Item.objects.filter(
        project=transfer.project_id, external_id__in={label.item for label in labels}
    )
    return {item.external_id: item for item in found}


def _judgement(
    transfer: Transfer, label: LabelRecord, items: dict[str, Item], intake: Intake
) -> Judgement:
    item = items.get(label.item)
    if item is None:
        if not intake.create_items:
            raise RowRefused(
                Problem(
                    "unknown_item",
                    "The project has no item “{item}”.",
                    row=label.row,
                    field="item",
                    value=label.item,
                    hint=Hint("Import the items first, or use --create-items."),
                    params={"item": label.item},
                )
            )
        data = {"text": label.text} if label.text else {}
        item = Item(
            project_id=transfer.project_id,
            external_id=label.item,
            data=data,
            transfer=transfer,
            import_row=label.row,
        )
    answer = _checked_answer(label, item, intake)
    items.setdefault(label.item, item)
    return Judgement(label, item, answer)


def _checked_answer(label: LabelRecord, item: Item, intake: Intake) -> dict[str, Any]:
    answer = label.answer
    if answer is None and intake.control is not None:
        answer = {intake.control["name"]: label.label}
    try:
        return validate_answer(intake.version.label_schema, answer, item.facts)
    except AnswerError as error:
        problem = refused_answer(error, label.field)
        if label.answer is None:
            problem = problem.at(field="label", value=label.label)
        raise RowRefused(problem.at(row=label.row)) from error


def refused_answer(error: AnswerError, field: str) -> Problem:
    """What is wrong with an answer that stands in `field` of its row."""
    place = ".".join(part for part in (field, error.path) if part)
    return Problem(error.code, error.template, field=place, hint=error.hint, params=error.params)


def _store(
    transfer: Transfer, judgements: list[Judgement], intake: Intake, problems: list[Problem]
) -> Counter[str]:
    """Write what is new or revised; a second answer of one person is a problem."""
    now = timezone.now()
    created = _create_items(judgements)
    users = _annotators(judgement.label.annotator for judgement in judgements)
    tasks = _tasks(intake.batch, [judgement.item for judgement in judgements])
    given = _given_answers(tasks.values(), users.values())
    slots = _last_slots(tasks.values())
    added: list[Annotation] = []
    revised: dict[int, Annotation] = {}
    counts: Counter[str] = Counter(items_created=created, unchanged=0)
    for judgement in judgements:
        task = tasks[judgement.item.pk]
        author = users[judgement.label.annotator]
        earlier = given.get((task.pk, author.pk))
        if earlier is None:
            slots[task.pk, task.round] += 1
            annotation = _annotation(judgement, task, author, slots[task.pk, task.round], now)
            annotation.instruction_version = intake.version
            annotation.assignment.instruction_version = intake.version
            given[task.pk, author.pk] = annotation
            added.append(annotation)
        elif earlier.answer == judgement.answer:
            counts["unchanged"] += 1
        elif intake.last_wins:
            earlier.answer = judgement.answer
            if earlier.pk:
                revised[earlier.pk] = earlier
        else:
            problems.append(other_answer(judgement.label))
    _insert(added)
    _revise(list(revised.values()))
    _reopen(intake.batch, {annotation.task_id for annotation in (*added, *revised.values())})
    _count_answers(intake.batch, added)
    counts.update(added=len(added), revised=len(revised))
    return counts


def _count_answers(batch: Batch, added: list[Annotation]) -> None:
    by_author = Counter(annotation.author_id for annotation in added)
    for author_id, count in sorted(by_author.items()):
        tallies.add(batch.pk, author_id, annotation_count=count)


def _create_items(judgements: list[Judgement]) -> int:
    new = {id(entry.item): entry.item for entry in judgements if entry.item.pk is None}
    Item.objects.bulk_create(new.values())
    return len(new)


def _annotators(names: Iterable[str]) -> dict[str, User]:
    """Users by the names in the file; whoever is missing is made, unable to log in."""
    wanted = list(dict.fromkeys(names))
    lowered = {name.lower() for name in wanted}
    found = User.objects.annotate(lowered=Lower("username")).filter(
        Q(username__in=wanted) | Q(lowered__in=lowered)
    )
    by_name = {user.username.lower(): user for user in found}
    missing = {name.lower(): name for name in reversed(wanted) if name.lower() not in by_name}
    made = User.objects.bulk_create(
        User(username=name, is_active=False, password=make_password(None))
        for name in missing.values()
    )
    by_name |= {user.username.lower(): user for user in made}
    return {name: by_name[name.lower()] for name in wanted}


def _tasks(batch: Batch, items: list[Item]) -> dict[int, Task]:
    ids = dict.fromkeys(item.pk for item in items)
    known = Task.objects.filter(batch=batch, item__in=ids).exclude(state=Task.State.GOLD)
    found = {task.item_id: task for task in known}
    made = Task.objects.bulk_create(
        Task(batch=batch, item_id=item_id, state=Task.State.LABELING)
        for item_id in ids
        if item_id not in found
    )
    tallies.add(batch.pk, None, labeling_count=len(made))
    return found | {task.item_id: task for task in made}


def _given_answers(
    tasks: Iterable[Task], users: Iterable[User]
) -> dict[tuple[int, int], Annotation]:
    found = Annotation.objects.filter(
        task__in=[task.pk for task in tasks], author__in=[user.pk for user in users]
    )
    return {(annotation.task_id, annotation.author_id): annotation for annotation in found}


def _last_slots(tasks: Iterable[Task]) -> Counter[tuple[int, int]]:
    rows = (
        Assignment.objects.filter(task__in=[task.pk for task in tasks], stage=Stage.ANNOTATE)
        .order_by()
        .values_list("task", "round")
        .annotate(last=Max("slot"))
    )
    return Counter({(task_id, round_): last for task_id, round_, last in rows})


def _annotation(
    judgement: Judgement, task: Task, author: User, slot: int, now: datetime
) -> Annotation:
    assignment = Assignment(
        task=task,
        batch_id=task.batch_id,
        stage=Stage.ANNOTATE,
        round=task.round,
        slot=slot,
        state=Assignment.State.SUBMITTED,
        annotator=author,
        ended_at=now,
    )
    return Annotation(
        task=task,
        author=author,
        assignment=assignment,
        answer=judgement.answer,
        submitted_at=now,
    )


def _insert(annotations: list[Annotation]) -> None:
    Assignment.objects.bulk_create(annotation.assignment for annotation in annotations)
    for annotation in annotations:
        # Set again: the id of the assignment is known only now.
        annotation.assignment = annotation.assignment
    Annotation.objects.bulk_create(annotations)


def _revise(annotations: list[Annotation]) -> None:
    """Store the newer answers; the ones they replace stay as revisions."""
    former = Annotation.objects.in_bulk([annotation.pk for annotation in annotations])
    AnnotationRevision.objects.bulk_create(
        AnnotationRevision(annotation=earlier, number=earlier.revision, answer=earlier.answer)
        for earlier in former.values()
    )
    for annotation in annotations:
        annotation.revision = former[annotation.pk].revision + 1
    Annotation.objects.bulk_update(annotations, ["answer", "revision"])


def _reopen(batch: Batch, task_ids: set[int]) -> None:
    """Have the consensus of these tasks made anew, but never over an expert's decision."""
    reopened = Task.objects.filter(pk__in=task_ids).exclude(result_source__in=EXPERT_SOURCES)
    states = Counter(reopened.values_list("state", flat=True))
    reopened.update(state=Task.State.LABELING, labels_complete_at=None)
    for state, count in states.items():
        tallies.add(batch.pk, None, **tallies.moved(state, Task.State.LABELING, count))


def other_answer(label: LabelRecord) -> Problem:
    """A person says two things of one item."""
    return Problem(
        "other_answer",
        "“{annotator}” has given another answer for “{item}” before.",
        row=label.row,
        field="label" if label.answer is None else label.field,
        value=label.label,
        hint=Hint("Use --last-wins to take the newer one."),
        params={"annotator": label.annotator, "item": label.item},
    )
