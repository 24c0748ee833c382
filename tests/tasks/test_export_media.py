"""Exports with their images: a ZIP whose names lead from labels to images and back to items."""

import io
import json
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labelops.accounts.models import Role
from labelops.errors import DomainError
from labelops.media import storage
from tasks.formats import WRITERS, bundle, zip_writing
from tasks.formats.zip_writing import ZipWriter
from tasks.models import Transfer
from tasks.services import export_files, export_records
from tasks.services.export_choices import ExportChoice, Labels, Media
from tests.factories import (
    make_annotation,
    make_batch,
    make_image_item,
    make_instruction,
    make_member,
    make_project,
    make_published_project,
    make_task,
)
from tests.tasks.formats import image, image_context, shapes_schema
from tests.tasks.test_export_service import begin, exported, settled
from tests.tasks.test_formats_memory import Nowhere

pytestmark = pytest.mark.django_db
BUNDLED = ExportChoice(media=Media.BUNDLED)
NAMES = ["cats/Tom.jpg", "cats_tom.jpg", "../up.png", "plain.jpg.", "plain.jpg"]
BOX = {"id": "o1", "label": "car", "box": [0, 0, 4, 4]}


@pytest.fixture
def mei(team):
    return make_member(team, Role.MANAGER)


@pytest.fixture
def project(team, mei):
    """An image of its own colour for each name, and a second label of the first."""
    project = make_project(team, item_type="image", created_by=mei)
    make_instruction(project, label_schema=shapes_schema("box"))
    batch = make_batch(project, name="first")
    for number, name in enumerate(NAMES):
        data = {"split": "val"} if number == 2 else {}
        item = make_image_item(project, color=(9 * number, 0, 0), external_id=name, data=data)
        settled(batch, item, {"objects": [BOX]})
    settled(make_batch(project), project.items.get(external_id=NAMES[0]), {"objects": []})
    return project


def opened(project, format_name="jsonl", choice=BUNDLED):
    content, transfer = exported(project, format_name, choice=choice)
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert archive.testzip() is None
    assert len(set(map(str.casefold, archive.namelist()))) == len(archive.namelist())
    return archive, transfer


def original(project, name):
    return storage.path_of(project.items.get(external_id=name).media_key).read_bytes()


def ways_back(archive):
    return [json.loads(line) for line in archive.read("items.jsonl").splitlines()]


def images(archive, folder="images/"):
    return [entry for entry in archive.infolist() if entry.filename.startswith(folder)]


def test_labels_lead_to_their_images_and_images_to_their_items(project):
    archive, transfer = opened(project)
    labels = [json.loads(line) for line in archive.read("labels.jsonl").splitlines()]
    assert [label["item"] for label in labels] == [*NAMES, NAMES[0]]
    for label in labels:
        assert archive.read(label["file"]) == original(project, label["item"])
    found = images(archive)
    assert {entry.compress_type for entry in found} == {zipfile.ZIP_STORED}
    assert [line["file"] for line in ways_back(archive)] == [one.filename for one in found]
    assert [line["item"] for line in ways_back(archive)] == NAMES
    assert ways_back(archive)[2]["split"] == "val"
    assert transfer.file_name.endswith(".zip")
    manifest = transfer.manifest
    assert (manifest["media"], manifest["names"]) == ("bundled", "items.jsonl")
    assert (manifest["count"], manifest["left_out"]) == (6, {})
    assert exported(project, choice=BUNDLED)[1].sha256 == transfer.sha256


def test_an_image_of_several_annotations_is_there_once(project, team):
    item = make_image_item(project, external_id="twice.png")
    task = make_task(make_batch(project, team), item)
    for _number in range(2):
        make_annotation(task, make_member(team), {"objects": []})
    choice = ExportChoice(labels=Labels.ANNOTATIONS, media=Media.BUNDLED)
    archive, transfer = opened(project, "csv", choice)
    assert [one.filename for one in images(archive)] == ["images/twice.png"]
    assert transfer.manifest["count"] == 2


@pytest.mark.parametrize("name", [name for name in WRITERS if name != "conll"])
def test_every_format_of_images_is_bundled(project, name):
    archive, transfer = opened(project, name)
    kept = {archive.read(entry) for entry in archive.infolist()}
    assert {original(project, item) for item in NAMES} <= kept
    assert sorted(line["item"] for line in ways_back(archive)) == sorted(NAMES)
    is_archive = WRITERS[name].extension == "zip"
    assert (f"labels.{WRITERS[name].extension}" in archive.namelist()) != is_archive
    assert transfer.manifest["left_out"].keys() <= {"older_labels", "path"}


def test_yolo_and_voc_have_them_where_their_readers_look(project):
    archive, _transfer = opened(project, "yolo")
    listed = archive.read("all.txt") + archive.read("val.txt")
    paths = [path.removeprefix("./") for path in listed.decode().split()]
    assert sorted(paths) == sorted(one.filename for one in images(archive))
    for line in ways_back(archive):
        path = f"images/{line['split']}/{line['image']}"
        assert archive.read(path) == original(project, line["item"])
        assert line["file"] == f"labels/{Path(path).relative_to('images').with_suffix('.txt')}"
    archive, _transfer = opened(project, "voc")
    for line in ways_back(archive):
        path = f"JPEGImages/{line['image']}"
        assert archive.read(path) == original(project, line["item"])
        assert f"<filename>{line['image']}</filename>" in archive.read(line["file"]).decode()


