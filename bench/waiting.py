"""Makes very much work for the review desk and times its queue; run inside Django.

Rows are made by the database itself. review_queue.py runs it on a server of its own.
"""

import random
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench import rows
from bench.timing import timed
from labelops.accounts.models import Role, User
from reviews.models import Consensus
from reviews.reports.desk_home import queue_filters, waiting_by_project
from reviews.services import queue
from tasks.models import Batch, BatchTally, Project
from tasks.services import assignments

CLASSES = ("robin", "wren")
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
        "next_review": counted(serve),
        "next_review of a project": counted(lambda: serve(project=project)),
        "waiting_by_project": counted(lambda: waiting_by_project(expert)),
        "queue_filters": counted(lambda: queue_filters(expert, project)),
    }


def counted(work: Callable[[], Any]) -> dict[str, float]:
    with CaptureQueriesContext(connection) as captured:
        work()
    return timed(work, TIMES) | {"statements": len(captured)}


def make(labels: int, waiting: int) -> tuple[User, list[Project]]:
    """An expert, and projects with so many assessed labels in all, of which so many wait."""
    team, people = rows.make_people("queue", [Role.EXPERT, *[Role.ANNOTATOR] * AUTHORS])
    expert, *authors = people
    projects = [
        rows.make_project(f"queue-{number}", team, expert, CLASSES) for number in range(PROJECTS)
    ]
    for project in projects:
        _fill(project, authors[0].pk, labels // PROJECTS, waiting // PROJECTS)
    rows.execute("ANALYZE")
    return expert, projects


def _fill(project: Project, first: int, labels: int, waiting: int) -> None:
    """Every answer has its author, counted through; the waiting ones are spread over the labels."""
    batch = rows.make_batch(project, project.name, overlap=OVERLAP, review_percent=5)
    BatchTally.objects.create(batch=batch, in_review_count=waiting, accepted_count=labels - waiting)
    every = labels // waiting
    is_waiting = f"mod(task.id, {every}) = 0"
    # Of a hundred waiting tasks the first ones are of another kind.
    place = f"mod(task.id / {every}, 100)"
    adjudicated = f"{is_waiting} AND {place} < {ADJUDICATION_PERCENT}"
    rows.insert_tasks(batch, labels, state="'accepted'")
    rows.execute(
        f"UPDATE tasks_task task SET state = CASE WHEN {adjudicated} THEN 'in_adjudication' "
        f"ELSE 'in_review' END WHERE {is_waiting} AND task.batch_id = {batch.pk}"
    )
    rows.insert_slots(
        batch,
        OVERLAP,
        state="'submitted'",
        annotator_id=f"{first} + mod(task.id * {OVERLAP} + n, {AUTHORS})",
        instruction_version_id=project.instruction_versions.get().pk,
        ended_at="now()",
    )
    answer = rows.as_json('{"bird": "robin"}')
    rows.insert_annotations(batch, answer=answer)
    rows.insert_slots(
        batch,
        1,
        where=is_waiting,
        round=f"CASE WHEN {place} BETWEEN {ADJUDICATION_PERCENT} AND "
        f"{ADJUDICATION_PERCENT + AGAIN_PERCENT - 1} THEN 2 ELSE 1 END",
        stage=f"CASE WHEN {adjudicated} THEN 'adjudicate' ELSE 'review' END",
        precedence="1",
    )
    _assess(batch, answer)


def _assess(batch: Batch, answer: str) -> None:
    rows.insert(
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
        f"FROM tasks_task task WHERE task.batch_id = {batch.pk} ORDER BY random()",
    )
