"""Makes half a year's work of a large house and runs its jobs; run inside Django by board.py.

What the product counts by itself (sums by day and week, tallies) is made to agree in size with the
answers, not digit by digit: the pages read as many rows as they would.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Sum
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench import board_sums, rows
from bench.board_sums import BATCHES, CLASSES, DAYS, PEOPLE, STATES
from labelops.accounts.models import Role, Team, User
from labelops.accounts.services import tokens
from reviews.models import (
    BatchDay,
    BatchFigures,
    BatchForecast,
    ClassRollup,
    Consensus,
    CountedTask,
    ItemRollup,
    Measurement,
    PairRollup,
    PersonRollup,
    RollupState,
    TrustStanding,
    WorkDay,
)
from reviews.services import batch_figures, forecasts
from tasks.models import (
    Annotation,
    Assignment,
    Batch,
    BatchTally,
    LabelClass,
    Project,
    Task,
)

PROJECTS, TEAMS, PER_TEAM = 6, 8, 25
OPEN = 1_000
# Of eleven tasks one waits for its labels; the others have this many.
LABELS = 11
STATE = (
    "CASE WHEN mod(item.id, 11) = 0 THEN 'pending' "
    + " ".join(f"WHEN mod(item.id, 100) < {n} THEN '{state}'" for state, n in STATES.items())
    + " ELSE 'accepted' END"
)
DAYS_AGO = f"now() - mod(task.id * 7919, {DAYS * 1440}) * interval '1 minute'"
LABEL = f"'c' || mod(task.item_id, {CLASSES})"
# Where most rows go: their indexes are made when all are there.
LARGE = ("tasks_assignment", "tasks_annotation", "reviews_consensus")


def seed(tasks: int, number: int) -> dict[str, Any]:
    """So many tasks of eleven answers each, and what the product keeps of them."""
    people = _make_people()
    batches = _make_batches(people[0])
    with _unchecked():
        rows.execute("SELECT setseed(%s)", [(number % 1000) / 1000])
        for batch in batches:
            state = {
                "state": STATE,
                "labels_missing": f"CASE WHEN ({STATE}) = 'pending' THEN 2 ELSE 0 END",
            }
            rows.insert_tasks(batch, tasks // BATCHES, **state)
        with _indexed_afterwards():
            _fill_answers(people)
            _fill_consensus()
        _fill_decisions()
        board_sums.fill_sums()
        board_sums.fill_people(people[0])
        board_sums.fill_tallies()
    opened = rows.make_batch(
        batches[0].project, "open", overlap=1, review_percent=0, priority=Batch.Priority.EXPEDITE
    )
    rows.insert_tasks(opened, OPEN, labels_missing=1)
    rows.insert_slots(opened, 1)
    BatchTally.objects.create(batch=opened, pending_count=OPEN)
    RollupState.objects.bulk_create(
        RollupState(project=project, counted_at=timezone.now()) for project in Project.objects.all()
    )
    rows.execute("VACUUM ANALYZE")
    _token, secret = tokens.create_token(people[1], name="bench", scope="write", days=1)
    return {
        "session": rows.open_session(people[0]),
        "token": secret,
        "slug": batches[0].project.slug,
        "batch": batches[0].pk,
        "open": opened.pk,
        "person": people[10].pk,
        "team": Team.objects.order_by("pk")[2].pk,
        "rows": {model.__name__: _rows_of(model) for model in COUNTED},
    }


COUNTED = (
    *(Task, Assignment, Annotation, Consensus, Measurement, WorkDay, BatchDay),
    *(ItemRollup, ClassRollup, PersonRollup, PairRollup, BatchTally, TrustStanding),
)


def _rows_of(model: Any) -> int:
    return model._base_manager.count()


def run_jobs() -> dict[str, float]:
    """Seconds of both jobs over all batches, none of which has anything yet."""
    BatchFigures.objects.all().delete()
    BatchForecast.objects.all().delete()
    found: dict[str, float] = {}
    for name, work in {
        "figures of all batches, s": batch_figures.refresh_due,
        "forecasts of all batches, s": forecasts.refresh_outdated,
    }.items():
        started = time.monotonic()
        found["batches"] = work()
        found[name] = round(time.monotonic() - started, 2)
    return found


def settled(batch: int) -> int:
    """Tasks that the board counts as accepted or as waiting for a reviewer."""
    sums = BatchTally.objects.filter(batch=batch).aggregate(
        accepted=Sum("accepted_count"), in_review=Sum("in_review_count")
    )
    return sums["accepted"] + sums["in_review"]


def statements(path: str, session: str) -> int:
    """How many a page takes, those of the session and the person included."""
    client = Client(headers={"host": settings.ALLOWED_HOSTS[0]})
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    with CaptureQueriesContext(connection) as caught:
        assert client.get(path).status_code == 200, path
    return len(caught)


def _make_people() -> list[User]:
    """Eight teams; the first person looks at the board, the second labels over the API."""
    people: list[User] = []
    for number in range(TEAMS):
        roles = [Role.ANNOTATOR] * PER_TEAM
        if number == 0:
            roles[:2] = [Role.MANAGER, Role.EXPERT]
        people += rows.make_people(f"team{number}", roles)[1]
    Team.objects.filter(pk__gt=Team.objects.earliest("pk").pk + TEAMS // 2).update(region="apac")
    return people


def _make_batches(manager: User) -> list[Batch]:
    teams = list(Team.objects.order_by("pk"))
    classes = [f"c{place}" for place in range(CLASSES)]
    made = []
    for number in range(PROJECTS):
        project = rows.make_project(f"project{number}", teams[0], manager, classes)
        project.teams.set(teams)
        made.append(project)
    return [
        rows.make_batch(
            made[number % PROJECTS],
            f"batch {number}",
            overlap=LABELS,
            review_percent=10,
            accuracy_percent=90,
            due_at=timezone.now() + timedelta(days=10 + number),
            started_at=timezone.now() - timedelta(days=DAYS),
        )
        for number in range(BATCHES)
    ]


@contextmanager
def _unchecked() -> Iterator[None]:
    """No triggers, those of foreign keys included."""
    rows.execute("SET session_replication_role = replica")
    yield
    rows.execute("SET session_replication_role = DEFAULT")


@contextmanager
def _indexed_afterwards() -> Iterator[None]:
    """Without the indexes of the largest tables that no constraint owns, until they are filled."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND NOT EXISTS "
            "(SELECT 1 FROM pg_constraint WHERE conname = indexname)",
            [list(LARGE)],
        )
        found = cursor.fetchall()
    for name, _definition in found:
        rows.execute(f'DROP INDEX "{name}"')
    yield
    rows.execute("SET maintenance_work_mem = '1GB'")
    for _name, definition in found:
        rows.execute(definition)


