"""A project that asks for shapes, and its accepted labels, for tests of crops."""

from reviews.models import Consensus
from reviews.services import consensus, crop_objects
from tasks.kinds.objects import fingerprint
from tests.factories import (
    make_annotation,
    make_image_item,
    make_instruction,
    make_project,
    make_task,
    settle,
)

FISH = {
    "controls": [
        {
            "name": "fish",
            "type": "shapes",
            "title": "Mark every fish",
            "required": False,
            "tools": ["box", "polygon", "polyline", "keypoint"],
            "skeleton": {"names": ["head", "tail"], "edges": [[0, 1]]},
            "labels": [
                {"value": "pike", "title": "Pike", "key": "1", "color": "#1971c2"},
                {"value": "carp", "title": "Carp", "key": "2", "color": "#e8590c"},
            ],
        }
    ]
}


def make_fish_project(*teams):
    project = make_project(*teams, item_type="image")
    make_instruction(project, label_schema=FISH)
    return project


def box(label, number):
    """A box of that class; the number is its place and its id."""
    return {
        "id": f"o{number}",
        "label": label,
        "box": [10 * number, 10, 8, 8],
        "rotation": 0,
        "attributes": {},
    }


def make_fish(batch, author, *labels, risk=None, item=None):
    """An accepted label with one box a class named."""
    task = make_task(batch, item)
    answer = {"fish": [box(label, number) for number, label in enumerate(labels)]}
    make_annotation(task, author, answer)
    consensus.assess(task.pk)
    if risk is not None:
        Consensus.objects.filter(task=task).update(risk=risk)
    task.refresh_from_db()
    return task


def crop(task, number):
    """The name of the crop of an object of the stored label."""
    return crop_objects.name_of(task, fingerprint(task.result_answer["fish"][number]))


def crop_ids(batch, others):
    """The parameters of a crop's address; `others` are the answers to the other questions."""
    pike = box("pike", 1)
    task = make_task(batch, make_image_item(batch.project))
    settle(task, {**others, "fish": [pike]})
    return {"crop_task": task.public_id, "crop_fingerprint": fingerprint(pike)}
