"""What the slice finder reads of pictures and drawn labels."""

import numpy as np
import pytest

from datasets.analysis.conditions import BELOW, IS, Condition
from datasets.analysis.predicates import SUPPORT
from datasets.models import Evaluation
from datasets.reports.condition_words import sentences_of
from datasets.services import slice_inputs
from datasets.services.outcomes import entries_of
from datasets.services.slice_columns import predicates_of_inputs
from tasks.models import Item, Task
from tests.datasets.evaluating import make_evaluation
from tests.datasets.freezing import freeze
from tests.factories import (
    make_batch,
    make_image_item,
    make_instruction,
    make_model_version,
    make_prediction,
    make_project,
    settle,
)

pytestmark = pytest.mark.django_db
COUNT = 48
SCHEMA = {
    "controls": [
        {
            "name": "objects",
            "type": "shapes",
            "title": "Objects",
            "labels": [{"value": "car", "title": "Car"}],
        }
    ]
}


@pytest.fixture
def evaluation(team):
    """Of as many dark as bright pictures; the dark ones have one object, the others three."""
    project = make_project(team, slug="streets", item_type="image")
    make_instruction(project, label_schema=SCHEMA)
    batch, model = make_batch(project, team, overlap=1), make_model_version(project)
    keys = [make_image_item(project, color=color).media_key for color in ("#222", "#ddd")]
    Item.objects.filter(media_key__in=keys).delete()
    for number in range(COUNT):
        item = Item.objects.create(
            project=project,
            external_id=f"i{number}",
            data={"n": number},
            media_key=keys[number % 2],
            width=64,
            height=48,
        )
        boxes = [
            {"id": f"o{at}", "label": "car", "box": [0, 0, 30 + at, 5 + number // 4], "rotation": 0}
            for at in range(1 + number % 2 * 2)
        ]
        settle(Task.objects.create(batch=batch, item=item), {"objects": boxes})
        make_prediction(model, item, "", answer={"objects": []})
    return make_evaluation(
        freeze(project), model, kind=Evaluation.Kind.OBJECTS, control="objects", classes=["car"]
    )


def test_light_and_objects_become_conditions(evaluation, monkeypatch):
    ids = np.array(entries_of(evaluation).order_by("item").values_list("item", flat=True))
    counted = []

    def found():
        pictures = slice_inputs.pictures_of(evaluation.project, ids)
        predicates = predicates_of_inputs(
            evaluation, ids, pictures, tick=counted.append, beat=lambda: None
        )
        return {(each.condition.field, *each.condition.values): each.mask for each in predicates}

    is_dark = np.arange(COUNT) % 2 == 0
    masks = found()
    assert sum(counted) == COUNT
    assert (masks["object_count", "1"] == is_dark).all()
    assert (masks["object_count", "3"] == ~is_dark).all()
    dark, bright = (("brightness", value) for value in ("13.3", "86.7"))
    assert (masks[dark] == is_dark).all()
    assert (masks[bright] == ~is_dark).all()
    assert masks["shortest_side", 10].sum() in (20, 28)
    # One colour has neither edges nor contrast: no two sides to tell apart.
    assert {field for field, *_values in masks} == {"object_count", "shortest_side", "brightness"}
    # Of very many pictures some are read; that others were not is no condition.
    monkeypatch.setattr(slice_inputs, "PICTURES_MOST", COUNT // 2 + 18)
    few = found()
    assert {field for field, *_values in few} <= {field for field, *_values in masks}
    light = [mask for (field, *_values), mask in few.items() if field == "brightness"]
    assert light
    assert all(SUPPORT <= mask.sum() < COUNT // 2 + 18 for mask in light)
    # A picture that cannot be read is neither dark nor bright.
    Item.objects.update(media_key="items/gone")
    assert {field for field, *_values in found()} == {"object_count", "shortest_side"}
    conditions = [Condition("brightness", BELOW, (20,)), Condition("object_count", IS, ("3",))]
    (sentence,) = sentences_of(evaluation.project, [conditions])
    assert sentence == "brightness of the picture under 20 and number of objects is “3”"