def test_an_image_without_a_label_is_not_there_as_if_it_were_empty(project):
    dark = make_image_item(project, external_id="dark.png")
    settled(make_batch(project), dark, {"_undecidable": "too dark"})
    archive, transfer = opened(project, "coco")
    files = {one["file_name"] for one in json.loads(archive.read("labels.json"))["images"]}
    assert files == {one.filename for one in images(archive)}
    assert "images/dark.png" not in files
    assert transfer.manifest["left_out"] == {"older_labels": 1, "undecidable": 1}
    assert "images/dark.png" in opened(project)[0].namelist()


@pytest.mark.parametrize("format_name", ["jsonl", "yolo"])
def test_an_image_that_is_gone_is_counted(project, format_name):
    keys = [project.items.get(external_id=name).media_key for name in NAMES]
    storage.delete(keys[0])
    project.items.filter(external_id=NAMES[1]).update(media_key="")
    archive, transfer = opened(project, format_name)
    assert len(images(archive)) == len(NAMES) - 2
    assert transfer.manifest["left_out"]["missing_images"] == 2


def test_pages_are_small_and_progress_is_saved_between_two_images(project, monkeypatch):
    monkeypatch.setattr(export_records, "PAGE_WITH_IMAGES", 4)
    monkeypatch.setattr(export_files, "PROGRESS_SECONDS", -1)
    saved = []

    def save(job):
        saved.append(job.done_count)

    monkeypatch.setattr(export_files, "save_progress", save)
    with CaptureQueriesContext(connection) as captured:
        _content, transfer = exported(project, choice=BUNDLED)
    # The last one is that of the end.
    assert saved == [1, 2, 3, 4, 5, 6, 6]
    pages = [one for one in captured if "media_key" in (one["sql"] or "")]
    assert len(pages) == (0 if connection.vendor == "postgresql" else 2)
    assert transfer.manifest["count"] == 6


def test_texts_have_no_images_at_any_door(client, mei, team, tmp_path, capsys):
    texts = make_published_project(team, created_by=mei)
    with pytest.raises(DomainError, match="texts") as refusal:
        begin(texts, choice=BUNDLED)
    assert (refusal.value.code, refusal.value.field) == ("media_not_possible", "media")
    client.force_login(mei)
    address = reverse("api_export_create", args=[texts.slug])
    for media, status in (("bundled", 400), ("all", 400), ("reference", 202)):
        body = {"format": "csv", "media": media}
        assert client.post(address, body, content_type="application/json").status_code == status
    page = reverse("export_create", args=[texts.slug])
    assert 'name="media"' not in client.get(page).text
    with pytest.raises(SystemExit):
        call_command("export", texts.slug, format="csv", output=tmp_path / "x", media="bundled")
    assert "texts" in capsys.readouterr().err
    assert Transfer.objects.count() == 1


def test_every_door_gives_the_bundle(client, mei, project, tmp_path):
    client.force_login(mei)
    page = reverse("export_create", args=[project.slug])
    address = reverse("api_export_create", args=[project.slug])
    asked = {"format": "csv", "media": "bundled"}
    assert client.post(page, asked).status_code == 302
    assert client.post(address, asked, content_type="application/json").status_code == 202
    assert [one.job.payload["choice"]["media"] for one in Transfer.objects.all()] == ["bundled"] * 2
    output = tmp_path / "birds.zip"
    call_command("export", project.slug, format="csv", output=output, media="bundled")
    made = Transfer.objects.get(manifest__isnull=False)
    download = client.get(reverse("export_download", args=[made.job.public_id]))
    assert download.headers["Content-Type"] == "application/zip"
    assert b"".join(download) == output.read_bytes()
    assert zipfile.ZipFile(output).read("labels.csv").startswith(b"item,batch,")


class Zeros(io.RawIOBase):
    """An image of 64 MB that takes no room."""

    size, place = 64 * 1024 * 1024, 0

    def readable(self):
        return True

    def tell(self):
        return self.place

    def seek(self, place, whence=0):
        self.place = place
        return place

    def read(self, count=-1):
        given = min(count, self.size - self.place)
        self.place += given
        return bytes(given)


def peak_of(work):
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.usefixtures("without_collection")
def test_memory_grows_neither_with_an_image_nor_with_their_number(monkeypatch):
    def store():
        with ZipWriter(Nowhere()) as archive:
            archive.store_file("large.png", Zeros())

    def write(count):
        records = (
            image(f"{n // 2}.jpg", [{"box": [0, 0, 9, 9]}])._replace(open_image=io.BytesIO)
            for n in range(count)
        )
        bundle.write(WRITERS["jsonl"], records, Nowhere(), image_context("box"))

    assert peak_of(store) < 4 * zip_writing.BLOCK
    for size in ("SPOOL_BYTES", "BLOCK"):
        monkeypatch.setattr(zip_writing, size, 4_096)
    write(3_000)
    assert peak_of(lambda: write(3_000)) - peak_of(lambda: write(300)) < 100_000
