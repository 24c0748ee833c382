"""Crops over HTTP: pages, marks, and the pictures of single objects."""

import io
import uuid

import pytest
from django.urls import reverse
from PIL import Image

from labelops.accounts.models import Role
from labelops.media import storage
from labelops.media.crops import cut, window_around
from reviews.models import ObjectCheck
from tasks.models import Task
from tasks.services.media import store_image
from tests.factories import (
    make_annotation,
    make_batch,
    make_image_bytes,
    make_image_item,
    make_instruction,
    make_item,
    make_member,
    make_project,
    make_task,
    make_team,
    settle,
)
from tests.reviews.crops import FISH, crop, make_fish, make_fish_project

pytestmark = pytest.mark.django_db
SIZE = (640, 480)
SHAPES = {
    "box": {"box": [100, 100, 200, 80], "rotation": 30},
    "polygon": {"polygon": [[100, 100], [300, 120], [200, 300]]},
    "polyline": {"polyline": [[0, 0], [300, 120], [640, 480]]},
    "keypoints": {"keypoints": [[100, 100, 2], [0, 0, 0]]},
    "absent": {"keypoints": [[0, 0, 0], [0, 0, 0]]},
    "whole": {"box": [0, 0, 640, 480], "rotation": 0},
    "smallest": {"box": [639.9, 479.9, 0.1, 0.1], "rotation": 0},
}


@pytest.fixture
def project(team):
    return make_fish_project(team)


@pytest.fixture
def call(client, reviewer, project):
    client.force_login(reviewer)

    def called(name, **sent):
        sent.setdefault("project", project.slug)
        sent.setdefault("value", "pike")
        address = f"/api/v1/reviews/crops/{name}/"
        return client.post(address, sent, content_type="application/json")

    return called


def make_picture(project, **over):
    return make_image_item(project, SIZE, sha256="a" * 64, **over)


def picture_of(client, task, number=0, view="crop", **headers):
    public_id, fingerprint = crop(task, number).split(":")
    slug = task.batch.project.slug
    return client.get(
        reverse("crop_picture", args=[slug, public_id, fingerprint, view]), headers=headers
    )


def test_a_page_goes_through_its_whole_life(call, client, project, batch, author):
    task = make_fish(batch, author, "pike", "pike", item=make_picture(project))
    page = call("next", value="pike", size=12).json()
    assert page["go_on_after"] is None
    # Nothing but what is to be seen, and why: no answers, no authors.
    assert {key for entry in page["crops"] for key in entry} == {
        "crop",
        "crop_url",
        "outlined_url",
        "why",
    }
    assert page["crops"][0]["why"] == "only one person labelled it"
    assert client.get(page["crops"][0]["crop_url"]).status_code == 200
    assert client.get(page["crops"][0]["outlined_url"]).status_code == 200
    first, second = (entry["crop"] for entry in page["crops"])
    assert call("next", value="pike", known=[first, second]).json()["crops"] == []
    rows = [
        {"crop": first, "verdict": "wrong", "should_be": "carp"},
        {"crop": second, "verdict": "right"},
    ]
    key = str(uuid.uuid4())
    for _time in range(2):
        answer = call("confirm", request_id=key, rows=rows)
        assert answer.json() == [{"crop": first, "error": {}}, {"crop": second, "error": {}}]
    assert ObjectCheck.objects.count() == 2
    for _time in range(2):
        answer = call("undo", crops=[first, second])
        assert answer.json() == [{"crop": first, "error": {}}, {"crop": second, "error": {}}]
    assert Task.objects.get(pk=task.pk).state == "accepted"


@pytest.mark.parametrize(
    ("name", "sent", "field"),
    [
        ("next", {"value": "shark"}, "value"),
        ("next", {"value": "pike", "by": "nobody"}, "by"),
        ("next", {"value": "pike", "size": 7}, "size"),
        ("next", {"value": "pike", "known": ["../x"]}, "known"),
        ("next", {"value": "pike", "after": "x"}, "after"),
        ("next", {"value": "pike", "page": 2}, "page"),
        ("confirm", {"request_id": str(uuid.uuid4()), "rows": []}, "rows"),
        ("confirm", {"request_id": "x", "rows": [{"crop": "x", "verdict": "right"}]}, "request_id"),
        ("undo", {"crops": [str(uuid.uuid4())]}, "crops"),
        ("undo", {"crops": []}, "crops"),
    ],
)
def test_bad_requests_are_told_what_is_wrong(call, name, sent, field):
    answer = call(name, **sent)
    assert answer.status_code == 400
    assert answer.json()["field"].startswith(field)


def test_a_project_that_asks_for_shapes_twice_has_no_crops(call, client, team):
    [fish] = FISH["controls"]
    twice = make_project(team, item_type="image")
    make_instruction(twice, label_schema={"controls": [fish, fish | {"name": "more"}]})
    assert call("next", project=twice.slug, value="pike").status_code == 400
    page = client.get(f"/review/glance/{twice.slug}/crops/?value=pike&size=12")
    assert page.headers["Location"] == f"/review/glance/{twice.slug}/"
    row = {"crop": f"{uuid.uuid4()}:{'0' * 32}", "verdict": "right"}
    sent = {"request_id": str(uuid.uuid4()), "rows": [row]}
    answer = call("confirm", project=twice.slug, **sent)
    assert answer.json()[0]["error"]["code"] == "not_found"


def test_projects_of_others_are_not_found(call):
    theirs = make_fish_project(make_team()).slug
    assert call("next", project=theirs, value="pike").status_code == 404
    assert call("undo", project=theirs, crops=[f"{uuid.uuid4()}:{'0' * 32}"]).status_code == 404


