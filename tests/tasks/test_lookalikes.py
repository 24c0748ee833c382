"""Images that look alike: the hash, how it is found again, and what an import says of it."""

import doctest
import io
import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image, ImageOps

from labelops.accounts.models import Role
from labelops.media import perceptual
from labelops.media.images import prepare
from tasks.models import Item, Transfer
from tasks.services import import_undo, item_intake, lookalikes
from tests.factories import (
    make_image_bytes,
    make_item,
    make_member,
    make_project,
    make_team,
    make_zip_bytes,
)
from tests.tasks.imports import finish, import_bytes


def scene(seed):
    """A picture with soft patches of light, other for each seed."""
    dots = random.Random(seed).randbytes(12 * 9)
    return Image.frombytes("L", (12, 9), dots).resize((240, 180), Image.Resampling.BICUBIC)


def saved(image, format="PNG", **options):
    stream = io.BytesIO()
    image.convert("RGB").save(stream, format, **options)
    return stream.getvalue()


def bits_apart(one, other):
    return ((one ^ other) % 2**64).bit_count()


@pytest.mark.once
def test_the_examples_in_the_docstrings_are_true():
    assert doctest.testmod(perceptual).failed == 0


@pytest.mark.once
def test_the_hash_survives_what_leaves_the_look_and_nothing_else():
    picture = scene(1)
    value = prepare(saved(picture)).perceptual_hash
    for again in (
        saved(picture, "JPEG", quality=60),
        saved(picture.resize((600, 450))),
        saved(ImageOps.autocontrast(picture)),
    ):
        assert bits_apart(prepare(again).perceptual_hash, value) <= 3
    for other in (scene(2), ImageOps.mirror(picture), ImageOps.invert(picture)):
        assert bits_apart(prepare(saved(other)).perceptual_hash, value) > 16


@pytest.mark.once
def test_the_hash_is_of_the_picture_as_it_is_shown():
    picture = scene(3)
    exif = Image.Exif()
    exif[0x0112] = 3
    turned = saved(picture.rotate(180), exif=exif)
    assert prepare(turned).perceptual_hash == prepare(saved(picture)).perceptual_hash
    # What nobody sees through does not count.
    clear = Image.merge("RGBA", (*[picture] * 3, Image.new("L", picture.size)))
    stream = io.BytesIO()
    clear.save(stream, "PNG")
    assert prepare(stream.getvalue()).perceptual_hash == perceptual.FLAT


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def project(team):
    return make_project(team, item_type="image")


@pytest.mark.django_db
def test_an_import_lists_what_looks_like_an_earlier_image(client, team, project):
    picture, other = scene(1), scene(2)
    import_bytes(project, make_zip_bytes({"old.png": saved(picture), "far.png": saved(other)}))
    entries = {
        "again.png": saved(picture, "BMP"),
        "same bytes.png": saved(other),
        "mirrored.png": saved(ImageOps.mirror(picture)),
        "flat.png": make_image_bytes((8, 8)),
        "also flat.png": make_image_bytes((9, 9), color="red"),
        "third.png": saved(picture, "TIFF"),
    }
    job = import_bytes(project, make_zip_bytes(entries))
    assert [entry["same_as"] for entry in job.result["duplicates"]] == ["far.png"]
    pairs = [(pair["item"], pair["looks_like"]) for pair in job.result["looks_like"]]
    assert pairs == [("again.png", "old.png"), ("third.png", "old.png")]
    assert (job.result["looks_like_count"], job.result["looks_like"][0]["is_equal"]) == (2, True)
    assert Item.objects.get(external_id="flat.png").perceptual_hash == perceptual.FLAT
    client.force_login(make_member(team, Role.MANAGER))
    address = reverse("transfer_detail", args=[job.public_id])
    page = client.get(address).content.decode()
    assert "2 images look like another" in page
    old = Item.objects.get(external_id="old.png").public_id
    assert page.count(reverse("item_media", args=[old, "thumbnail"])) == 2
    undo = import_undo.start_undo(Transfer.objects.get(job=job), by=project.created_by)
    finish(undo, import_undo.run_undo)
    assert "look like another" not in client.get(address).content.decode()


@pytest.mark.django_db
def test_one_bit_apart_is_found_in_the_same_project_alone(project):
    looks = [0b1011, 0b1010, 0b0110, -(2**63), -(2**63) + 1, 0, 2**20, 2**63 - 1]
    items = [
        make_item(project, perceptual_hash=value, sha256=f"{number:064}")
        for number, value in enumerate(looks)
    ]
    make_item(make_project(), perceptual_hash=0b0110, sha256="a")
    found = lookalikes.find(Item.objects.filter(project=project))
    names = [item.external_id for item in items]
    assert [(names.index(pair["item"]), names.index(pair["looks_like"])) for pair in found] == [
        (1, 0),
        (4, 3),
    ]
    assert [pair["is_equal"] for pair in found] == [False, False]


@pytest.mark.django_db
def test_the_first_pairs_are_kept_and_all_are_counted(project, monkeypatch):
    monkeypatch.setattr(item_intake, "DUPLICATES_KEPT", 3)
    picture = scene(4)
    entries = {f"{level}.png": saved(picture, compress_level=level) for level in range(10)}
    job = import_bytes(project, make_zip_bytes(entries))
    distinct = Item.objects.values("sha256").distinct().count()
    assert job.result["looks_like_count"] + job.result["duplicate_count"] == 9
    assert job.result["looks_like_count"] >= distinct - 1 > 3
    assert len(job.result["looks_like"]) == 3


@pytest.mark.django_db
def test_looking_costs_three_statements_a_chunk_and_texts_nothing(project):
    for number in range(20):
        make_item(project, perceptual_hash=0b1011, sha256=f"{number:064}")
    with CaptureQueriesContext(connection) as captured:
        lookalikes.find(Item.objects.filter(project=project))
    assert len(captured) == 3
    texts = make_project()
    with CaptureQueriesContext(connection) as captured:
        import_bytes(texts, b"id,text\na,one\n")
    assert not any("wanted (hash)" in str(query["sql"]) for query in captured)
