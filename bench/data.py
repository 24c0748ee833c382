"""Makes a project with very many open tasks; run inside Django by engine.py.

Rows are made by the database itself. Every column that is not named here gets the default of its
model, so that a new column cannot be forgotten.
"""

from datetime import timedelta
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, models
from django.utils import timezone

from labelops.accounts.models import Membership, Role, Team, User
from tasks.models import Assignment, Batch, BatchTally, InstructionVersion, Item, Project, Task

SCHEMA = {
    "controls": [
        {
            "name": "bird",
            "type": "choice",
            "title": "Which bird?",
            "required": True,
            "multiple": False,
            "options": [{"value": "robin", "title": "Robin"}, {"value": "wren", "title": "Wren"}],
        }
    ]
}
RANDOM_UUID = {
    "postgresql": "gen_random_uuid()",
    "sqlite": "lower(hex(randomblob(16)))",
}


def make(task_count: int, people_count: int, overlap: int, name: str) -> dict[str, Any]:
    """The batch's id and one session a person."""
    people = _people(people_count, name)
    project = Project.objects.create(
        slug=name, name=name, item_type="text", created_by=people[0], purpose="benchmark"
    )
    team = Team.objects.get(name=name)
    project.teams.add(team)
    InstructionVersion.objects.create(
        project=project,
        number=1,
        state="published",
        blocks=[{"id": "b1", "kind": "goal", "title": "", "body": "Choose.", "classes": []}],
        label_schema=SCHEMA,
        author=people[0],
        published_at=timezone.now(),
    )
    batch = Batch.objects.create(
        project=project,
        name=name,
        overlap=overlap,
        review_percent=5,
        state=Batch.State.RUNNING,
        created_by=people[0],
    )
    batch.teams.add(team)
    _rows(project, batch, task_count, overlap)
    BatchTally.objects.create(batch=batch, pending_count=task_count)
    return {"batch": batch.pk, "sessions": [open_session(person) for person in people]}


def _people(count: int, name: str) -> list[User]:
    team = Team.objects.create(name=name, kind=Team.Kind.IN_HOUSE)
    people = User.objects.bulk_create(
        User(username=f"{name}-{number}", is_simulated=True) for number in range(count)
    )
    Membership.objects.bulk_create(
        Membership(user=person, team=team, role=Role.ANNOTATOR) for person in people
    )
    return people


def open_session(person: User) -> str:
    """The key of a new session, as a login makes it."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "labelops.accounts.backends.TeamGateBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.set_expiry(timedelta(days=1))
    session.create()
    return str(session.session_key)


def _rows(project: Project, batch: Batch, count: int, overlap: int) -> None:
    vendor = connection.vendor
    uuid = RANDOM_UUID[vendor]
    numbers = (
        "generate_series(1, %d) AS numbers(n)"
        if vendor == "postgresql"
        else "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %d) "
        "SELECT n FROM c) AS numbers"
    )
    text = 'CAST(\'{"text": "A small bird."}\' AS ' + (
        "jsonb)" if vendor == "postgresql" else "text)"
    )
    prefix = f"'{batch.pk}-' || n"
    with connection.cursor() as cursor:
        insert(
            cursor,
            Item,
            {"project_id": project.pk, "external_id": prefix, "data": text, "public_id": uuid},
            f"FROM {numbers % count}",
        )
        insert(
            cursor,
            Task,
            {
                "batch_id": batch.pk,
                "item_id": "item.id",
                "public_id": uuid,
                "labels_missing": overlap,
            },
            f"FROM tasks_item item WHERE item.project_id = {project.pk} ORDER BY item.id",
        )
        insert(
            cursor,
            Assignment,
            {"batch_id": batch.pk, "task_id": "task.id", "slot": "n", "public_id": uuid},
            f"FROM tasks_task task CROSS JOIN {numbers % overlap} "
            f"WHERE task.batch_id = {batch.pk} ORDER BY task.id, n",
        )
        cursor.execute("ANALYZE")


def insert(cursor: Any, model: type[models.Model], values: dict[str, Any], source: str) -> None:
    columns, expressions, parameters = [], [], []
    for field in model._meta.concrete_fields:
        if field.primary_key:
            continue
        columns.append(field.column)
        if field.column in values:
            expressions.append(str(values[field.column]))
        else:
            default = (
                timezone.now() if getattr(field, "auto_now_add", False) else field.get_default()
            )
            expressions.append("%s" if default is not None else "NULL")
            if default is not None:
                parameters.append(field.get_db_prep_save(default, connection))
    cursor.execute(
        f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) "
        f"SELECT {', '.join(expressions)} {source}",
        parameters,
    )