def _fill_answers(people: list[User]) -> None:
    """Eleven people's answers of each task that does not wait; judged where an expert looked."""
    ids = ", ".join(str(person.pk) for person in people)
    rows.insert(
        Assignment,
        {
            "public_id": rows.random_uuid(),
            "batch_id": "task.batch_id",
            "task_id": "task.id",
            "slot": "n",
            "state": "'submitted'",
            "annotator_id": f"(ARRAY[{ids}])[1 + mod(task.id * 7 + n * 3, {PEOPLE})]",
            "ended_at": "now()",
        },
        f"FROM tasks_task task CROSS JOIN {rows.numbers(LABELS)} "
        "WHERE task.state <> 'pending' ORDER BY task.id, n",
    )
    other = f"'c' || floor(random() * {CLASSES})::int"
    given = f"CASE WHEN random() < 0.9 THEN {LABEL} ELSE {other} END"
    rows.insert(
        Annotation,
        {
            "task_id": "slot.task_id",
            "author_id": "slot.annotator_id",
            "assignment_id": "slot.id",
            "instruction_version_id": "version.id",
            "answer": f"jsonb_build_object('bird', {given})",
            "state": (
                "CASE WHEN task.state <> 'accepted' OR mod(task.id, 10) > 0 THEN 'submitted' "
                "WHEN random() < 0.93 THEN 'accepted' WHEN random() < 0.9 THEN 'fixed' "
                "ELSE 'rejected' END"
            ),
            "active_ms": "(2000 + 8000 * random())::int",
            "submitted_at": DAYS_AGO,
        },
        "FROM tasks_assignment slot JOIN tasks_task task ON task.id = slot.task_id "
        "JOIN tasks_batch batch ON batch.id = slot.batch_id "
        "JOIN tasks_instructionversion version ON version.project_id = batch.project_id "
        "ORDER BY slot.id",
    )
    rows.insert(
        Assignment,
        {
            "public_id": rows.random_uuid(),
            "batch_id": "task.batch_id",
            "task_id": "task.id",
            "slot": "n",
        },
        f"FROM tasks_task task CROSS JOIN {rows.numbers(2)} "
        "WHERE task.state = 'pending' ORDER BY task.id, n",
    )


