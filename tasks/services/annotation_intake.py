"""Stores a chunk of labels made elsewhere: users, items, tasks and annotations, all or none."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Max, Q
from django.db.models.functions import Lower
from django.utils import timezone

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.hints import Hint
from labelops.many_rows import insert_rows, reserve_ids
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
from tasks.services.item_intake import in_bin

EXPERT_SOURCES = (Task.Source.REVIEW, Task.Source.ADJUDICATION)
SLOT_COLUMNS = (
    *("id", "task", "round", "batch", "slot", "state", "annotator", "instruction_version"),
    "ended_at",
)
ANNOTATION_COLUMNS = (
    *("task", "author", "assignment", "instruction_version", "answer", "submitted_at"),
)


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


class TaskKey(NamedTuple):
    """A task of the batch, and the round that its labels belong to."""

    pk: int
    round: int


@dataclass(slots=True)
class Said:
    """What an author says of a task: a stored annotation, or one that has a slot but no id yet."""

    task: TaskKey
    author_id: int
    answer: dict[str, Any]
    pk: int | None = None
    slot: int | None = None


def store_labels(
    transfer: Transfer,
    labels: Sequence[LabelRecord],
    intake: Intake,
    *,
    by: User,
    items: dict[str, Item] | None = None,
) -> tuple[Counter[str], list[Problem]]:
    """Store the good labels in one transaction.

    `items` are theirs by their ids, where they are known already. Returns how many were added,
    unchanged and revised, the items created, and what is wrong with the others.
    """
    problems: list[Problem] = []
    with transaction.atomic():
        # One import at a time per batch, so that slot numbers are never given out twice.
        Batch.objects.select_for_update().get(pk=intake.batch.pk)
        items = _items(transfer, labels) if items is None else dict(items)
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
    found = Item.everything.filter(
        project=transfer.project_id, external_id__in={label.item for label in labels}
    )
    return {item.external_id: item for item in found}


def _judgement(
    transfer: Transfer, label: LabelRecord, items: dict[str, Item], intake: Intake
) -> Judgement:
    item = items.get(label.item)
    if item is not None and item.deletion_id is not None:
        raise RowRefused(in_bin(label.row, None, label.item, field="item"))
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
    created = _create_items(judgements)
    users = _annotators(judgement.label.annotator for judgement in judgements)
    item_ids = list(dict.fromkeys(judgement.item.pk for judgement in judgements))
    known = _known_tasks(intake.batch, item_ids)
    tasks = known | _make_tasks(intake.batch, [pk for pk in item_ids if pk not in known])
    given = _given_answers(known.values(), users.values())
    slots = _last_slots(known.values())
    added: list[Said] = []
    revised: dict[int, Said] = {}
    counts: Counter[str] = Counter(items_created=created, unchanged=0)
    for judgement in judgements:
        task = tasks[judgement.item.pk]
        author_id = users[judgement.label.annotator]
        earlier = given.get((task.pk, author_id))
        if earlier is None:
            slots[task] += 1
            said = Said(task, author_id, judgement.answer, slot=slots[task])
            given[task.pk, author_id] = said
            added.append(said)
        elif earlier.answer == judgement.answer:
            counts["unchanged"] += 1
        elif intake.last_wins:
            earlier.answer = judgement.answer
            if earlier.pk:
                revised[earlier.pk] = earlier
        else:
            problems.append(other_answer(judgement.label))
    _insert(intake, added)
    _revise(revised)
    changed = {said.task.pk for said in (*added, *revised.values())}
    _reopen(intake.batch, changed & {task.pk for task in known.values()})
    _count_answers(intake.batch, added)
    counts.update(added=len(added), revised=len(revised))
    return counts


def _count_answers(batch: Batch, added: list[Said]) -> None:
    by_author = Counter(said.author_id for said in added)
    for author_id, count in sorted(by_author.items()):
        tallies.add(batch.pk, author_id, annotation_count=count)


def _create_items(judgements: list[Judgement]) -> int:
    new = {id(entry.item): entry.item for entry in judgements if entry.item.pk is None}
    Item.objects.bulk_create(new.values())
    return len(new)


def _annotators(names: Iterable[str]) -> dict[str, int]:
    """The ids of users by the names in the file; who is missing is made, unable to log in."""
    wanted = list(dict.fromkeys(names))
    lowered = {name.lower() for name in wanted}
    found = User.objects.annotate(lowered=Lower("username")).filter(
        Q(username__in=wanted) | Q(lowered__in=lowered)
    )
    by_name = {username.lower(): pk for username, pk in found.values_list("username", "pk")}
    missing = {name.lower(): name for name in reversed(wanted) if name.lower() not in by_name}
    made = User.objects.bulk_create(
        User(username=name, is_active=False, password=make_password(None))
        for name in missing.values()
    )
    by_name |= {user.username.lower(): user.pk for user in made}
    return {name: by_name[name.lower()] for name in wanted}


def _known_tasks(batch: Batch, item_ids: list[int]) -> dict[int, TaskKey]:
    known = Task.objects.filter(batch=batch, item__in=item_ids).exclude(state=Task.State.GOLD)
    rows = known.order_by().values_list("item", "pk", "round")
    return {item_id: TaskKey(pk, round_) for item_id, pk, round_ in rows}


def _make_tasks(batch: Batch, item_ids: list[int]) -> dict[int, TaskKey]:
    if not item_ids:
        return {}
    made = dict(zip(item_ids, reserve_ids(Task, len(item_ids)), strict=True))
    rows = ((pk, batch.pk, item_id, Task.State.LABELING.value) for item_id, pk in made.items())
    insert_rows(Task, ("id", "batch", "item", "state"), rows)
    tallies.add(batch.pk, None, labeling_count=len(made))
    return {item_id: TaskKey(pk, round=1) for item_id, pk in made.items()}


def _given_answers(
    tasks: Iterable[TaskKey], author_ids: Iterable[int]
) -> dict[tuple[int, int], Said]:
    by_id = {task.pk: task for task in tasks}
    found = Annotation.everything.filter(task__in=by_id, author__in=set(author_ids))
    return {
        (task_id, author_id): Said(by_id[task_id], author_id, answer, pk)
        for task_id, author_id, answer, pk in found.values_list("task", "author", "answer", "pk")
    }


def _last_slots(tasks: Iterable[TaskKey]) -> Counter[TaskKey]:
    rows = (
        Assignment.objects.filter(task__in=[task.pk for task in tasks], stage=Stage.ANNOTATE)
        .order_by()
        .values_list("task", "round")
        .annotate(last=Max("slot"))
    )
    return Counter({TaskKey(task_id, round_): last for task_id, round_, last in rows})


def _insert(intake: Intake, added: list[Said]) -> None:
    """Store the new annotations, each with a slot of its own."""
    if not added:
        return
    now, batch_id, version_id = timezone.now(), intake.batch.pk, intake.version.pk
    ids = reserve_ids(Assignment, len(added))
    numbered = list(zip(ids, added, strict=True))
    state = Assignment.State.SUBMITTED.value
    insert_rows(
        Assignment,
        SLOT_COLUMNS,
        (
            (pk, *said.task, batch_id, said.slot, state, said.author_id, version_id, now)
            for pk, said in numbered
        ),
    )
    insert_rows(
        Annotation,
        ANNOTATION_COLUMNS,
        ((said.task.pk, said.author_id, pk, version_id, said.answer, now) for pk, said in numbered),
    )


def _revise(revised: dict[int, Said]) -> None:
    """Store the newer answers; the ones they replace stay as revisions."""
    former = Annotation.everything.in_bulk(revised)
    AnnotationRevision.objects.bulk_create(
        AnnotationRevision(annotation=earlier, number=earlier.revision, answer=earlier.answer)
        for earlier in former.values()
    )
    for pk, annotation in former.items():
        annotation.answer = revised[pk].answer
        annotation.revision += 1
    Annotation.everything.bulk_update(former.values(), ["answer", "revision"])


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
