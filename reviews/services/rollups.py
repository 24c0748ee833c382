"""Keeps the quality sums: a task that changed gives back what it added, and is added anew.

Changes are noted in the transaction of the change itself and taken out in the one that counts it,
so each is counted once, whatever is killed between. One count runs at a time in a project.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date

from django.db import connection, models, transaction
from django.utils import timezone

from reviews.models import (
    BatchDay,
    ClassRollup,
    CountedTask,
    ItemRollup,
    PairRollup,
    PersonRollup,
    ProjectClassRollup,
    ProjectPairRollup,
    RollupState,
    TaskChange,
    WorkDay,
)
from reviews.quality.contributions import (
    CLASS,
    DAY,
    ITEM,
    PAIR,
    PERSON,
    WORK,
    Key,
    Sums,
    TaskFacts,
    contribution,
    difference,
    pack,
    unpack,
)
from reviews.services import model_checks
from reviews.services.rollup_facts import Reader
from tasks.models import Batch, Task

CHUNK = 500
WRITTEN = 1_000
PROJECT_CLASS, PROJECT_PAIR = "project class", "project pair"
MODELS: dict[str, type[models.Model]] = {
    ITEM: ItemRollup,
    CLASS: ClassRollup,
    PERSON: PersonRollup,
    PAIR: PairRollup,
    WORK: WorkDay,
    DAY: BatchDay,
}
# What is kept for the project as a whole as well, by the table it is the sum of.
OF_PROJECT = {CLASS: PROJECT_CLASS, PAIR: PROJECT_PAIR}
PROJECT_MODELS: dict[str, type[models.Model]] = {
    PROJECT_CLASS: ProjectClassRollup,
    PROJECT_PAIR: ProjectPairRollup,
}
# The column of a key that tells most rows apart.
TELLING = {
    ITEM: "group",
    CLASS: "label_class",
    PERSON: "person_id",
    PAIR: "first",
    WORK: "person_id",
    DAY: "day",
    PROJECT_CLASS: "label_class",
    PROJECT_PAIR: "first",
}
# The columns of a key, in its order; each begins with the batch or project, and a date.
KEYS = {
    ITEM: ("batch_id", "week", "group"),
    CLASS: ("batch_id", "week", "group", "label_class"),
    PERSON: ("batch_id", "week", "person_id", "team_id"),
    PAIR: ("batch_id", "week", "kind", "first", "second"),
    WORK: ("batch_id", "day", "person_id", "team_id", "level", "stage"),
    DAY: ("batch_id", "day"),
    PROJECT_CLASS: ("project_id", "week", "group", "label_class"),
    PROJECT_PAIR: ("project_id", "week", "kind", "first", "second"),
}


def count_changes() -> int:
    """Count every task that changed since it was counted; returns how many there were.

    What another run is at is left to it.
    """
    reader, count = Reader(), 0
    # Looked at first: on SQLite a transaction takes the one write lock.
    while TaskChange.objects.exists():
        with transaction.atomic():
            changes = list(TaskChange.objects.order_by("pk").values_list("pk", "task")[:CHUNK])
            projects = _lock_projects({task for _change, task in changes})
            ours = {change: task for change, task in changes if projects.get(task, True)}
            tasks = sorted({task for task in ours.values() if task in projects})
            recount_tasks(tasks, reader)
            model_checks.note(tasks)
            TaskChange.objects.filter(pk__in=ours).delete()
        count += len(tasks)
        if len(changes) < CHUNK or not ours:
            break
    return count


def _lock_projects(tasks: set[int]) -> dict[int, bool]:
    """By task that exists, whether its project is ours to count until the transaction ends."""
    owners = dict(Task.objects.filter(pk__in=tasks).values_list("pk", "batch__project"))
    wanted = {*owners.values()}
    RollupState.objects.bulk_create(
        [RollupState(project_id=project) for project in sorted(wanted - _known(wanted))],
        ignore_conflicts=True,
    )
    can_skip = connection.features.has_select_for_update_skip_locked
    states = RollupState.objects.filter(project__in=wanted).order_by("project")
    locked = set(states.select_for_update(skip_locked=can_skip).values_list("project", flat=True))
    RollupState.objects.filter(project__in=locked).update(counted_at=timezone.now())
    return {task: project in locked for task, project in owners.items()}


def _known(projects: set[int]) -> set[int]:
    return set(RollupState.objects.filter(project__in=projects).values_list("project", flat=True))


def recount_tasks(task_ids: list[int], reader: Reader) -> None:
    """Let what these tasks add be what they are now. The caller has locked their projects."""
    if not task_ids:
        return
    stored = CountedTask.objects.filter(pk__in=task_ids).values_list("pk", "batch", "facts")
    counted = {task: (batch, unpack(facts)) for task, batch, facts in stored}
    facts = reader.read(task_ids, {task: entry[1] for task, entry in counted.items()})
    changes: Sums = defaultdict(Counter)
    changed: dict[int, tuple[int, TaskFacts]] = {}
    for task, (batch, new) in facts.items():
        old = counted.get(task)
        if old and old[1] == new:
            continue
        changed[task] = batch, new
        before = contribution(task, batch, old[1] if old else None)
        for table, key, added in difference(before, contribution(task, batch, new)):
            changes[table, key].update(added)
    store_counted(changed)
    add(changes)


def store_counted(facts: dict[int, tuple[int, TaskFacts]]) -> None:
    CountedTask.objects.bulk_create(
        [
            CountedTask(
                task_id=task,
                batch_id=batch,
                week=date.fromordinal(found.week) if found.week else None,
                facts=pack(found),
            )
            for task, (batch, found) in facts.items()
        ],
        batch_size=WRITTEN,
        update_conflicts=True,
        unique_fields=["task"],
        update_fields=["week", "facts"],
    )


def add(changes: Sums) -> None:
    """Add to the sums. The caller has locked their projects, so nobody else changes them."""
    by_table: dict[str, dict[Key, Counter[str]]] = defaultdict(dict)
    for (table, key), columns in changes.items():
        if any(columns.values()):
            by_table[table][key] = columns
    batches = {key[0] for found in by_table.values() for key in found}
    projects = dict(Batch.objects.filter(pk__in=batches).values_list("pk", "project"))
    for table, found in by_table.items():
        add_to(table, found)
        if table in OF_PROJECT:
            add_to(OF_PROJECT[table], _of_projects(found, projects))


def _of_projects(
    found: dict[Key, Counter[str]], projects: dict[int, int]
) -> dict[Key, Counter[str]]:
    sums: dict[Key, Counter[str]] = defaultdict(Counter)
    for (batch, *rest), columns in found.items():
        sums[projects[batch], *rest].update(columns)
    return sums


def add_to(table: str, changes: dict[Key, Counter[str]]) -> None:
    """Add to one of the tables alone. The caller has locked its projects."""
    add_rows(model_of(table), table, changes)


def add_rows(model: type[models.Model], table: str, changes: dict[Key, Counter[str]]) -> None:
    """The same to a model that has the columns of the table."""
    names = KEYS[table]
    rows = stored_rows(model, table, changes)
    for key, added in changes.items():
        row = rows.get(key)
        if row is None:
            row = rows[key] = model(**dict(zip(names, _values(key), strict=True)))
        for name, change in added.items():
            setattr(row, name, getattr(row, name) + change)
    touched = [rows[key] for key in changes]
    new = [row for row in touched if row.pk is None]
    # An upsert of rows that exist: the fastest way to change many.
    model._default_manager.bulk_create(
        [row for row in touched if row.pk is not None],
        batch_size=WRITTEN,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=sum_columns(table),
    )
    model._default_manager.bulk_create(new, batch_size=WRITTEN)


def stored_rows(
    model: type[models.Model], table: str, keys: Iterable[Key]
) -> dict[Key, models.Model]:
    """The rows of these keys, and perhaps further ones, by key."""
    names, values = KEYS[table], [_values(key) for key in keys]
    telling = names.index(TELLING[table])
    wanted = {
        f"{names[place]}__in": {key[place] for key in values} for place in sorted({0, 1, telling})
    }
    found = model._default_manager.filter(**wanted)
    return {key_of(table, row): row for row in found}


def model_of(table: str) -> type[models.Model]:
    return MODELS.get(table) or PROJECT_MODELS[table]


def key_of(table: str, row: models.Model) -> Key:
    return tuple(
        value.toordinal() if isinstance(value := getattr(row, name), date) else value
        for name in KEYS[table]
    )


def sum_columns(table: str) -> list[str]:
    return [
        field.attname
        for field in model_of(table)._meta.concrete_fields
        if not field.primary_key and field.attname not in KEYS[table]
    ]


def _values(key: Key) -> Key:
    return (key[0], date.fromordinal(key[1]), *key[2:])
