"""Makes what benchmarks measure: people, projects, and very many rows; run inside Django.

Rows are made by the database itself. Every column that is not named gets the default of its
model, so that a new column cannot be forgotten; what is named is an expression in SQL.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, models
from django.utils import timezone

from labelops.accounts.models import Membership, Role, Team, User
from tasks.models import Annotation, Assignment, Batch, InstructionVersion, Item, Project, Task


def make_people(name: str, roles: Sequence[Role]) -> tuple[Team, list[User]]:
    """A team in house, and one person of it for each role."""
    team = Team.objects.create(name=name, kind=Team.Kind.IN_HOUSE)
    people = User.objects.bulk_create(
        User(username=f"{name}-{number}", is_simulated=True) for number in range(len(roles))
    )
    Membership.objects.bulk_create(
        Membership(user=person, team=team, role=role)
        for person, role in zip(people, roles, strict=True)
    )
    return team, people


def make_project(name: str, team: Team, by: User, classes: Iterable[str]) -> Project:
    """A project with published instructions that asks for one class of texts."""
    project = Project.objects.create(
        slug=name, name=name, item_type="text", created_by=by, purpose="benchmark"
    )
    project.teams.add(team)
    InstructionVersion.objects.create(
        project=project,
        number=1,
        state=InstructionVersion.State.PUBLISHED,
        blocks=[{"id": "b1", "kind": "goal", "title": "", "body": "Choose.", "classes": []}],
        label_schema=single_choice(classes),
        author=by,
        published_at=timezone.now(),
    )
    return project


def single_choice(classes: Iterable[str]) -> dict[str, Any]:
    control = {
        "name": "bird",
        "type": "choice",
        "title": "Which bird?",
        "required": True,
        "multiple": False,
        "options": [{"value": name, "title": name.capitalize()} for name in classes],
    }
    return {"controls": [control]}


def make_batch(project: Project, name: str, **over: Any) -> Batch:
    """A batch that runs, for the project's teams."""
    batch = Batch.objects.create(
        project=project,
        name=name,
        state=Batch.State.RUNNING,
        created_by=project.created_by,
        **over,
    )
    batch.teams.set(project.teams.all())
    return batch


def open_session(person: User) -> str:
    """The key of a new session, as a login makes it."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "labelops.accounts.backends.TeamGateBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.set_expiry(timedelta(days=1))
    session.create()
    return str(session.session_key)


def insert_tasks(batch: Batch, count: int, **values: Any) -> None:
    """So many new items, `item`, and a task of each."""
    insert(
        Item,
        {
            "project_id": batch.project_id,
            "external_id": f"'{batch.pk}-' || n",
            "data": as_json('{"text": "A small bird."}'),
            "public_id": random_uuid(),
        },
        f"FROM {numbers(count)}",
    )
    insert(
        Task,
        {"batch_id": batch.pk, "item_id": "item.id", "public_id": random_uuid(), **values},
        f"FROM tasks_item item WHERE item.project_id = {batch.project_id} AND NOT EXISTS "
        "(SELECT 1 FROM tasks_task other WHERE other.item_id = item.id) ORDER BY item.id",
    )


def insert_slots(batch: Batch, count: int, *, where: str = "true", **values: Any) -> None:
    """So many slots, counted by `n`, of each `task` of the batch, or of those named."""
    insert(
        Assignment,
        {
            "batch_id": batch.pk,
            "task_id": "task.id",
            "slot": "n",
            "public_id": random_uuid(),
            **values,
        },
        f"FROM tasks_task task CROSS JOIN {numbers(count)} "
        f"WHERE task.batch_id = {batch.pk} AND {where} ORDER BY task.id, n",
    )


def insert_annotations(batch: Batch, **values: Any) -> None:
    """The answer of each `slot` of the batch, by whoever has it, under the only version."""
    insert(
        Annotation,
        {
            "task_id": "slot.task_id",
            "author_id": "slot.annotator_id",
            "assignment_id": "slot.id",
            "instruction_version_id": batch.project.instruction_versions.get().pk,
            "submitted_at": "now()",
            **values,
        },
        "FROM tasks_assignment slot JOIN tasks_task task ON task.id = slot.task_id "
        f"WHERE slot.batch_id = {batch.pk} ORDER BY slot.id",
    )


def insert(model: type[models.Model], values: dict[str, Any], source: str) -> None:
    columns, expressions, parameters = [], [], []
    for field in model._meta.concrete_fields:
        if field.primary_key and field.column not in values:
            continue
        columns.append(connection.ops.quote_name(field.column))
        if field.column in values:
            expressions.append(str(values[field.column]))
        else:
            default = (
                timezone.now() if getattr(field, "auto_now_add", False) else field.get_default()
            )
            expressions.append("%s" if default is not None else "NULL")
            if default is not None:
                parameters.append(field.get_db_prep_save(default, connection))
    execute(
        f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) "
        f"SELECT {', '.join(expressions)} {source}",
        parameters,
    )


def execute(statement: str, parameters: Sequence[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def numbers(count: int) -> str:
    """A table of the numbers `n` from 1 on."""
    if connection.vendor == "postgresql":
        return f"generate_series(1, {count}) AS numbers(n)"
    return (
        f"(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {count}) "
        "SELECT n FROM c) AS numbers"
    )


def as_json(text: str) -> str:
    return f"CAST('{text}' AS {'jsonb' if connection.vendor == 'postgresql' else 'text'})"


def random_uuid() -> str:
    if connection.vendor == "postgresql":
        return "gen_random_uuid()"
    return "lower(hex(randomblob(16)))"
