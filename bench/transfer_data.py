"""Makes projects to import into and to export from; run inside Django by transfers.py."""

from typing import Any

from bench import rows
from labelops.accounts.models import Role
from tasks.models import InstructionVersion, Item, Project, Task

CLASSES = ("robin", "wren")
SIZE = 1_000


def project(name: str, seed: int) -> int:
    team, [manager] = rows.make_people(name, [Role.MANAGER])
    return rows.make_project(name, team, manager, CLASSES).pk


def labels(name: str, seed: int) -> int:
    """A stored label for each item that is there."""
    made = Project.objects.get(slug=name)
    batch = rows.make_batch(made, "all", overlap=1, review_percent=0)
    rows.insert(
        Task,
        {
            "batch_id": batch.pk,
            "item_id": "item.id",
            "public_id": rows.random_uuid(),
            "state": "'accepted'",
            "result_answer": "jsonb_build_object('bird', 'robin')",
            "result_source": "'vote'",
        },
        f"FROM tasks_item item WHERE item.project_id = {made.pk} ORDER BY item.id",
    )
    rows.execute("VACUUM ANALYZE")
    return Task.objects.filter(batch=batch).count()


def boxes(name: str, count: int, each: int, seed: int) -> int:
    """Images, of which only the size is there, with so many boxes each."""
    team, [manager] = rows.make_people(name, [Role.MANAGER])
    made = rows.make_project(name, team, manager, CLASSES)
    Project.objects.filter(pk=made.pk).update(item_type="image")
    control: dict[str, Any] = {
        "name": "objects",
        "type": "shapes",
        "title": "Mark the birds",
        "tools": ["box"],
        "labels": [{"value": value, "title": value} for value in CLASSES],
    }
    InstructionVersion.objects.filter(project=made).update(label_schema={"controls": [control]})
    batch = rows.make_batch(made, "all", overlap=1, review_percent=0)
    shapes = (
        "jsonb_build_object('objects', (SELECT jsonb_agg(jsonb_build_object('id', 'o' || k, "
        "'label', 'robin', 'box', jsonb_build_array(k * 10 + 0.5, k * 20, 100.25, 80))) "
        f"FROM generate_series(1, {each}) k))"
    )
    rows.insert_tasks(
        batch, count, state="'accepted'", result_answer=shapes, result_source="'vote'"
    )
    Item.objects.filter(project=made).update(width=SIZE, height=SIZE)
    rows.execute("VACUUM ANALYZE")
    return count