def test_the_pages_lead_to_the_crops(client, call, project, batch, author):
    make_fish(batch, author, "pike")
    assert client.get("/review/glance/").headers["Location"] == f"/review/glance/{project.slug}/"
    page = client.get(f"/review/glance/{project.slug}/").content.decode()
    assert f'action="/review/glance/{project.slug}/crops/"' in page
    assert "Images to look through" in page
    grid = client.get(f"/review/glance/{project.slug}/crops/?value=pike&size=12")
    config = grid.context["config"]
    assert [entry["value"] for entry in config["control"]["options"]] == ["pike", "carp"]
    assert [entry["title"] for entry in config["reasons"]] == [
        "wrong class",
        "not an object",
        "boundaries are not exact",
    ]
    # The other kind of grid has nothing to show of this project.
    other = client.get(f"/review/glance/{project.slug}/grid/?value=pike&size=12")
    assert other.headers["Location"] == f"/review/glance/{project.slug}/"


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "image", [{}, {"mode": "RGBA", "color": (9, 9, 9, 90)}, {"mode": "L", "color": 90}]
)
def test_every_shape_has_its_crop(client, call, project, batch, author, shape, image):
    task = make_task(batch, make_picture(project, **image))
    settle(task, {"fish": [{"id": "a/../?b", "label": "pike", **SHAPES[shape]}]})
    for view, side in (("crop", 320), ("outlined", 1280)):
        answer = picture_of(client, task, view=view)
        assert answer.headers["Content-Type"] == "image/jpeg"
        made = Image.open(io.BytesIO(answer.content))
        assert made.format == "JPEG"
        assert 1 <= max(made.size) <= side


def test_a_crop_is_the_place_of_the_object(client, call, project, batch, author):
    size = (3000, 2000)
    picture = Image.new("RGB", size, "white")
    picture.paste("red", (1000, 1000, 1040, 1040))
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    key = storage.make_key("items")
    store_image(key, stream.getvalue())
    item = make_item(project, media_key=key, width=size[0], height=size[1])
    task = make_task(batch, item)
    settle(task, {"fish": [{"id": "o1", "label": "pike", "box": [1000, 1000, 40, 40]}]})
    made = Image.open(io.BytesIO(picture_of(client, task).content))
    # The small object comes from the full picture: one pixel for each of the image.
    assert made.size == (56, 56)
    red, _green, blue = made.getpixel((28, 28))
    assert red > 240
    assert blue < 40
    assert min(made.getpixel((2, 2))) > 240
    whole = Image.open(io.BytesIO(picture_of(client, task, view="outlined").content))
    assert whole.size == (1280, 853)


def test_a_window_keeps_inside_the_image():
    assert window_around((100, 100, 200, 150), 640, 480) == (80, 80, 220, 170)
    assert window_around((0, 0, 0, 0), 640, 480) == (0, 0, 16, 16)
    assert window_around((600, 400, 640, 480), 640, 480) == (584, 384, 640, 480)


def test_a_browser_keeps_a_crop(client, call, project, batch, author, monkeypatch):
    task = make_task(batch, make_picture(project))
    settle(task, {"fish": [{"id": "o1", "label": "pike", **SHAPES["box"]}]})
    answer = picture_of(client, task)
    assert answer.headers["Cache-Control"].startswith("private")
    monkeypatch.setattr("reviews.views.crops.object_picture", None)
    again = picture_of(client, task, if_none_match=answer.headers["ETag"])
    assert again.status_code == 304


def test_what_cannot_be_shown_is_not_found(client, call, project, batch, author, reviewer):
    task = make_task(batch, make_picture(project))
    settle(task, {"fish": [{"id": "o1", "label": "pike", **SHAPES["box"]}]})
    assert picture_of(client, task, view="original").status_code == 404
    before = crop(task, 0).split(":")
    settle(task, {"fish": []})
    for fingerprint in (before[1], "0" * 32, "..", "x" * 300):
        address = reverse("crop_picture", args=[project.slug, before[0], fingerprint, "crop"])
        assert client.get(address).status_code == 404
    gone = make_item(project, media_key=storage.make_key("items"), width=9, height=9)
    lost = make_task(batch, gone)
    settle(lost, {"fish": [{"id": "o1", "label": "pike", "box": [0, 0, 9, 9]}]})
    assert picture_of(client, lost).status_code == 404
    text = make_fish(batch, author, "pike")
    assert picture_of(client, text).status_code == 404


def test_nobody_else_sees_a_crop(client, project, batch, author, team, reviewer):
    task = make_task(batch, make_picture(project))
    make_annotation(task, author, {"fish": [{"id": "o1", "label": "pike", **SHAPES["box"]}]})
    settle(task, {"fish": [{"id": "o1", "label": "pike", **SHAPES["box"]}]})
    other_house = make_team()
    make_batch(make_fish_project(other_house), other_house)
    also_author = make_member(team, Role.REVIEWER)
    task.annotations.update(author=also_author)
    for person in (author, also_author, make_member(other_house, Role.REVIEWER)):
        client.force_login(person)
        assert picture_of(client, task).status_code == 404
    client.force_login(reviewer)
    assert picture_of(client, task).status_code == 200


def test_a_very_large_picture_is_decoded_at_a_half(monkeypatch):
    stream = io.BytesIO(make_image_bytes((400, 300), format="JPEG"))
    monkeypatch.setattr("labelops.media.crops.MOST_PIXELS", 400 * 300 - 1)
    made = Image.open(io.BytesIO(cut(stream, (0, 0, 40, 40), width=400)))
    assert made.size == (20, 20)
