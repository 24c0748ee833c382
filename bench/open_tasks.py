"""Makes a project with very many open tasks; run inside Django by engine.py."""

from typing import Any

from bench import rows
from labelops.accounts.models import Role
from tasks.models import BatchTally

CLASSES = ("robin", "wren")


def make(task_count: int, people_count: int, overlap: int, name: str) -> dict[str, Any]:
    """The batch's id and one session a person."""
    team, people = rows.make_people(name, [Role.ANNOTATOR] * people_count)
    project = rows.make_project(name, team, people[0], CLASSES)
    batch = rows.make_batch(project, name, overlap=overlap, review_percent=5)
    rows.insert_tasks(batch, task_count, labels_missing=overlap)
    rows.insert_slots(batch, overlap)
    rows.execute("ANALYZE")
    BatchTally.objects.create(batch=batch, pending_count=task_count)
    return {"batch": batch.pk, "sessions": [rows.open_session(person) for person in people]}