def _fill_consensus() -> None:
    answer = f"jsonb_build_object('bird', {LABEL})"
    rows.insert(
        Consensus,
        {
            "task_id": "task.id",
            "batch_id": "task.batch_id",
            "project_id": "batch.project_id",
            "label": LABEL,
            "answer": answer,
            "voted": answer,
            "method": "'majority'",
            "annotation_count": LABELS,
            "confidence": "0.9",
            "agreement": "CASE WHEN random() < 0.2 THEN 1 ELSE 0.5 + random() / 2 END",
            "is_tie": "mod(task.id, 97) = 0",
            "p_wrong": "random()",
            "risk": "random()",
            "draw": "random()",
            "standing": (
                "CASE WHEN task.state <> 'accepted' OR mod(task.id, 10) > 0 THEN 'undecided' "
                "WHEN mod(task.id, 20) = 0 THEN 'sampled' ELSE 'decided' END"
            ),
            "was_wrong": "CASE WHEN task.state = 'accepted' AND mod(task.id, 10) = 0 "
            "THEN mod(task.id, 30) = 0 END",
            "computed_at": "now()",
        },
        "FROM tasks_task task JOIN tasks_batch batch ON batch.id = task.batch_id "
        "WHERE task.state <> 'pending' ORDER BY task.id",
    )


def _fill_decisions() -> None:
    """What experts decided, what it measured, and what each task was counted as."""
    of_task = "FROM tasks_task task JOIN tasks_batch batch ON batch.id = task.batch_id WHERE "
    rows.execute(
        f"UPDATE tasks_task task SET result_answer = jsonb_build_object('bird', {LABEL}), "
        f"result_source = 'vote', result_revision = 1, settled_at = {DAYS_AGO}, "
        f"labels_complete_at = {DAYS_AGO} WHERE state NOT IN ('pending', 'labeling')"
    )
    rows.insert(
        LabelClass,
        {
            "project_id": "batch.project_id",
            "task_id": "task.id",
            "control": "'bird'",
            "value": LABEL,
        },
        f"{of_task} task.state = 'accepted'",
    )
    rows.insert(
        CountedTask,
        {
            "task_id": "task.id",
            "batch_id": "task.batch_id",
            "week": f"date_trunc('week', {DAYS_AGO})::date",
            "facts": "'{}'::jsonb",
        },
        f"{of_task} task.state <> 'pending'",
    )
    rows.insert(
        Measurement,
        {
            "project_id": "batch.project_id",
            "person_id": "made.author_id",
            "annotation_id": "made.id",
            "source": "'audit'",
            "is_right": f"made.answer->>'bird' = {LABEL}",
            "score": "1",
            "expected": LABEL,
            "given": "made.answer->>'bird'",
            "measured_at": "made.submitted_at",
        },
        "FROM tasks_annotation made JOIN tasks_task task ON task.id = made.task_id "
        "JOIN tasks_batch batch ON batch.id = task.batch_id "
        "WHERE task.state = 'accepted' AND mod(task.id, 20) = 0 ORDER BY made.id",
    )
