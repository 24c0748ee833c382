"""Takes the tasks of items out of everything and puts them back exactly as they were.

A task set aside is excluded, so nothing hands it out, decides on it, exports it; it remembers its
state and the classes of its label, its slots are parked, and no tally counts it. Gold keeps its
state, since an item may have work and gold in one batch. Callers hold an open transaction.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q, QuerySet

from labelops.accounts.models import User
from tasks.models import Assignment, InstructionVersion, LabelClass, Question, Task
from tasks.services import label_classes, leases, tallies

State = Task.State
LIVE = (Assignment.State.OPEN, Assignment.State.PARKED, Assignment.State.LEASED)


def set_aside(item_ids: Sequence[int], *, by: User | None, reason: str) -> None:
    """Leases on the items' tasks are revoked, with drafts kept. Repeating it changes nothing."""
    _lock(item_ids)
    task_ids = list(_of(item_ids).filter(set_aside__isnull=True).values_list("pk", flat=True))
    leases.revoke_tasks(task_ids, by=by, reason=reason)
    Assignment.objects.filter(task__in=task_ids, state=Assignment.State.OPEN).update(
        state=Assignment.State.PARKED
    )
    tasks = list(Task.objects.filter(pk__in=task_ids).order_by("pk"))
    classes = _take_classes(task_ids)
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for task in tasks:
        task.set_aside = {"state": task.state, "classes": classes[task.pk]}
        if task.state != State.GOLD:
            counts[task.batch_id][f"{State(task.state).value}_count"] -= 1
            task.state = State.EXCLUDED
    Task.objects.bulk_update(tasks, ["state", "set_aside"])
    _count(counts, by)


def put_back(item_ids: Sequence[int], *, by: User | None) -> None:
    """The tasks are what they were; rules that changed meanwhile put their labels in doubt."""
    _lock(item_ids)
    rows = _of(item_ids).filter(set_aside__isnull=False).order_by("pk")
    tasks = list(rows.select_related("batch", "result_version"))
    _give_classes(tasks)
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for task in tasks:
        former = State(task.set_aside["state"])
        if former != State.GOLD:
            counts[task.batch_id][f"{former.value}_count"] += 1
            task.state = former
        if former == State.ACCEPTED:
            _doubt_if_outdated(task)
    Task.objects.bulk_update(tasks, ["state", "stale_version"])
    ids = [task.pk for task in tasks]
    Task.objects.filter(pk__in=ids).update(set_aside=None)
    _unpark(ids)
    _count(counts, by)


def _of(item_ids: Sequence[int]) -> QuerySet[Task]:
    return Task.objects.filter(item__in=item_ids)


def _lock(item_ids: Sequence[int]) -> None:
    """Slots before their tasks, as everywhere: whoever is submitting comes before or after."""
    rows = Assignment.objects.filter(task__item__in=item_ids, state__in=LIVE).order_by("pk")
    list(rows.select_for_update(of=("self",)).values_list("pk", flat=True))
    tasks = _of(item_ids).order_by("pk")
    list(tasks.select_for_update(of=("self",)).values_list("pk", flat=True))


def _take_classes(task_ids: Sequence[int]) -> dict[int, list[list[object]]]:
    """Out of the index of accepted labels, which knows only what is accepted now."""
    found: dict[int, list[list[object]]] = defaultdict(list)
    rows = LabelClass.objects.filter(task__in=task_ids)
    columns = ("task", "control", "value", "is_looked_through")
    for task, *entry in rows.order_by("pk").values_list(*columns):
        found[task].append(entry)
    rows.delete()
    return found


def _give_classes(tasks: Sequence[Task]) -> None:
    LabelClass.objects.bulk_create(
        LabelClass(
            task=task,
            project_id=task.batch.project_id,
            control=control,
            value=value,
            is_looked_through=is_looked_through,
        )
        for task in tasks
        for control, value, is_looked_through in task.set_aside["classes"]
    )


def _doubt_if_outdated(task: Task) -> None:
    in_force = InstructionVersion.objects.filter(
        project=task.batch.project_id, state=InstructionVersion.State.PUBLISHED
    )
    task.breaking_number = in_force.values_list("breaking_number", flat=True).first()
    named = {(control, value) for control, value, _looked in task.set_aside["classes"]}
    newer = label_classes.outdated_by(task, task.result_version, named)
    task.stale_version = newer or task.stale_version


def _unpark(task_ids: Sequence[int]) -> None:
    """What waits for the answer to a question goes on waiting, on gold for its asker alone."""
    asked = Question.objects.filter(
        task=OuterRef("task"), asker=OuterRef("offered_to"), state=Question.State.ASKED
    )
    waits = Q(task__state=State.ON_HOLD) | (Q(task__state=State.GOLD) & Exists(asked))
    parked = Assignment.objects.filter(task__in=task_ids, state=Assignment.State.PARKED)
    free = list(parked.exclude(waits).values_list("pk", flat=True))
    Assignment.objects.filter(pk__in=free).update(state=Assignment.State.OPEN)


def _count(counts: dict[int, Counter[str]], by: User | None) -> None:
    for batch_id, changes in sorted(counts.items()):
        tallies.add(batch_id, by.pk if by else None, **changes)
