"""Files of other tools and ours, from the door to the stored labels."""

import json

import pytest

from labelops.jobs.models import Job
from tasks.models import Annotation, Prediction
from tests.factories import make_image_item, make_instruction, make_project, make_team
from tests.tasks.formats import image, image_context, shapes_schema, write
from tests.tasks.imports import import_bytes

pytestmark = pytest.mark.django_db
BOX = {"box": [1, 2, 3.5, 4], "rotation": 0}


@pytest.fixture
def images():
    project = make_project(make_team(), item_type="image")
    # A schema has no skeleton without the tool that draws it.
    [control] = shapes_schema("box")["controls"]
    control.pop("skeleton")
    make_instruction(project, label_schema={"controls": [control]})
    make_image_item(project, external_id="birds/a.png")
    return project


@pytest.mark.parametrize(
    "name", ["jsonl", "json", "csv", "csv-raw", "parquet", "label-studio", "coco"]
)
def test_labels_of_our_own_export_are_stored_again(images, name):
    made = [image("birds/a.png", [BOX], 64, 48), image("birds/unknown.png", [BOX], 64, 48)]
    content, _written = write(name, made, image_context("box"))
    job = import_bytes(images, content, labels="annotations")
    assert (job.state, job.result["labels_added"]) == (Job.State.DONE, 1)
    assert [(error["code"], error["row"]) for error in job.errors] == [
        ("unknown_item", 3 if name.startswith("csv") else 2)
    ]
    [stored] = Annotation.objects.get().answer["objects"]
    assert stored["box"] == pytest.approx(BOX["box"])
    again = import_bytes(images, content, labels="annotations")
    assert again.result["labels_unchanged"] == 1


def test_annotations_and_predictions_become_what_they_are(images):
    value = {"x": 10, "y": 10, "width": 10, "height": 10, "rectanglelabels": ["car"]}
    result = {"id": "x", "type": "rectanglelabels", "from_name": "tag", "value": value}
    task = {
        "id": 7,
        "data": {"image": "/data/upload/1/0a1b2c3d-a.png"},
        "annotations": [{"result": [result], "completed_by": {"email": "ana@example.org"}}],
        "predictions": [{"result": [result], "model_version": "v2", "score": 0.5}],
    }
    make_image_item(images, external_id="a.png")
    import_bytes(images, json.dumps([task]).encode(), labels="annotations")
    annotation, prediction = Annotation.objects.get(), Prediction.objects.get()
    assert annotation.author.username == "ana@example.org"
    assert prediction.model_version.version == "v2"
    assert annotation.answer["objects"][0]["box"] == prediction.answer["objects"][0]["box"]
