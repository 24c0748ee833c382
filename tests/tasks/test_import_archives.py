"""Labels of other tools through the whole import: items, labels, and what is refused."""

import pytest

from labelops.jobs.models import Job
from tasks.models import Annotation, Item
from tests.factories import make_image_bytes, make_instruction, make_project, make_team
from tests.tasks.format_reading import archive
from tests.tasks.formats import shapes_schema
from tests.tasks.imports import import_bytes

pytestmark = pytest.mark.django_db
SPANS = {"controls": [{"name": "entities", "type": "spans", "labels": [{"value": "PER"}]}]}
PICTURE = make_image_bytes((100, 50))
OBJECT = """<object><name>{}</name><bndbox><xmin>10</xmin><ymin>5</ymin><xmax>30</xmax>
<ymax>25</ymax></bndbox></object>"""
VOC = "<annotation><filename>{}.png</filename>" + OBJECT + "</annotation>"
BOX = '<box label="{}" xtl="10" ytl="5" xbr="30" ybr="25"/>'
CVAT = "<annotations>{}</annotations>"
IMAGE = '<image name="{}.png" width="100" height="50">' + BOX + "</image>"
FILES = {
    "yolo": {
        "data.yaml": "names: [car, tram]",
        "images/a.png": PICTURE,
        "labels/a.txt": "0 0.2 0.3 0.2 0.4",
        "images/b.png": make_image_bytes((99, 50)),
        "labels/b.txt": "1 0.2 0.3 0.2 0.4",
    },
    "voc": {
        "Annotations/a.xml": VOC.format("a", "car"),
        "JPEGImages/a.png": PICTURE,
        "Annotations/b.xml": VOC.format("b", "tram"),
        "JPEGImages/b.png": make_image_bytes((99, 50)),
    },
    "cvat": {
        "annotations.xml": CVAT.format(IMAGE.format("a", "car") + IMAGE.format("b", "tram")),
        "images/a.png": PICTURE,
        "images/b.png": make_image_bytes((99, 50)),
    },
}


def project_of(item_type, schema):
    project = make_project(make_team(), item_type=item_type)
    make_instruction(project, label_schema=schema)
    return project


@pytest.mark.parametrize("format_name", FILES)
def test_images_come_with_their_labels_and_unknown_classes_are_named(format_name):
    project = project_of("image", shapes_schema("box"))
    for added in (1, 0):
        job = import_bytes(project, archive(FILES[format_name]), labels="annotations")
        assert (job.state, job.transfer.format) == (Job.State.DONE, format_name)
        assert job.result.get("labels_added", 0) == added
        assert [error["code"] for error in job.errors] == ["unknown_label"]
    assert sorted(Item.objects.values_list("external_id", flat=True)) == ["a.png", "b.png"]
    [annotation] = Annotation.objects.all()
    [shape] = annotation.answer["objects"]
    assert (annotation.task.item.external_id, shape["label"]) == ("a.png", "car")
    assert shape["box"] == pytest.approx([10, 5, 20, 20])


def test_labels_alone_find_the_items_that_are_there_and_name_the_others():
    project = project_of("image", shapes_schema("box"))
    import_bytes(project, archive({"a.png": PICTURE}))
    labels = {name: text for name, text in FILES["yolo"].items() if not name.endswith(".png")}
    job = import_bytes(project, archive(labels), labels="annotations")
    assert (job.result["labels_added"], len(job.errors)) == (1, 1)
    assert Annotation.objects.get().task.item.external_id == "a.png"
    assert Item.objects.count() == 1


def test_texts_are_put_together_once_and_found_after_that():
    project = project_of("text", SPANS)
    import_bytes(project, b"id,text\nold,  Ana's cat\n")
    content = b"-DOCSTART- (old)\n\nAna B-PER\n' O\ns O\ncat O\n\n-DOCSTART-\n\nHi O\nBo B-PER\n\n"
    for added in (2, 0):
        job = import_bytes(project, content, labels="annotations", name="news.conll")
        assert (job.state, job.errors, job.result.get("labels_added", 0)) == ("done", [], added)
    found = {one.task.item.external_id: one.answer for one in Annotation.objects.all()}
    assert {
        name: span["text"] for name, answer in found.items() for span in answer["entities"]
    } == {
        "old": "Ana",
        "news-2": "Bo",
    }
    assert Item.objects.get(external_id="news-2").data == {"text": "Hi Bo"}
