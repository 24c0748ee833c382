"""Makes very much work for the review desk and times its queue; run inside Django.

Rows are made by the database itself. review_queue.py runs it on a server of its own.
"""

import random
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench.data import RANDOM_UUID, SCHEMA, insert
from labelops.accounts.models import Membership, Role, Team, User
from reviews.models import Consensus
from reviews.reports.desk_home import queue_filters, waiting_by_project
from reviews.services import queue
from tasks.models import (
    Annotation,
    Assignment,
    Batch,
    BatchTally,
    InstructionVersion,
    Item,
    Project,
    Task,
)
from tasks.services import assignments

PROJECTS = 4
AUTHORS = 50
OVERLAP = 2
# Of a hundred waiting reviews so many are of another round, and so many an adjudication.
AGAIN_PERCENT = 1
ADJUDICATION_PERCENT = 1
TIMES = 30
SEED = 20261127


def measure(labels: int, waiting: int) -> dict[str, Any]:
    """Milliseconds (median, worst) and statements of what a reviewer waits for."""
    expert, projects = make(labels, waiting)
    rng = random.Random(SEED)
    project = projects[0]

    def serve(**over: Any) -> None:
        held = queue.next_review(expert, is_required=True, rng=rng, **over)
        assert held is not None
        assignments.release(held, by=expert)

    return {
        "labels": labels,
        "waiting": waiting,
        # Each is given back, which takes some of the time.
        "next_review": timed(serve),
        "next_review of a project": timed(lambda: serve(project=project)),
        "waiting_by_project": timed(lambda: waiting_by_project(expert)),
        "queue_filters": timed(lambda: queue_filters(expert, project)),
    }


def timed(work: Callable[[], Any]) -> dict[str, float]:
    with CaptureQueriesContext(connection) as captured:
        work()
    taken = []
    for _ in range(TIMES):
        start = time.perf_counter()
        work()
        taken.append(1_000 * (time.perf_counter() - start))
    return {
        "median_ms": round(median(taken), 1),
        "worst_ms": round(max(taken), 1),
        "statements": len(captured),
    }


def make(labels: int, waiting: int) -> tuple[User, list[Project]]:
    """An expert, and projects with so many assessed labels in all, of which so many wait."""
    team = Team.objects.create(name="queue", kind=Team.Kind.IN_HOUSE)
    people = User.objects.bulk_create(
        User(username=f"queue-{number}", is_simulated=True) for number in range(AUTHORS + 1)
    )
    expert, *authors = people
    Membership.objects.create(user=expert, team=team, role=Role.EXPERT)
    Membership.objects.bulk_create(
        Membership(user=person, team=team, role=Role.ANNOTATOR) for person in authors
    )
    projects = [
        _project(f"queue-{number}", team, expert, authors, labels // PROJECTS, waiting // PROJECTS)
        for number in range(PROJECTS)
    ]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return expert, projects


def _project(
    name: str, team: Team, by: User, authors: list[User], labels: int, waiting: int
) -> Project:
    project = Project.objects.create(
        slug=name, name=name, item_type="text", created_by=by, purpose="benchmark"
    )
    project.teams.add(team)
    version = InstructionVersion.objects.create(
        project=project,
        number=1,
        state="published",
        blocks=[],
        label_schema=SCHEMA,
        author=by,
        published_at=timezone.now(),
    )
    batch = Batch.objects.create(
        project=project,
        name=name,
        overlap=OVERLAP,
        review_percent=5,
        state=Batch.State.RUNNING,
        created_by=by,
    )
    batch.teams.add(team)
    BatchTally.objects.create(batch=batch, in_review_count=waiting, accepted_count=labels - waiting)
    _rows(batch, version, authors[0].pk, labels, waiting)
    return project


def _rows(batch: Batch, version: InstructionVersion, first: int, labels: int, waiting: int) -> None:
    """Every answer has its author, counted through; the waiting ones are spread over the labels."""
    uuid = RANDOM_UUID["postgresql"]
    answer = '\'{"bird": "robin"}\'::jsonb'
    every = labels // waiting
    is_waiting = f"mod(task.id, {every}) = 0"
    # Of a hundred waiting tasks the first ones are of another kind.
    place = f"mod(task.id / {every}, 100)"
    adjudicated = f"{is_waiting} AND {place} < {ADJUDICATION_PERCENT}"
    of_batch = f"task.batch_id = {batch.pk}"
    numbers = f"generate_series(1, {labels}) AS numbers(n)"
    answers = f"CROSS JOIN generate_series(1, {OVERLAP}) AS numbers(n)"
    person = f"{first} + mod(task.id * {OVERLAP} + n, {AUTHORS})"
    with connection.cursor() as cursor:
        insert(
            cursor,
            Item,
            {
                "project_id": batch.project_id,
                "external_id": f"'{batch.pk}-' || n",
                "data": '\'{"text": "A small bird."}\'::jsonb',
                "public_id": uuid,
            },
            f"FROM {numbers}",
        )
        insert(
            cursor,
            Task,
            {"batch_id": batch.pk, "item_id": "item.id", "public_id": uuid, "state": "'accepted'"},
            f"FROM tasks_item item WHERE item.project_id = {batch.project_id} ORDER BY item.id",
        )
        cursor.execute(
            f"UPDATE tasks_task task SET state = CASE WHEN {adjudicated} THEN 'in_adjudication' "
            f"ELSE 'in_review' END WHERE {is_waiting} AND {of_batch}"
        )
        insert(
            cursor,
            Assignment,
            {
                "batch_id": batch.pk,
                "task_id": "task.id",
                "slot": "n",
                "public_id": uuid,
                "state": "'submitted'",
                "annotator_id": person,
                "instruction_version_id": version.pk,
                "ended_at": "now()",
            },
            f"FROM tasks_task task {answers} WHERE {of_batch}",
        )
        insert(
            cursor,
            Annotation,
            {
                "task_id": "held.task_id",
                "author_id": "held.annotator_id",
                "assignment_id": "held.id",
                "instruction_version_id": version.pk,
                "answer": answer,
                "submitted_at": "now()",
            },
            f"FROM tasks_assignment held WHERE held.batch_id = {batch.pk}",
        )
        insert(
            cursor,
            Assignment,
            {
                "batch_id": batch.pk,
                "task_id": "task.id",
                "slot": "1",
                "round": f"CASE WHEN {place} BETWEEN {ADJUDICATION_PERCENT} AND "
                f"{ADJUDICATION_PERCENT + AGAIN_PERCENT - 1} THEN 2 ELSE 1 END",
                "stage": f"CASE WHEN {adjudicated} THEN 'adjudicate' ELSE 'review' END",
                "precedence": "1",
                "public_id": uuid,
            },
            f"FROM tasks_task task WHERE {of_batch} AND {is_waiting}",
        )
        insert(
            cursor,
            Consensus,
            {
                "task_id": "task.id",
                "batch_id": batch.pk,
                "project_id": batch.project_id,
                "label": "'robin'",
                "answer": answer,
                "voted": answer,
                "method": "'vote'",
                "annotation_count": OVERLAP,
                "p_wrong": "random()",
                "risk": "random()",
                "draw": "random()",
                "computed_at": "now()",
            },
            f"FROM tasks_task task WHERE {of_batch} ORDER BY random()",
        )
