"""An export that holds its images comes back as what it was, whatever the format of its labels."""

import io
import zipfile

import pytest

from labelops.media import storage
from tasks.formats import READERS, WRITERS, detect
from tasks.models import Annotation
from tests.factories import make_batch, make_image_item, make_instruction, make_project
from tests.tasks.formats import read, shapes_schema
from tests.tasks.imports import import_bytes
from tests.tasks.test_export_media import BUNDLED
from tests.tasks.test_export_service import exported, settled

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NAMES = ["cats/Tom.jpg", "../up.png", "plain.jpg"]
BOX = {"id": "o1", "label": "car", "box": [1, 2, 4, 4]}
FORMATS = [name for name in WRITERS if name != "conll"]


@pytest.fixture
def project(team):
    project = make_project(team, item_type="image")
    make_instruction(project, label_schema=shapes_schema("box"))
    batch = make_batch(project)
    for number, name in enumerate(NAMES):
        item = make_image_item(project, color=(9 * number, 0, 0), external_id=name)
        settled(batch, item, {"objects": [BOX] if number else []})
    return project


def contents(project):
    keys = project.items.values_list("external_id", "media_key")
    return {name: storage.path_of(key).read_bytes() for name, key in keys}


def boxes(answer):
    """What every format carries of the shapes; only some keep their ids."""
    return [(shape["label"], [round(edge, 6) for edge in shape["box"]]) for shape in answer]


@pytest.mark.parametrize("format_name", FORMATS)
def test_images_and_labels_come_back(project, team, format_name):
    content, _transfer = exported(project, format_name, choice=BUNDLED)
    other = make_project(team, item_type="image")
    make_instruction(other, label_schema=shapes_schema("box"))
    job = import_bytes(other, content, labels="annotations")
    assert (job.error_count, job.errors) == (0, [])
    assert contents(other) == contents(project)
    found = Annotation.objects.filter(task__batch__project=other)
    labels = {one.task.item.external_id: boxes(one.answer.get("objects", [])) for one in found}
    assert labels == {name: boxes([BOX]) if name != NAMES[0] else [] for name in NAMES}


@pytest.mark.parametrize("format_name", ["jsonl", "csv", "label-studio"])
def test_reading_goes_on_after_any_row(project, format_name):
    content, _transfer = exported(project, format_name, choice=BUNDLED)
    content = with_another_image(content)
    name = detect(io.BytesIO(content))
    assert name == "labels-zip"
    schema = shapes_schema("box")
    rows = [row for row in read(name, content, schema=schema) if hasattr(row, "external_id")]
    assert [row.external_id for row in rows][-1] == "more/another.png"
    assert READERS[name].has_images
    for place, row in enumerate(rows):
        rest = read(name, content, schema=schema, after=row.row)
        rest = [row.external_id for row in rest if hasattr(row, "external_id")]
        assert rest == [row.external_id for row in rows[place + 1 :]]


def with_another_image(content):
    stream = io.BytesIO(content)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("more/another.png", b"")
    return stream.getvalue()
